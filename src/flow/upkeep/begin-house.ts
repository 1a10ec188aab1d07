import { systemActor } from '../../authenticate/actor.ts'
import type { Approval } from '../../contract/approval/approval.ts'
import type { Kept } from '../../contract/change.ts'
import type { SigningKey } from '../../contract/credential.ts'
import { tryEach } from '../../ground/run-bounded.ts'
import { currentKey, makeSigningKey, needsSuccessor, recordKey } from '../../issue/signing-key.ts'
import type { IssueStore } from '../../issue/store.ts'
import { allRows } from '../all-rows.ts'
import { settleApproval } from '../approval/settle-approval.ts'
import type { House } from '../house.ts'
import { addPersonBy, offerLink } from '../people/sign-in.ts'
import { endFallen } from './end-fallen.ts'

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

/** What keys are for, and what is added to each as it is made: the certificate of an authority. */
interface KeyKind {
  readonly use: Exclude<SigningKey['use'], 'log'>
  readonly complete: (key: SigningKey) => SigningKey
}

/**
 * Makes sure that a token key signs now and that its successor is published a day before it signs, so that whoever
 * verifies tokens has read it by then; less where the present key has no day left.
 * Gives all keys that are published.
 */
export async function keepTokenKeys(
  house: Pick<House, 'log' | 'ids' | 'clock'>,
  store: Pick<IssueStore, 'signingKeys'>,
  masterKey: Uint8Array,
  { use, complete }: KeyKind = { use: 'token', complete: (key) => key },
): Promise<readonly Kept<SigningKey>[]> {
  const keys = await store.signingKeys()
  const nowMs = house.clock.nowMs()
  if (!needsSuccessor(keys, use, nowMs)) return keys
  const current = currentKey(keys, use, nowMs)
  const activatesMs = current?.retiresMs == null ? nowMs : Math.min(nowMs + DAY_MS, current.retiresMs)
  await house.log.record(recordKey(complete(await makeSigningKey(use, masterKey, house.ids, nowMs, activatesMs))))
  return store.signingKeys()
}

/** What the first administrator is called until they say otherwise. */
const FIRST_ADMIN = { name: 'First administrator', email: 'admin@localhost', roles: ['admin', 'owner'] } as const

/**
 * Lets the first administrator in: adds them where there is nobody yet, and makes them a new one-time link at every start
 * until somebody has signed in, since an earlier one may never have been shown. Gives the secret of the link, or null.
 */
export async function welcomeFirstAdmin(house: House): Promise<string | null> {
  const [only, other] = await house.register.persons({ limit: 2 })
  if (only === undefined) return (await addPersonBy(house, null, FIRST_ADMIN)).link
  if (other !== undefined || (await hasAnyoneSignedIn(house))) return null // only who has signed in adds another one
  return (await offerLink(house, null, only.id)).link
}

/** Sessions and links are forgotten in time; the log is not. The first sign-in stands near its beginning. */
async function hasAnyoneSignedIn({ log }: House): Promise<boolean> {
  for (let index = 0; index < log.head().size; index += 1) {
    if ((await log.entry(index)).kind === 'person.signed-in') return true
  }
  return false
}

/** Makes a new one-time link for an administrator, on the word of whoever can start the process. Null where there is none. */
export async function renewAdminLink(house: House): Promise<string | null> {
  for await (const person of allRows((page) => house.register.persons(page))) {
    if (person.state === 'active' && person.roles.includes('admin'))
      return (await offerLink(house, null, person.id)).link
  }
  return null
}

/**
 * Carries on what a crash cut short: answers that nobody carried out, what fell with something else;
 * and has the estates of people who left seen to. What cannot be carried on keeps none of the rest; the first of what came
 * between is thrown in the end.
 */
export async function resumeHouse(house: House): Promise<void> {
  house.estates.note() // there may be very many: nobody waits for them
  const faults = [await endFallen(house)]
  for (const state of ['approved', 'denied'] as const) {
    const answered = allRows((page) => house.register.approvals(state, page))
    faults.push(await tryEach(answered, (approval) => carryOut(house, approval)))
  }
  const [first] = faults.filter((fault) => fault !== null)
  if (first !== undefined) throw first
}

async function carryOut(house: House, { id, subject }: Approval): Promise<void> {
  if (subject !== 'call') await settleApproval(house, id) // a yes to a call is spent with the call
}
