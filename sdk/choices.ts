import { ACTION_CLASSES } from '../src/contract/action-class.ts'
import { APPROVAL_STATES } from '../src/contract/approval/approval.ts'
import { LIMIT_PERS } from '../src/contract/counters/limit.ts'
import { CUTOFF_TARGETS } from '../src/contract/cutoff.ts'
import { PACK_SUBJECTS } from '../src/contract/log/pack.ts'
import { IDENTITY_KINDS, IDENTITY_STATES, RUNTIMES } from '../src/contract/register/identity.ts'
import { ROLES } from '../src/contract/register/person.ts'
import { PRESET_NAMES } from '../src/contract/register/presets.ts'
import { AUTONOMIES, REACHES } from '../src/contract/register/tier.ts'
import { SENSITIVITIES } from '../src/contract/sensitivity.ts'
import { BINDING_STRENGTHS, TASK_STATES } from '../src/contract/task.ts'

/** The words that a program may offer to people as choices, straight from the contract. */
export const CHOICES = {
  roles: ROLES,
  kinds: IDENTITY_KINDS,
  runtimes: RUNTIMES,
  identityStates: IDENTITY_STATES,
  autonomies: AUTONOMIES,
  reaches: REACHES,
  classes: ACTION_CLASSES,
  sensitivities: SENSITIVITIES,
  limitPers: LIMIT_PERS,
  approvalStates: APPROVAL_STATES,
  taskFilters: [...TASK_STATES, 'living'],
  presets: PRESET_NAMES,
  strengths: BINDING_STRENGTHS,
  cutoffTargets: CUTOFF_TARGETS,
  evidenceSubjects: PACK_SUBJECTS,
} as const

/** Narrows a word to its list; the caller has checked that it is on it. */
export function chosen<const List extends readonly string[]>(list: List, word: string): List[number] {
  const found = list.find((each) => each === word)
  if (found === undefined) throw new TypeError(`'${word}' is not one of ${list.join(', ')}.`)
  return found
}
