import { type ActionClass, rankClass } from '../contract/action-class.ts'
import { bareRow, type Fact, insert, type Kept, update } from '../contract/change.ts'
import type { Actor } from '../contract/log-entry.ts'
import { ownDomain } from '../contract/policy.ts'
import { type Entitlement, findEntitlementWidening, isInForce } from '../contract/register/entitlement.ts'
import type { Identity } from '../contract/register/identity.ts'
import type { PersonId } from '../contract/register/person.ts'
import type { Purpose } from '../contract/register/purpose.ts'
import { allowsInScope, normaliseScope, type Scope } from '../contract/scope.ts'
import { isWithinCeiling, type Sensitivity } from '../contract/sensitivity.ts'
import { type ErrorCode, RemitError } from '../ground/errors.ts'
import type { Ids } from '../ground/ids.ts'
import { LIMITS } from '../ground/limits.ts'
import { tierOf } from './identity.ts'

/** What a person proposes that an identity may ask for. */
export interface EntitlementProfile {
  readonly scope: Scope
  readonly classes: readonly ActionClass[]
  readonly ceiling: Sensitivity
  readonly approval: 'none' | 'each-call'
  /** How many different people approve each call; more than one only where each call is approved at all. */
  readonly approvers: number
  /** Of an enforcement point: the acts of others that it lets happen, which count as theirs once it is told yes. */
  readonly counts?: Scope | undefined
  readonly reason: string
  readonly days: number
}

const DAY_MS = 86_400_000

/**
 * Gives the fact that proposes an entitlement and the tier that follows from it. It counts once the identity's next
 * activation is approved. Errors: `purpose_exceeded` where the purpose does not cover the classes or the ceiling,
 * `request_invalid` for approvers of calls that nobody approves, for what counts and asks about nobody, and for more than `LIMITS.entitlementsMax` that have not
 * ended: every decision about an identity reads all of them.
 */
export function proposeEntitlement(
  identity: Kept<Identity>,
  known: { readonly purpose: Purpose; readonly entitlements: readonly Entitlement[] },
  profile: EntitlementProfile,
  by: { readonly actor: Actor; readonly personId: PersonId; readonly ids: Ids; readonly atMs: number },
): { readonly entitlement: Entitlement; readonly fact: Fact } {
  requirePurpose(known.purpose, profile)
  if (profile.approvers > 1 && profile.approval === 'none') throw refuseSeveral()
  if (known.entitlements.filter((row) => row.state !== 'ended').length >= LIMITS.entitlementsMax)
    throw new RemitError('request_invalid', {
      detail: `An identity has at most ${LIMITS.entitlementsMax} entitlements; end one that it does not use, or say more in the scope of one.`,
    })
  if (profile.counts !== undefined && !asksAboutTasks(profile))
    throw new RemitError('request_invalid', {
      detail: `Only what is asked by leave to read ${houseDomain} can count: name that action and that resource.`,
    })
  const { days, counts, ...terms } = profile
  const entitlement: Entitlement = {
    id: by.ids.next('entitlement'),
    identityId: identity.id,
    ...terms,
    ...(counts === undefined ? {} : { counts: normaliseScope(counts) }),
    scope: normaliseScope(profile.scope),
    requestedBy: by.personId,
    startsMs: by.atMs,
    endsMs: by.atMs + days * DAY_MS,
    state: 'proposed',
  }
  const next: Identity = { ...identity, ...tierOf(identity, known.purpose, [...known.entitlements, entitlement]) }
  return {
    entitlement,
    fact: {
      entry: {
        kind: 'entitlement.proposed',
        actor: by.actor,
        subject: { kind: 'identity', id: identity.id },
        data: {
          identityId: identity.id,
          entitlementId: entitlement.id,
          scope: entitlement.scope.map((grant) => ({ ...grant })),
          classes: entitlement.classes,
          ceiling: entitlement.ceiling,
          approval: entitlement.approval,
          approvers: profile.approvers,
          ...(entitlement.counts === undefined ? {} : { counts: entitlement.counts.map((grant) => ({ ...grant })) }),
          reason: entitlement.reason,
          endsMs: entitlement.endsMs,
          tier: next.tier,
          tierReasons: next.tierReasons,
        },
      },
      changes: [update('identities', identity, next), insert('entitlements', entitlement)],
    },
  }
}

const houseDomain = `domain:${ownDomain}`

function asksAboutTasks({ scope, classes }: EntitlementProfile): boolean {
  return classes.includes('read') && allowsInScope(scope, 'read', houseDomain)
}

