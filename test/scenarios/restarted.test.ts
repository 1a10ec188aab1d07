import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccessToken } from '../../sdk/agent.ts'
import { createTokenFetch } from '../../sdk/token-fetch.ts'
import { update } from '../../src/contract/change.ts'
import { systemClock } from '../../src/ground/clock.ts'
import { digestText } from '../../src/ground/digest.ts'
import { createIds } from '../../src/ground/ids.ts'
import { makeSigningKey, recordKey } from '../../src/issue/signing-key.ts'
import { castVote } from '../../src/register/approval.ts'
import { sendProven } from '../attacks/intruder.ts'
import { type House, startHouse } from '../house.ts'
import { POSTGRES_START_MS, type Postgres, startPostgres } from '../postgres.ts'
import {
  type Actor,
  codeOf,
  furnish,
  makeReleaser,
  makeSummariser,
  openTask,
  prepare,
  recordOf,
  register,
} from './cast.ts'

describe.each(['sqlite', 'postgres'] as const)('a house that is stopped and started again, on %s', (kind) => {
  let postgres: Postgres | undefined
  let house: House
  let summariser: Actor
  let releaser: Actor
  let taskId: string
  let token: AccessToken

  beforeAll(async () => {
    postgres = kind === 'postgres' ? await startPostgres() : undefined
    const store =
      postgres === undefined ? undefined : ({ kind: 'postgres', url: await postgres.createDatabase() } as const)
    house = await startHouse({}, store === undefined ? {} : { store })
    await furnish(house)
    summariser = makeSummariser(house)
    releaser = await makeReleaser(house)
    await register(house, summariser)
    await register(house, releaser)
    taskId = await openTask(house, summariser)
    token = await summariser.agent.exchange(taskId, summariser.agent.gatewayUrl('docs'))
  }, POSTGRES_START_MS)
  afterAll(async () => {
    await house.end(50)
    await postgres?.stop()
  })

  async function restart(): Promise<void> {
    await house.stop()
    await house.start()
  }

  async function knock(shown: AccessToken): Promise<number> {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} })
    const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }
    return (await createTokenFetch({ token: async () => shown })(shown.resource, { method: 'POST', headers, body }))
      .status
  }

  it('still knows everybody: sessions, identities, tasks and tokens go on', async () => {
    const { lin } = house.people
    const before = await lin.client.entries.list({ limit: 1 })
    await restart()
    expect((await lin.client.sessions.me()).person.name).toBe('lin')
    expect((await lin.client.tasks.show(taskId)).task.state).toBe('active')
    expect(await knock(token)).toBe(200)
    expect((await lin.client.entries.list({ limit: 1 })).size).toBeGreaterThan(before.size)
    expect(await lin.client.entries.receipt(0)).toMatch(/^c2sp\.org\/tlog-proof@v1/)
  })

  it('carries out a vote that was recorded and not carried out', async () => {
    const id = await prepare(house, makeSummariser(house, 'half-approved'))
    const { approval } = await house.people.ada.client.identities.submit(id)
    await house.stop()
    await house.whileStopped(async ({ store, log }) => {
      const [kept, identity, person] = await Promise.all([
        store.register.approval(approval.id),
        store.register.identity(id),
        store.register.person(house.people.grace.id),
      ])
      if (kept === undefined || identity === undefined || person === undefined) throw new Error('something is gone')
      const actor = { kind: 'person', id: person.id } as const
      const answer = { person, actor, verdict: 'approve', reason: 'Good', atMs: systemClock.nowMs() } as const
      await log.record(castVote(kept, identity, answer).fact)
    })
    await house.start()
    expect((await house.people.lin.client.identities.show(id)).identity.state).toBe('active')
  })

  it('refuses a vote that comes after the time of its approval, which is on record', async () => {
    const { task, approvalId } = await releaser.agent.openTask({
      ...releaser.task,
      scope: releaser.task.scope.slice(0, 2),
    })
    await house.stop()
    await house.whileStopped(async ({ store, log }) => {
      const kept = await store.register.approval(approvalId ?? '')
      if (kept === undefined) throw new Error('the approval is gone')
      const entry = {
        kind: 'refusal',
        actor: { kind: 'system', id: 'test' },
        subject: { kind: 'door', id: 'test' },
        data: {},
      } as const
      const late = { ...kept, expiresMs: systemClock.nowMs() - 1 }
      await log.record({ entry, changes: [update('approvals', kept, late)] })
    })
    await house.start()
    const voted = house.people.lin.client.approvals.vote(approvalId ?? '', 'approve', 'Planned')
    expect(await recordOf(house, voted)).toBe('refusal approval_closed')
    expect((await house.people.lin.client.tasks.show(task.id)).task.state).not.toBe('active')
  })

  it('refuses an assertion that was shown before it stopped', async () => {
    const shown = await summariser.assertion()
    const ask = (): Promise<Response> =>
      house.fetch(`${house.url}/api/v1/tasks`, {
        method: 'POST',
        headers: { authorization: `Bearer ${shown}`, 'content-type': 'application/json' },
        body: JSON.stringify(summariser.task),
      })
    expect((await ask()).status).toBe(201)
    expect(await (await ask()).json()).toMatchObject({ code: 'assertion_replayed', entry: expect.any(Number) })
    await restart()
    expect(await (await ask()).json()).toMatchObject({ code: 'assertion_replayed', status: 401 })
  })

  it.each([
    ['/oauth/introspect', 'with a token of its own', 200],
    ['/oauth/introspect', 'with a token that is none', 200],
    ['/api/v1/tasks', 'without getting anything for it', 415],
  ])('refuses an assertion that was spent at %s %s', async (path, what, status) => {
    const shown = await summariser.assertion()
    const asked = what.endsWith('none') ? 'junk' : token.value
    const ask = (to: string): Promise<Response> =>
      house.fetch(`${house.url}${to}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${shown}` },
        body: new URLSearchParams({ token: asked }),
      })
    expect((await ask(path)).status).toBe(status)
    await restart()
    const again = await ask('/oauth/introspect')
    expect(await again.json()).toMatchObject({ code: 'assertion_replayed' })
  })

  it('refuses a sign-in link that was used before it stopped, and takes one that was not', async () => {
    const { ada, sam } = house.people
    const used = await ada.client.people.link(sam.id)
    const kept = await ada.client.people.link(sam.id)
    await house.signIn(used.link)
    await restart()
    expect(await codeOf(house.signIn(used.link))).toBe('login_link_invalid')
    expect((await house.signIn(kept.link)).id).toBe(sam.id)
    expect(await codeOf(house.signIn(house.firstLink))).toBe('login_link_invalid')
  })

  it('refuses a session whose time is over', async () => {
    const { ada, sam } = house.people
    const { session, client } = await house.signIn((await ada.client.people.link(sam.id)).link)
    expect((await client.sessions.me()).person.id).toBe(sam.id)
    await house.stop()
    await house.whileStopped(async ({ store, log }) => {
      const kept = await store.register.session(digestText(session))
      if (kept === undefined) throw new Error('the session is gone')
      const entry = {
        kind: 'person.signed-in',
        actor: { kind: 'person', id: sam.id },
        subject: { kind: 'person', id: sam.id },
        data: {},
      } as const
      await log.record({ entry, changes: [update('sessions', kept, { ...kept, expiresMs: systemClock.nowMs() - 1 })] })
    })
    await house.start()
    expect(await codeOf(client.sessions.me())).toBe('session_invalid')
  })

  it('refuses a proof of possession that was shown with another assertion', async () => {
    const url = `${house.url}/api/v1/tasks`
    const dpop = (await releaser.key?.prove('POST', url)) ?? ''
    const ask = async (): Promise<Response> =>
      house.fetch(url, {
        method: 'POST',
        headers: { authorization: `Bearer ${await releaser.assertion()}`, dpop, 'content-type': 'application/json' },
        body: JSON.stringify({ ...releaser.task, scope: releaser.task.scope.slice(0, 2) }),
      })
    expect((await ask()).status).toBe(202)
    expect(await (await ask()).json()).toMatchObject({ code: 'proof_invalid' })
    await restart()
    expect(await (await ask()).json()).toMatchObject({ code: 'proof_invalid' })
  })

  it('refuses a proof that was shown with what only reads, and takes one of before that was not', async () => {
    const key = releaser.key
    if (key === undefined) throw new Error('the releaser has a key')
    const own = await openTask(house, releaser, { scope: releaser.task.scope.slice(0, 1) })
    const credential = (await releaser.agent.exchange(own, house.url)).value
    const path = `/api/v1/tasks/${own}`
    const make = (): Promise<string> => key.prove('GET', `${house.url}${path}`, credential)
    const [shown, unshown, atOnce] = [await make(), await make(), await Promise.all(Array.from({ length: 20 }, make))]
    const codesOf = (proofs: readonly string[]): Promise<(string | number)[]> =>
      Promise.all(
        proofs.map(async (proof) => {
          const heard = await sendProven(house, path, { credential, proof })
          return heard.json.code ?? heard.status
        }),
      )
    const before = (await house.people.lin.client.entries.list({ limit: 1 })).size
    expect(await codesOf([shown, ...atOnce])).toEqual(Array.from({ length: 21 }, () => 200))
    expect((await house.people.lin.client.entries.list({ limit: 1 })).size).toBe(before) // beside the log
    await restart()
    expect(new Set(await codesOf([shown, ...atOnce]))).toEqual(new Set(['proof_invalid']))
    expect(await codesOf([unshown])).toEqual([200])
    await restart()
    expect(new Set(await codesOf([shown, unshown, ...atOnce]))).toEqual(new Set(['proof_invalid']))
    // what was decided on counts once at a door that only reads, too
    const gateway = '/mcp/docs'
    const forServer = (await releaser.agent.exchange(own, `${house.url}${gateway}`)).value
    const proof = await key.prove('POST', `${house.url}${gateway}`, forServer)
    const call = (method: string, params: object): Promise<{ status: number; json: { code?: string } }> =>
      sendProven(house, gateway, {
        credential: forServer,
        proof,
        method: 'POST',
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
      })
    const called = { name: 'read_text_file', arguments: { path: `${house.documents}/internal/handbook.md` } }
    expect((await call('tools/call', called)).status).toBe(200)
    await restart()
    expect((await call('tools/list', {})).json.code).toBe('proof_invalid')
  })

  it('signs with its newest key, and tokens of the one before still count', async () => {
    const kidOf = ({ value }: AccessToken): unknown =>
      (JSON.parse(Buffer.from(value.split('.')[0] ?? '', 'base64url').toString()) as { kid: unknown }).kid
    await house.stop()
    await house.whileStopped(async ({ log, masterKey }) => {
      const nowMs = systemClock.nowMs()
      return log.record(recordKey(await makeSigningKey('token', masterKey, createIds(systemClock.nowMs), nowMs, nowMs)))
    })
    await house.start()
    const newer = await summariser.agent.exchange(taskId, summariser.agent.gatewayUrl('docs'))
    expect(kidOf(newer)).not.toBe(kidOf(token))
    expect([await knock(token), await knock(newer)]).toEqual([200, 200])
    const { keys } = (await (await house.fetch(`${house.url}/oauth/jwks`)).json()) as { keys: { kid: string }[] }
    expect(keys.map((key) => key.kid)).toEqual(expect.arrayContaining([kidOf(token), kidOf(newer)]))
    expect(JSON.stringify(keys)).not.toContain('"d"')
  })

  it('still refuses what was taken back before it stopped', async () => {
    const { sam } = house.people
    const other = await summariser.agent.exchange(taskId, summariser.agent.gatewayUrl('docs'))
    await sam.client.tokens.revoke(other.value)
    await restart()
    expect(await knock(other)).toBe(401)
    expect(await knock(token)).toBe(200)
    await sam.client.cutoffs.make({ target: 'task', targetId: taskId, because: 'Enough' })
    await restart()
    expect(await knock(token)).toBe(401)
  })
})
