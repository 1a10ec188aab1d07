import { isCutOff } from '../../contract/cutoff.ts'
import { type BindingKind, hasEnded } from '../../contract/register/binding.ts'
import type { Identity } from '../../contract/register/identity.ts'
import { TIER_TERMS } from '../../contract/register/tier.ts'
import { findRightless, findTakenBack, findUnvouched } from '../../contract/standing.ts'
import { isLive } from '../../contract/task.ts'
import type { CutoffLook, Member, Standing } from '../lineage.ts'
import type { Law } from './law.ts'
import { MAY_ACT_LAW } from './may-act.ts'

const isActive = (member: Member): boolean => member.identity.state === 'active'
const isOwned = (member: Member): boolean => member.identity.owner !== null && member.owner?.state === 'active'
const isEnding = (look: CutoffLook): boolean => look.kept !== undefined && isCutOff([look.kept], look.madeMs)
const nameOf = (member: Member | undefined): string => member?.identity.name ?? 'the identity'

/** An identity, and how strongly the workload that speaks for it has proved itself. */
export interface Shown {
  readonly identity: Pick<Identity, 'tier'>
  readonly strength: string
  readonly bindingKind: BindingKind
}

/** What the proof of a workload must be, for a task as for a token. */
export const PROOF_LAWS: readonly Law<Shown>[] = [
  {
    rule: 'law:attested',
    code: 'proof_missing',
    holds: ({ identity, strength }) =>
      TIER_TERMS[identity.tier].proofOfPossession !== 'attested' || strength === 'attested',
    says: ({ identity }) => `An identity of tier ${identity.tier} proves itself by an attested binding.`,
    ask: () => 'Ask the owner to bind the identity to a workload that its platform attests.',
  },
  {
    rule: 'law:static-secret',
    code: 'secret_not_allowed',
    holds: ({ identity, bindingKind }) => bindingKind !== 'secret' || TIER_TERMS[identity.tier].staticSecretAllowed,
    says: ({ identity }) => `An identity of tier ${identity.tier} does not prove itself by a static secret.`,
    ask: () => 'Ask the owner to bind the identity to a key, or to what its platform says of it.',
  },
]

/** How one that does not act comes to act again. */
function sayReturn(fallen: Member | undefined): string {
  if (fallen?.identity.state === 'retired') return 'It is retired for good; act as another identity.'
  if (fallen?.identity.state === 'discovered') return 'Ask a person to adopt it (remit identity adopt).'
  if (fallen !== undefined && !isOwned(fallen)) return NEW_OWNER
  if (fallen?.identity.state === 'pending') return 'Wait until people have approved it: they were asked.'
  return `Ask the owner of ${nameOf(fallen)} to put it up for approval again.`
}

const NEW_OWNER =
  'Ask an administrator to give it a new owner (remit identity reassign), who puts it up for approval again.'

/** Everyone who acts, answers or hands on must stand: of each law, all of a chain. */
export const STANDING_LAWS: readonly Law<Standing>[] = [
  {
    rule: 'law:active',
    code: 'identity_inactive',
    holds: ({ members }) => members.length > 0 && members.every(isActive),
    says: ({ members }) => {
      const fallen = members.find((member) => !isActive(member))
      return `${nameOf(fallen)} is ${fallen?.identity.state ?? 'unknown'}, not active.`
    },
    ask: ({ members }) => sayReturn(members.find((member) => !isActive(member))),
  },
  {
    rule: 'law:owner',
    code: 'identity_inactive',
    holds: ({ members }) => members.every(isOwned),
    says: ({ members }) => `Nobody answers for ${nameOf(members.find((member) => !isOwned(member)))} any more.`,
    ask: () => NEW_OWNER,
  },
  {
    rule: 'law:behalf',
    code: 'identity_inactive',
    holds: ({ behalf }) => behalf.every((person) => person?.state === 'active'),
    says: () => 'The person on whose behalf the task acts has left.',
    ask: () => 'Open a new task on behalf of somebody who is here.',
  },
  {
    rule: 'law:credential',
    code: 'token_revoked',
    holds: ({ credential }) => credential === undefined || credential.state !== 'revoked',
    says: () => 'The access token has been taken back.',
    ask: () => 'Ask for a new token inside the task.',
  },
  {
    rule: 'law:credential-end',
    code: 'token_expired',
    holds: ({ credential, atMs }) => credential === undefined || atMs < credential.expiresMs,
    says: () => 'The access token has expired.',
    ask: () => 'Ask for a new token inside the task.',
  },
  {
    rule: 'law:cutoff',
    code: 'cut_off',
    holds: ({ cutoffs }) => !cutoffs.some(isEnding),
    says: ({ cutoffs }) => `It was cut off: ${cutoffs.find(isEnding)?.id ?? 'unknown'}.`,
    ask: () => 'A responder made the cutoff and knows why; what is approved and opened after it counts again.',
  },
  {
    rule: 'law:binding',
    code: 'identity_inactive',
    holds: ({ bindings, atMs }) => bindings.every((binding) => !hasEnded(binding, atMs)),
    says: () => 'The binding by which the workload proved itself has ended.',
    ask: () => 'Ask the owner to add a binding for this workload.',
  },
  {
    rule: 'law:task-live',
    code: 'task_not_active',
    holds: ({ tasks, atMs }) => tasks.every((task) => isLive(task, atMs)),
    says: ({ tasks, atMs }) => {
      const ended = tasks.find((task) => !isLive(task, atMs))
      return `The task ${ended?.id ?? ''} is ${ended?.state === 'active' ? 'past its end' : (ended?.state ?? 'unknown')}.`
    },
    ask: ({ tasks }) =>
      tasks.some((task) => task.state === 'waiting') ? 'A person must approve the task first.' : 'Open a new task.',
  },
  {
    rule: 'law:handed-on',
    code: 'task_not_active',
    holds: ({ tasks, grounds }) => findTakenBack(tasks, grounds) === undefined,
    says: ({ tasks, grounds }) =>
      `The token with which the task ${findTakenBack(tasks, grounds)?.id ?? ''} was handed on has been taken back.`,
    ask: () => 'Have the task handed on again, with a token that counts.',
  },
  {
    rule: 'law:behalf-ground',
    code: 'task_not_active',
    holds: ({ tasks, grounds, atMs }) => findRightless(tasks, grounds, atMs) === undefined,
    says: () => 'A right of the person on whose behalf the task acts has ended, and the task rests on it.',
    ask: () => 'Have the person open a new task, for what they may still do.',
  },
  {
    rule: 'law:behalf-login',
    code: 'task_not_active',
    holds: ({ tasks, grounds }) => findUnvouched(tasks, grounds) === undefined,
    says: () => 'The login of the person has ended on whose word the task was opened.',
    ask: () => 'Have an administrator say by what the identity provider knows the person now, and ask for a new task.',
  },
  MAY_ACT_LAW,
]
