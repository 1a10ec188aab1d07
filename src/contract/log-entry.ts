import type { ChainLink } from './task.ts'

/** A value that JSON can carry. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** A JSON object. */
export type JsonObject = { readonly [key: string]: Json }

/** Who did it. People and identities by opaque id; `chain` names every hop where an agent acted for another. */
export interface Actor {
  readonly kind: 'person' | 'identity' | 'stranger' | 'system'
  readonly id: string
  readonly chain?: readonly ChainLink[]
}

/** What it was done to. */
export interface Subject {
  readonly kind: string
  readonly id: string
}

/** Everything that can stand in the log: the kind, and what one sentence about it says. */
export const ENTRY_KINDS = {
  'log.created': 'the log began',
  'key.created': 'a signing key was made',
  'key.rotated': 'a signing key was replaced on the word of a person',
  'key.resealed': 'signing keys were sealed anew, under another master key',
  'trust-bundle.kept': 'the bundle of a trust domain was kept',
  'person.added': 'a person was added',
  'person.roles-set': "a person's roles were set",
  'person.renamed': "a person's name or mail address was changed",
  'person.left': 'a person left',
  'person.signed-in': 'a person signed in',
  'person.signed-out': 'a person signed out',
  'person-login.added': 'it was said by which subject an identity provider knows a person',
  'person-login.ended': 'a subject of an identity provider ceased to prove a person',
  'right.granted': 'a person was given a right',
  'right.ended': 'a right of a person was ended',
  'delegation.granted': 'one identity was allowed to act for another',
  'delegation.given': 'a person let an identity act for them',
  'delegation.ended': 'that one identity may act for another was ended',
  'login.offered': 'a one-time sign-in link was made',
  'purpose.defined': 'a purpose was defined',
  'resource.classified': "a resource's sensitivity was set",
  'limit.set': 'it was said how often something may be done at most',
  'tool.classified': 'a tool was reviewed and classified',
  'tool.quarantined': 'a tool changed its definition and was quarantined',
  'issuer.watched': 'the keys of who vouches for workloads were seen for the first time',
  'issuer.changed': 'who vouches for workloads has other keys, cannot be reached or is back, or has another time',
  'identity.discovered': 'an unknown AI identity was seen acting',
  'identity.drafted': 'an identity was drafted',
  'identity.adopted': 'a discovered identity was adopted',
  'identity.submitted': 'an identity was put up for approval',
  'identity.returned': 'an identity was sent back',
  'identity.activated': 'an identity became active',
  'identity.suspended': 'an identity was suspended',
  'identity.retired': 'an identity was retired',
  'identity.reassigned': 'others came to answer for an identity',
  'identity.heard': 'an identity may have people asked again, whatever they said no to before',
  'rehearsal.began': "a canary was made to rehearse an identity's revocation path",
  'identity.rehearsed': "an identity's revocation path was rehearsed",
  'binding.added': 'a way to prove the identity was added',
  'binding.rotated': 'another key or issuer took the place of a way to prove the identity',
  'binding.ended': 'a way to prove the identity was ended',
  'entitlement.proposed': 'an entitlement was proposed',
  'entitlement.narrowed': 'an entitlement was narrowed',
  'entitlement.ended': 'an entitlement was ended',
  'approval.asked': 'people were asked for approval',
  'approval.voted': 'a person answered',
  'approval.cancelled': 'a question to people, or a yes to it, was taken back',
  'callback.ended': 'who asked for access was told of the end, or could not be',
  'decision.permit': 'a request was permitted',
  'decision.denial': 'a request was denied',
  'search.answered': 'it was told what is permitted among many',
  refusal: 'a request was refused before it could be decided',
  'task.activated': 'a task that waited became active',
  'task.ended': 'a task ended',
  'code.issued': 'a person let a client act on their behalf, and an authorization code was made for it',
  'consent.refused': 'a person refused what a client asked for',
  'credential.issued': 'a credential was issued',
  // of logs in which the outcome was written after the signature; what could not be signed now is revoked
  'credential.failed': 'a credential could not be issued',
  'credential.revoked': 'a credential was revoked',
  'call.finished': 'a permitted call finished',
  'act.reported': 'an enforcement point said how an act ended that it had been permitted',
  'cutoff.made': 'something was cut off',
  'transaction.issued': 'a server of the trust domain got a transaction token',
  'proof.spent': 'a workload proved itself to ask about a token',
  'evidence.packed': 'an evidence pack was written',
  'policy.loaded': 'a policy version came into force',
  'policy.faulted': 'a policy could not be evaluated, or the engines differed on it',
  'policy.proposed': 'a policy version was put up for approval',
  'policy.shadowed': 'a policy version came under observation',
  'policy.published': 'a policy version that people approved came into force',
  'policy.refused': 'a policy version was refused',
} as const
export type EntryKind = keyof typeof ENTRY_KINDS

/** What a room says of a fact, before the log gives it time, place and what it touched. */
export interface EntryDraft {
  readonly kind: EntryKind
  readonly actor: Actor
  readonly subject: Subject
  readonly data: JsonObject
  /** Index of the entry that this one answers: the outcome points back at the intent. */
  readonly answers?: number
  /** Digest of the policy set that decided. */
  readonly policy?: string
}

/**
 * A line in the log, as its canonical JSON says it. `touched` names each state row that it explains:
 * `table/key@version#digest`, the salted digest of the row as it was kept; `table/key` where it moved counters.
 */
export interface LogEntry extends EntryDraft {
  readonly v: 1
  readonly org: string
  readonly atMs: number
  readonly touched: readonly string[]
}

/** Longest entry in bytes (C2SP tlog-tiles allows 65,535). */
export const entryBytesMax = 65_535
