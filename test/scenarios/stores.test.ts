import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccessToken } from '../../sdk/agent.ts'
import { type House, startHouse } from '../house.ts'
import { POSTGRES_START_MS } from '../postgres.ts'
import { BACKENDS, type Backend } from '../suites/backends.ts'
import {
  type Actor,
  codeOf,
  connect,
  enter,
  furnish,
  makeReleaser,
  makeSummariser,
  openTask,
  problemOf,
  register,
  verdictOf,
} from './cast.ts'

describe.each(BACKENDS)('a whole life on $name', ({ start }) => {
  let backend: Backend
  let house: House
  let summariser: Actor
  let releaser: Actor
  let taskId: string
  let releaseId: string
  let token: AccessToken

  beforeAll(async () => {
    backend = await start()
    house = await startHouse({}, { store: await backend.create() })
    await furnish(house)
    summariser = makeSummariser(house)
    releaser = await makeReleaser(house)
  }, POSTGRES_START_MS)
  afterAll(async () => {
    await house.end(60)
    await backend.stop()
  })

  const documents = (name: string): string => join(house.documents, name)
  const writeNotes = async (content: string): Promise<string> => {
    const gate = await releaser.agent.exchange(releaseId, releaser.agent.gatewayUrl('docs'))
    const gateway = await connect(releaser, gate)
    try {
      return verdictOf(await gateway.call('write_file', { path: documents('public/notes.md'), content }))
    } finally {
      await gateway.close()
    }
  }

  it('begins unknown: the refusal is on record, and the identity is found', async () => {
    const refusal = await problemOf(summariser.agent.openTask(summariser.task))
    expect(refusal).toMatchObject({ code: 'identity_unknown', status: 401 })
    const { entry } = await house.people.lin.client.entries.show(refusal?.entry ?? -1)
    expect(entry.kind).toBe('identity.discovered')
  })

  it('goes on with owners, approvals and a task, and uses what it may and no more', async () => {
    const { ada, grace } = house.people
    const { identities } = await ada.client.identities.list({ state: 'discovered' })
    const { name: _, ...profile } = summariser.profile
    const id = identities[0]?.id ?? ''
    await ada.client.identities.adopt(id, { ...profile, name: summariser.name, owner: ada.id, sponsor: grace.id })
    for (const entitlement of summariser.entitlements) await ada.client.identities.entitle(id, entitlement)
    await ada.client.identities.rehearse(id)
    const { approval } = await ada.client.identities.submit(id)
    expect(await codeOf(ada.client.approvals.vote(approval.id, 'approve', 'Mine'))).toBe('self_approval')
    await grace.client.approvals.vote(approval.id, 'approve', 'Known')
    taskId = await openTask(house, summariser)
    const entered = await enter(summariser, taskId)
    token = entered.token
    const { gateway } = entered
    const read = (name: string) => gateway.call('read_text_file', { path: documents(name) })
    expect(verdictOf(await read('public/handbook.md'))).toBe('permitted')
    expect(verdictOf(await read('confidential/salaries.csv'))).toBe('ceiling_exceeded')
    await gateway.close()
    expect((await house.people.lin.client.tasks.show(taskId)).usage).toMatchObject({ calls: 1 })
  })

  it('has a call held for a person, which passes once', async () => {
    await register(house, releaser)
    releaseId = await openTask(house, releaser, { scope: releaser.task.scope.slice(0, 2) })
    expect(await writeNotes('# 1\n')).toBe('approval_required')
    const { approvals } = await house.people.lin.client.approvals.list({ state: 'pending' })
    const asked = approvals.find((row) => row.subject === 'call')
    await house.people.lin.client.approvals.vote(asked?.id ?? '', 'approve', 'Read and found good')
    expect(await writeNotes('# 2\n')).toBe('approval_required')
    const verdicts = await Promise.all([writeNotes('# 1\n'), writeNotes('# 1\n'), writeNotes('# 1\n')])
    expect(verdicts.filter((verdict) => verdict === 'permitted')).toHaveLength(1)
  })

  it('is the same after a restart: people, tasks, tokens and what was taken back', async () => {
    const spent = await summariser.agent.exchange(taskId, house.url)
    await house.people.sam.client.tokens.revoke(spent.value)
    const { size } = await house.people.lin.client.entries.list({ limit: 1 })
    await house.stop()
    await house.start()
    const { lin } = house.people
    expect((await lin.client.entries.list({ limit: 1 })).size).toBeGreaterThanOrEqual(size)
    expect(await lin.client.tokens.introspect(token.value)).toMatchObject({ active: true })
    expect(await lin.client.tokens.introspect(spent.value)).toEqual({ active: false })
    expect(await codeOf(house.signIn(house.firstLink))).toBe('login_link_invalid')
    // a server behind the gateway is started anew, and is given five seconds each time it is looked at
    await expect.poll(async () => (await lin.client.doctor.check()).checks.filter(({ ok }) => !ok)).toEqual([])
  })

  it('ends everywhere with a cutoff, and is explained', async () => {
    const { sam, lin } = house.people
    const { identity } = await lin.client.identities.show(summariser.name)
    await sam.client.cutoffs.make({ target: 'identity', targetId: identity.id, because: 'Strange' })
    expect(await lin.client.tokens.introspect(token.value)).toEqual({ active: false })
    const refusal = await problemOf(summariser.agent.openTask(summariser.task))
    expect(refusal?.code).toMatch(/cut_off|identity_inactive/)
    const { explanation } = await lin.client.entries.why(refusal?.entry ?? -1)
    expect(explanation.sentences.join('\n')).toMatch(/\w/)
  })
})
