import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PersonCaller } from '../../src/authenticate/caller.ts'
import type { House } from '../../src/flow/house.ts'
import { openTask } from '../../src/flow/task/open-task.ts'
import { revokeTaskBy } from '../../src/flow/task/revoke-task.ts'
import { exchangeToken } from '../../src/flow/token/exchange-token.ts'
import { revokeToken } from '../../src/flow/token/revoke-token.ts'
import { rotateKeysBy } from '../../src/flow/token/rotate-keys.ts'
import type { Raised } from '../../src/main.ts'
import { auditLog } from '../audit-log.ts'
import { type Cast, person, publicUrl, register, taskOf, workload } from './flow-cast.ts'
import { type RaisedCast, raiseCast } from './raise-cast.ts'

const outward = { spiffe: { trustDomain: 'own.example', audiences: ['peer'] }, federation: { audiences: ['cloud'] } }
type Intent = Parameters<House['tokens']['issue']>[0]['fact']['grant']
type Use = Parameters<typeof rotateKeysBy>[2]['use']
let raised: Raised
let cast: Cast
let end: RaisedCast['end']
let taskId: string
beforeAll(async () => {
  const made = await raiseCast(outward)
  raised = made.raised
  cast = made.cast
  end = made.end
  const { house } = raised
  await register(house, cast, 'reader', { actionClass: 'read', reach: 'team', owner: 'ada' })
  taskId = (await openTask(house, await workload(house, cast, 'reader'), taskOf('read'))).task.id
})
afterAll(async () => {
  await end()
})

/** Asks for a token of the task in a house whose keys sign like this. */
async function ask(issue: House['tokens']['issue']) {
  const house: House = { ...raised.house, tokens: { ...raised.house.tokens, issue } }
  return await exchangeToken(house, await workload(house, cast, 'reader'), { taskId, audience: publicUrl })
}

describe('a token', () => {
  it('is permitted, and counts, by two entries of one commit, of which the second answers the first', async () => {
    const { house } = raised
    const size = house.log.head().size
    const { entry, credential } = await ask(house.tokens.issue)
    expect([entry, house.log.head().size]).toEqual([size + 1, size + 2])
    expect(await house.log.entry(size)).toMatchObject({ kind: 'decision.permit', subject: { id: credential.id } })
    expect(await house.log.entry(entry)).toMatchObject({ kind: 'credential.issued', answers: size })
    const kept = await raised.store.rows.get('credentials', credential.id)
    const signed = { intent: size, keyId: house.tokens.keys.current().id }
    expect(kept).toEqual({ ...credential, state: 'issued', signed, version: 2, entry })
  })

  it('is signed only after both are on disk', async () => {
    const sizes: number[] = []
    const { entry } = await ask(async (intent, key) => {
      sizes.push(raised.house.log.head().size, intent.index)
      return await raised.house.tokens.issue(intent, key)
    })
    expect(sizes).toEqual([entry + 1, entry - 1])
  })

  it('whose signature could not be made is taken back, and the refusal says no more than that', async () => {
    const { house, store } = raised
    const failed = ask(async () => {
      throw new Error('no module')
    })
    await expect(failed).rejects.toMatchObject({ code: 'internal' })
    const { size } = house.log.head()
    const last = await house.log.entry(size - 1)
    expect(last).toMatchObject({ kind: 'credential.revoked', data: { because: 'its signature could not be made' } })
    expect(await house.log.entry(size - 2)).toMatchObject({ kind: 'credential.issued', subject: last.subject })
    expect(await store.rows.get('credentials', last.subject.id)).toMatchObject({ state: 'revoked', entry: size - 1 })
    const { vkey, origin } = house.log
    await auditLog({ store: store.record, vkey, origin })
    expect((await house.log.audit()).findings).toEqual([])
  })

  const desks: readonly [string, string, (house: House) => Pick<House['tokens'], 'keys'> | null, Use][] = [
    ['of our own', publicUrl, ({ tokens }) => tokens, 'token'],
    ['that is an SVID', 'peer', ({ svids }) => svids, 'svid'],
    ['for a cloud', 'cloud', ({ federation }) => federation, 'federation'],
  ]
  it.each(desks)('%s whose key leaked since it was permitted does not leave', async (_, audience, deskOf, use) => {
    const { house } = raised
    const desk = deskOf(house)
    if (desk === null) throw new Error('it is configured')
    const sam = await person(house, cast, 'sam')
    let rotate = async (): Promise<void> => {
      rotate = async () => undefined
      await rotateKeysBy(house, sam, { reason: 'it leaked', leaked: true, use })
    }
    const record: House['log']['record'] = async (fact) => {
      const recorded = await house.log.record(fact)
      await rotate()
      return recorded
    }
    const slow = { ...house, log: { ...house.log, record } }
    const failed = exchangeToken(slow, await workload(house, cast, 'reader'), { taskId, audience })
    await expect(failed).rejects.toMatchObject({ code: 'conflict', detail: expect.stringContaining('counts no more') })
    const last = await house.log.entry(house.log.head().size - 1)
    expect(last.kind).toBe('credential.revoked')
    const again = await exchangeToken(house, await workload(house, cast, 'reader'), { taskId, audience })
    expect(again.keyId).toBe(desk.keys.current().id)
  })

  const ends: readonly [string, string, (sam: PersonCaller, intent: Intent) => Promise<unknown>][] = [
    ['its task', 'task_not_active', (sam, { task }) => revokeTaskBy(raised.house, sam, task.id, 'no more')],
    ['it', 'conflict', (sam, { credential }) => revokeToken(raised.house, sam, credential.id)],
  ]
  it.each(ends)('that nobody could take back later does not leave where %s ended meanwhile', async (_, code, end) => {
    const { house } = raised
    const federation = house.federation ?? expect.unreachable('it is configured')
    const sam = await person(house, cast, 'sam')
    const { task } = await openTask(house, await workload(house, cast, 'reader'), taskOf('read'))
    const issue: typeof federation.issue = async (intent, key) => {
      const { grant } = intent.fact
      const made = await federation.issue(intent, key)
      await end(sam, grant)
      return made
    }
    const slow = { ...house, federation: { ...federation, issue } }
    const asked = exchangeToken(slow, await workload(house, cast, 'reader'), { taskId: task.id, audience: 'cloud' })
    await expect(asked).rejects.toMatchObject({ code })
    expect((await house.log.audit()).findings).toEqual([])
  })
})
