import { maxSensitivity, rankSensitivity, type Sensitivity } from './sensitivity.ts'

/** How far content may be believed, most to least. A label falls to the least trusted content read. */
export const INTEGRITIES = ['trusted', 'untrusted'] as const
export type Integrity = (typeof INTEGRITIES)[number]

/** What a task has touched. Labels only grow: more confidential, less trusted. */
export interface Labels {
  readonly confidentiality: Sensitivity
  readonly integrity: Integrity
}

/** What a task that has read nothing carries. */
export const CLEAN_LABELS: Labels = { confidentiality: 'public', integrity: 'trusted' }

/** Gives labels as they are counted: each as its rank, so that more is worse. */
export function ranksOf(labels: Labels): { readonly confidentiality: number; readonly integrity: number } {
  return {
    confidentiality: rankSensitivity(labels.confidentiality),
    integrity: INTEGRITIES.indexOf(labels.integrity),
  }
}

/** Gives the labels of a task that has touched both. Joining is idempotent, commutative and associative. */
export function joinLabels(a: Labels, b: Labels): Labels {
  return {
    confidentiality: maxSensitivity(a.confidentiality, b.confidentiality),
    integrity: INTEGRITIES.indexOf(a.integrity) >= INTEGRITIES.indexOf(b.integrity) ? a.integrity : b.integrity,
  }
}

/** True where `later` carries at least all that `earlier` carried. */
export function hasGrown(earlier: Labels, later: Labels): boolean {
  return (
    rankSensitivity(later.confidentiality) >= rankSensitivity(earlier.confidentiality) &&
    INTEGRITIES.indexOf(later.integrity) >= INTEGRITIES.indexOf(earlier.integrity)
  )
}

/** True for labels with which a task may not change anything by itself: what it says may be told to it, and may tell too much. */
export function isTainted({ confidentiality, integrity }: Labels): boolean {
  return integrity === 'untrusted' && rankSensitivity(confidentiality) >= rankSensitivity('confidential')
}
