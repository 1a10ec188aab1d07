import type { Kept } from '../contract/change.ts'
import type { SigningKey } from '../contract/credential.ts'
import { LIMITS } from '../ground/limits.ts'
import { currentKey, makeSigningKey, needsSuccessor, recordKey } from '../issue/signing-key.ts'
import type { IssueStore } from '../issue/store.ts'
import { systemActor } from './actor.ts'
import type { House } from './house.ts'
import { settleApproval } from './settle-approval.ts'
import { addPersonBy, offerLink, suspendEstate } from './sign-in.ts'

const DAY_MS = 86_400_000

/** Writes the first entry of a new log: its name and public key. */
export async function beginLog(house: Pick<House, 'log'>): Promise<void> {
  if (house.log.head().size > 0) return
  await house.log.record({
    entry: {
      kind: 'log.created',
      actor: systemActor,
      subject: { kind: 'log', id: house.log.origin },
      data: { vkey: house.log.vkey },
    },
    changes: [],
  })
}

/**
 * Makes sure that a token key signs now and that its successor is published before it retires.
 * Gives all keys that are published.
 */
export async function keepTokenKeys(
  house: Pick<House, 'log' | 'ids' | 'clock'>,
  store: IssueStore,
  masterKey: Uint8Array,
): Promise<readonly Kept<SigningKey>[]> {
  const keys = await store.signingKeys()
  const nowMs = house.clock.nowMs()
  if (!needsSuccessor(keys, 'token', nowMs)) return keys
  const current = currentKey(keys, 'token', nowMs)
  const activatesMs =
    current?.retiresMs == null ? nowMs : Math.max(nowMs, current.retiresMs - LIMITS.keyOverlapDays * DAY_MS)
  await house.log.record(recordKey(makeSigningKey('token', masterKey, house.ids, nowMs, activatesMs)))
  return store.signingKeys()
}

/** Writes down which policy set decides from here on. */
export async function announcePolicies(house: House): Promise<void> {
  await house.log.record({
    entry: {
      kind: 'policy.loaded',
      actor: systemActor,
      subject: { kind: 'policy', id: house.decide.policyVersion },
      data: { version: house.decide.policyVersion },
      policy: house.decide.policyVersion,
    },
    changes: [],
  })
}

/** What the first administrator is called until they say otherwise. */
const FIRST_ADMIN = { name: 'First administrator', email: 'admin@localhost', roles: ['admin', 'owner'] } as const

/** Adds the first administrator where there is nobody yet. Gives the secret of their one-time link, or null. */
export async function welcomeFirstAdmin(house: House): Promise<string | null> {
  const known = await house.register.persons({ limit: 1 })
  return known.length > 0 ? null : (await addPersonBy(house, null, FIRST_ADMIN)).link
}

/** Makes a new one-time link for an administrator, on the word of whoever can start the process. Null where there is none. */
export async function renewAdminLink(house: House): Promise<string | null> {
  const people = await house.register.persons({ limit: LIMITS.pageRowsMax })
  const admin = people.find((person) => person.state === 'active' && person.roles.includes('admin'))
  return admin === undefined ? null : offerLink(house, null, admin.id)
}

/** Carries on what a crash cut short: answered approvals that nobody carried out, estates of people who left. */
export async function resumeHouse(house: House): Promise<void> {
  for (const state of ['approved', 'denied'] as const) {
    const answered = await house.register.approvals(state, { limit: LIMITS.pageRowsMax })
    for (const approval of answered) await settleApproval(house, approval.id)
  }
  const people = await house.register.persons({ limit: LIMITS.pageRowsMax })
  for (const person of people.filter((row) => row.state === 'left')) await suspendEstate(house, person.id)
}