function requirePurpose(purpose: Purpose, profile: EntitlementProfile): void {
  const beyond = profile.classes
    .filter((actionClass) => !purpose.classes.includes(actionClass))
    .sort((a, b) => rankClass(a) - rankClass(b))
  if (beyond.length > 0)
    throw new RemitError('purpose_exceeded', {
      detail: `The purpose ${purpose.code} does not cover: ${beyond.join(', ')}.`,
      facts: { classes: beyond },
    })
  if (!isWithinCeiling(profile.ceiling, purpose.ceiling))
    throw new RemitError('purpose_exceeded', {
      detail: `The purpose ${purpose.code} covers data up to ${purpose.ceiling}.`,
      facts: { ceiling: purpose.ceiling },
    })
}

/** To what somebody narrows an entitlement; what is not said stays as it is. */
export type Narrowing = {
  readonly [Member in keyof Omit<EntitlementProfile, 'reason' | 'counts'>]?: EntitlementProfile[Member] | undefined
} & Pick<EntitlementProfile, 'reason'>

/**
 * Gives the fact that narrows an entitlement. It counts at once: whatever acts under it is held to it from the next request
 * on. The tier of the identity stays as people approved it, until they approve it anew. Errors: `scope_exceeded` for
 * anything that would be allowed and was not, `request_invalid` where it says nothing less, `not_found` for one that
 * is not in force.
 */
export function narrowEntitlement(
  kept: Kept<Entitlement>,
  { reason, days, ...terms }: Narrowing,
  actor: Actor,
  atMs: number,
): { readonly entitlement: Entitlement; readonly fact: Fact } {
  if (!isInForce(kept, atMs)) throw refuseAbsent()
  const said = { ...terms, ...(days === undefined ? {} : { endsMs: atMs + days * DAY_MS }) }
  const told = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined))
  const wanted: Entitlement = { ...bareRow(kept), ...told }
  const entitlement = { ...wanted, scope: normaliseScope(wanted.scope) }
  const wider = findEntitlementWidening(kept, entitlement)
  if (wider !== null)
    throw refuse(
      'scope_exceeded',
      `An entitlement is only narrowed, and here ${wider}.`,
      'For more, suspend the identity, propose another entitlement (`remit identity entitle`) and submit it for approval.',
    )
  if (entitlement.approval === 'none' && (entitlement.approvers ?? 1) > 1) throw refuseSeveral()
  if (findEntitlementWidening(entitlement, kept) === null)
    throw refuse(
      'request_invalid',
      'This is what the entitlement allows already.',
      'Say what is left of it; `remit identity used` shows what was not used.',
    )
  const { id: entitlementId, identityId, scope, classes, ceiling, approval, approvers = 1, endsMs } = entitlement
  return {
    entitlement,
    fact: {
      entry: {
        kind: 'entitlement.narrowed',
        actor,
        subject: { kind: 'identity', id: identityId },
        data: {
          identityId,
          entitlementId,
          scope: scope.map((grant) => ({ ...grant })),
          classes,
          ceiling,
          approval,
          approvers,
          endsMs,
          reason,
        },
      },
      changes: [update('entitlements', kept, entitlement)],
    },
  }
}

/** Gives the no to whoever names an entitlement that is not in force. */
export function refuseAbsent(): RemitError {
  const next = '`remit identity show <identity>` lists its entitlements, those that have ended too.'
  return refuse('not_found', 'There is no such entitlement in force.', next)
}

function refuseSeveral(): RemitError {
  const next = 'Say that each call is approved, too (`--each-call`).'
  return refuse('request_invalid', 'Several people approve only where each call is approved.', next)
}

function refuse(code: ErrorCode, detail: string, next: string): RemitError {
  return new RemitError(code, { detail, facts: { ask: { sentence: next } } })
}

/** Gives the fact that ends an entitlement. Tasks under it lose what it gave at their next request. */
export function endEntitlement(entitlement: Kept<Entitlement>, reason: string, actor: Actor, atMs: number): Fact {
  return {
    entry: {
      kind: 'entitlement.ended',
      actor,
      subject: { kind: 'identity', id: entitlement.identityId },
      data: { identityId: entitlement.identityId, entitlementId: entitlement.id, reason },
    },
    changes: [
      update('entitlements', entitlement, {
        ...entitlement,
        state: 'ended',
        endsMs: Math.min(entitlement.endsMs, atMs),
      }),
    ],
  }
}
