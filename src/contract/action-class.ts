/** What an action does to the world, mildest to gravest. */
export const ACTION_CLASSES = ['read', 'write', 'delete', 'execute', 'deploy', 'delegate', 'administer'] as const
export type ActionClass = (typeof ACTION_CLASSES)[number]

/** What is assumed of a tool that no reviewed rule classifies: the gravest. */
export const UNKNOWN_CLASS: ActionClass = 'administer'

/** Gives 0 for `read` to 6 for `administer`. */
export function rankClass(actionClass: ActionClass): number {
  return ACTION_CLASSES.indexOf(actionClass)
}

/** True for a class that an entry may name. */
export function isActionClass(word: string): word is ActionClass {
  return ACTION_CLASSES.some((each) => each === word)
}

/** Gives the gravest of a list; `read` for an empty one. */
export function gravestClass(classes: readonly ActionClass[]): ActionClass {
  return classes.reduce<ActionClass>((worst, next) => (rankClass(next) > rankClass(worst) ? next : worst), 'read')
}
