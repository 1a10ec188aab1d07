import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type House, type Somebody, startHouse } from '../house.ts'
import {
  type Actor,
  codeOf,
  furnish,
  letAct,
  makeReleaser,
  makeSummariser,
  openTask,
  readingPart,
  register,
} from './cast.ts'

describe('by which ways something can be done', () => {
  let house: House
  let releaser: Actor
  let summariser: Actor
  let zoe: Somebody
  let parent: string
  let child: string
  let grantId: string
  const ids = { releaser: '', summariser: '' }

  beforeAll(async () => {
    house = await startHouse()
    await furnish(house)
    releaser = await makeReleaser(house)
    summariser = makeSummariser(house)
    ids.releaser = await register(house, releaser)
    ids.summariser = await register(house, summariser)
    grantId = await letAct(house, 'release-agent', 'docs-summariser')
    parent = await openTask(house, releaser, { scope: releaser.task.scope.slice(0, 2) })
    child = (await releaser.agent.delegate(parent, readingPart)).task.id
    await summariser.agent.exchange(child, summariser.agent.gatewayUrl('docs'))
    const added = await house.people.ada.client.people.add({ name: 'Zoe', email: 'zoe@example.org', roles: ['owner'] })
    zoe = await house.signIn(added.link)
  })
  afterAll(async () => {
    await house.end(40)
  })

  it('is told from an identity to a resource, through helpers too, each step with its entry', async () => {
    const { ada, lin } = house.people
    const found = await lin.client.paths.between('release-agent', 'docs:internal/plans.md')
    expect(found.paths.map(({ taskId }) => taskId).toSorted()).toEqual([parent, child].toSorted())
    const through = found.paths.find(({ taskId }) => taskId === child)
    expect(through).toMatchObject({ names: ['release-agent', 'docs-summariser'], scope: readingPart.scope })
    const steps = (through?.edges ?? []).map(({ from, to, kind }) => [kind, from, to])
    expect(steps).toEqual(
      expect.arrayContaining([
        ['answers-for', ada.id, ids.releaser],
        ['task', ids.releaser, parent],
        ['may-act', ids.releaser, ids.summariser],
        ['handed-on', parent, child],
        ['holds', child, expect.stringMatching(/^crd_/)],
        ['entitled', ids.summariser, expect.stringMatching(/^ent_/)],
      ]),
    )
    for (const { entry, to, kind } of through?.edges ?? []) {
      const said = JSON.stringify((await lin.client.entries.show(entry)).entry)
      if (kind !== 'answers-for' && kind !== 'proves') expect([kind, said]).toEqual([kind, expect.stringContaining(to)])
    }
  })

  it('goes nowhere beyond scope and ceiling, and is told to nobody who has no business with it', async () => {
    const { lin } = house.people
    expect((await lin.client.paths.between('release-agent', 'docs:confidential/salaries.csv')).paths).toEqual([])
    expect((await lin.client.paths.between('docs-summariser', 'docs:public/handbook.md')).paths).toEqual([])
    const cautionsOf = async (to: string): Promise<readonly string[]> =>
      (await lin.client.paths.between('release-agent', to)).cautions
    expect(await cautionsOf('docs:confidential/salaries.csv')).toEqual([])
    expect(await cautionsOf('docs:/internal/plans.md')).toEqual([expect.stringMatching(/docs:internal\/plans\.md may/)])
    expect(await cautionsOf('docs:confidential/')).toEqual([expect.stringMatching(/ docs:confidential may be meant/)])
    expect(await cautionsOf('dcos:plans')).toEqual(['No tool that is reviewed acts on dcos:plans; they act on docs:*.'])
    expect(await codeOf(zoe.client.paths.between('release-agent', 'docs:internal/plans.md'))).toBe('role_missing')
    expect(await codeOf(lin.client.paths.between('nobody', 'docs:internal/plans.md'))).toBe('not_found')
    expect(await codeOf(lin.client.paths.of('tsk_none'))).toBe('not_found')
    const answer = await house.fetch(`${house.url}/api/v1/access/paths?from=release-agent`, {
      headers: { authorization: `Bearer ${lin.session}` },
    })
    expect([answer.status, await answer.json()]).toMatchObject([400, { code: 'request_invalid' }])
  })

  it('is told of what a pattern means: each way that reaches any of it, with the part of its scope that does', async () => {
    const { between } = house.people.lin.client.paths
    const grantsOf = async (to: string) => {
      const { paths, openable } = await between('release-agent', to)
      return [paths.find(({ taskId }) => taskId === parent)?.scope, openable[0]?.scope].map((scope) =>
        scope?.map(({ action, resource }) => `${action}@${resource}`),
      )
    }
    const reads = (resource: string) => `docs/read_text_file@${resource}`
    expect(await grantsOf('docs:internal/*')).toEqual([[reads('docs:internal/*')], [reads('docs:internal/*')]])
    const [held] = await grantsOf('docs:*')
    expect(held).toEqual([reads('docs:*'), 'docs/write_file@docs:public/*'])
    expect((await grantsOf('*'))[0]).toEqual(held)
    expect((await between('docs-summariser', 'docs:internal/*')).paths.map(({ taskId }) => taskId)).toEqual(
      (await between('docs-summariser', 'docs:internal/plans.md')).paths.map(({ taskId }) => taskId),
    )
  })

  it('tells no way to a pattern of which nothing is reached, and what may have been meant by one', async () => {
    const { between } = house.people.lin.client.paths
    const { fallen, ...found } = await between('release-agent', 'docs:confidential/*')
    expect(found).toMatchObject({ paths: [], openable: [], cautions: [] })
    expect(fallen).toContainEqual({ taskId: parent, because: 'it reaches nothing of docs:confidential/*' })
    const cautionsOf = async (to: string) => (await between('release-agent', to)).cautions
    expect(await cautionsOf('dcos:*')).toEqual(['No tool that is reviewed acts on dcos:*; they act on docs:*.'])
    expect(await cautionsOf('docs:/internal/*')).toEqual([expect.stringContaining('docs:internal/* may be meant')])
    expect(await cautionsOf('docs:*/plans.md')).toEqual([expect.stringContaining('is one of its letters')])
  })

  it('names what could be reached if a task were opened, with the scope to ask for, while its identity may act', async () => {
    const { ada, lin } = house.people
    const between = lin.client.paths.between
    const name = 'idle-summariser'
    const id = await register(house, makeSummariser(house, name))
    const found = await between(name, 'docs:internal/plans.md')
    const scope = [{ action: 'docs/read_text_file', resource: 'docs:internal/plans.md' }]
    expect(found).toMatchObject({ paths: [], fallen: [], openable: [{ scope }] })
    const openable = found.openable[0] ?? expect.unreachable('nothing can be opened')
    const said = JSON.stringify((await lin.client.entries.show(openable.entry)).entry)
    expect(said).toContain(openable.entitlementId)
    expect((await between(name, 'docs:confidential/salaries.csv')).openable).toEqual([])
    expect((await between(name, 'jobs:build')).openable).toEqual([])
    await ada.client.identities.suspend(id, 'a doubt')
    expect((await between(name, 'docs:internal/plans.md')).openable).toEqual([])
    expect((await lin.client.paths.of(parent)).openable).toEqual([])
  })

  it('begins with the person on whose behalf a task acts, and with what they may do themselves', async () => {
    const right = { scope: readingPart.scope, classes: ['read'], ceiling: 'internal', reason: 'Hers', days: 3 } as const
    const given = await house.people.ada.client.people.grantRight(zoe.id, right)
    const { task } = await zoe.client.identities.openTask('docs-summariser', {
      ...summariser.task,
      scope: readingPart.scope,
    })
    const { paths } = await house.people.lin.client.paths.of(task.id)
    const steps = paths.flatMap(({ edges }) => edges.map(({ from, to, kind }) => [kind, from, to]))
    expect(steps).toEqual(
      expect.arrayContaining([
        ['on-behalf', zoe.id, task.id],
        ['has-right', zoe.id, given.right.id],
      ]),
    )
  })

  it('holds no token any more that ended with its server', async () => {
    const kinds = async () =>
      (await house.people.lin.client.paths.of(child)).paths.flatMap(({ edges }) => edges.map(({ kind }) => kind))
    expect(await kinds()).toContain('holds')
    await house.people.sam.client.cutoffs.make({ target: 'upstream', targetId: 'docs', because: 'it lied' })
    expect(await kinds()).toContain('handed-on')
    expect(await kinds()).not.toContain('holds')
  })

  it('names what the entitlements of its chain leave of a task, also where they were narrowed since', async () => {
    const { ada, lin } = house.people
    const held = (await ada.client.identities.show(ids.summariser)).entitlements.filter(
      ({ state }) => state === 'granted',
    )
    const scope = [{ action: 'docs/read_text_file', resource: 'docs:internal/plans.md' }]
    for (const { id } of held) await ada.client.identities.narrow(ids.summariser, id, { scope, reason: 'It is enough' })
    expect((await lin.client.paths.of(child)).paths).toMatchObject([{ taskId: child, scope }])
    const { paths } = await lin.client.paths.between('docs-summariser', 'docs:internal/plans.md')
    expect(paths.find(({ taskId }) => taskId === child)?.scope).toEqual(scope)
  })

  it('says why there is no way any more, from the write on that closed it', async () => {
    const { ada, lin } = house.people
    await ada.client.identities.suspend(ids.summariser, 'a doubt')
    expect(await lin.client.paths.of(child)).toMatchObject({
      paths: [],
      fallen: [{ taskId: child, because: expect.stringMatching(/revoked|suspended/) }],
    })
    const left = await lin.client.paths.between('release-agent', 'docs:internal/plans.md')
    expect(left.paths.map(({ taskId }) => taskId)).toEqual([parent])
    await ada.client.delegations.end('release-agent', grantId, 'no more')
    expect((await lin.client.paths.of(parent)).paths).toHaveLength(1)
  })
})
