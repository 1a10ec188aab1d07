/** How much harm a resource can do when it leaves its place, least to most. */
export const SENSITIVITIES = ['public', 'internal', 'confidential', 'restricted'] as const
export type Sensitivity = (typeof SENSITIVITIES)[number]

/** What is assumed of a resource that no rule names: the strictest. */
export const UNKNOWN_SENSITIVITY: Sensitivity = 'restricted'

/** Gives 0 for `public` to 3 for `restricted`. */
export function rankSensitivity(sensitivity: Sensitivity): number {
  return SENSITIVITIES.indexOf(sensitivity)
}

/** Gives the stricter of two. */
export function maxSensitivity(a: Sensitivity, b: Sensitivity): Sensitivity {
  return rankSensitivity(a) >= rankSensitivity(b) ? a : b
}

/** Gives the milder of two. */
export function minSensitivity(a: Sensitivity, b: Sensitivity): Sensitivity {
  return rankSensitivity(a) <= rankSensitivity(b) ? a : b
}

/** True where data of `sensitivity` stays at or under `ceiling`; false for a word that is no sensitivity. */
export function isWithinCeiling(sensitivity: Sensitivity, ceiling: Sensitivity): boolean {
  const rank = rankSensitivity(sensitivity)
  return rank >= 0 && rank <= rankSensitivity(ceiling)
}
