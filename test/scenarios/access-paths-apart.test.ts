import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type House, startHouse } from '../house.ts'
import { furnish, makeSummariser, openTask, register } from './cast.ts'

describe('by which ways something can be done where one action pattern means several tools', () => {
  let house: House
  let id: string
  const scope = [{ action: 'docs/read*', resource: 'docs:*' }]
  const review = async (tool: string, actionClass: 'read' | 'execute', resourceKind: 'path' | 'text' = 'text') =>
    await house.people.ada.client.catalogue.classifyTool({
      server: 'docs',
      tool,
      actionClass,
      resourceArgument: 'path',
      resourceKind,
      resourcePrefix: 'docs:',
      resourceRoot: resourceKind === 'path' ? house.documents : '',
      resultIntegrity: 'trusted',
    })

  beforeAll(async () => {
    house = await startHouse()
    await furnish(house)
    const { catalogue } = house.people.ada.client
    await catalogue.classifyResource({ pattern: 'docs:mixed*', sensitivity: 'internal' })
    await catalogue.classifyResource({ pattern: 'docs:mixed/pay/*', sensitivity: 'confidential' })
    await review('read_file', 'read')
    const reader = makeSummariser(house, 'reader')
    id = await register(house, {
      ...reader,
      entitlements: reader.entitlements.map((each) => ({ ...each, scope })),
    })
    await openTask(house, reader, { scope })
  })
  afterAll(async () => {
    await house.end(20)
  })
  const ask = async (to = 'docs:mixed') => await house.people.lin.client.paths.between(id, to)
  const scopesOf = ({ paths, openable }: Awaited<ReturnType<typeof ask>>) => [
    paths.flatMap((path) => path.scope.map(({ action }) => action)),
    openable.flatMap((each) => each.scope.map(({ action }) => action)),
  ]

  it('tells the pattern where all that it means reaches the resource', async () => {
    expect(scopesOf(await ask('docs:mixed/news'))).toEqual([['docs/read*'], ['docs/read*']])
  })

  it('tells those alone that reach it, where to others it is a folder with more sensitive things in it', async () => {
    expect(scopesOf(await ask())).toEqual([['docs/read_file'], ['docs/read_file']])
  })

  it('tells no way that the purpose of its task, as it reads now, leaves no room for', async () => {
    const { catalogue } = house.people.ada.client
    const purpose = { code: 'summarise', title: 'For the team', classes: ['read'] } as const
    await catalogue.definePurpose({ ...purpose, ceiling: 'public' })
    const found = await ask('docs:mixed/news')
    expect(scopesOf(found)).toEqual([[], []])
    expect(found.fallen).toHaveLength(1)
    await catalogue.definePurpose({ ...purpose, ceiling: 'internal' })
  })

  it('tells those that still reach it, where another tool was reviewed since as what nobody is entitled to', async () => {
    await review('read_media_file', 'execute')
    const left = ['docs/read_text_file', 'docs/read_file']
    expect(scopesOf(await ask('docs:mixed/news')).map((each) => each.toSorted())).toEqual([
      left.toSorted(),
      left.toSorted(),
    ])
  })

  it('tells of a pattern what one entitlement reaches that lies in another one, which bears less', async () => {
    const two = makeSummariser(house, 'two-ceilings')
    const [held] = two.entitlements
    const part = [{ action: 'docs/read_text_file', resource: 'docs:internal/*' }]
    const entitlements = held === undefined ? [] : [held, { ...held, scope: part }]
    const { identities } = house.people.ada.client
    const reader = await register(house, { ...two, entitlements })
    await openTask(house, two)
    const wide = (await identities.show(reader)).entitlements.find(({ scope: [grant] }) => grant?.resource === 'docs:*')
    const draft = { scope: wide?.scope ?? [], ceiling: 'public', reason: 'Too much' } as const
    await identities.narrow(reader, wide?.id ?? '', draft)
    const { between } = house.people.lin.client.paths
    for (const to of ['docs:i*', 'docs:internal/*'])
      expect((await between(reader, to)).paths.map((path) => path.scope)).toEqual([part])
    expect((await between(reader, 'docs:internal/plans.md')).paths).toHaveLength(1)
  })
})
