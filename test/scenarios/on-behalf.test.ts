import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type House, type Somebody, startHouse } from '../house.ts'
import { type Actor, codeOf, enter, furnish, makeSummariser, register, verdictOf } from './cast.ts'
import { sayAs } from './say-as.ts'

describe('a person who lets an agent act on their behalf', () => {
  let house: House
  let actor: Actor
  let id: string
  let zoe: Somebody

  beforeAll(async () => {
    house = await startHouse()
    await furnish(house)
    actor = makeSummariser(house)
    id = await register(house, actor)
    const added = await house.people.ada.client.people.add({ name: 'Zoe', email: 'zoe@example.org', roles: [] })
    zoe = await house.signIn(added.link)
  })
  afterAll(async () => {
    await house.end(40)
  })

  const say = (who: Somebody, ...words: readonly string[]) => sayAs(house, who, words)

  const openWords = [
    'task',
    'open',
    'docs-summariser',
    '--purpose',
    'summarise',
    '--goal',
    'Read the handbook to me',
    '--ticket',
    'HR-7',
  ]
  const scopeWords = ['--allow', 'docs/read_text_file@docs:public/*', '--ceiling', 'public']

  it('has no rights at first, and grants nothing', async () => {
    expect((await say(house.people.ada, 'person', 'rights', 'Zoe')).said).toContain('nothing acts on their behalf')
    const { code, said } = await say(zoe, ...openWords, ...scopeWords)
    expect(code).toBe(1)
    expect(said).toContain('You have no right to docs/read_text_file')
  })

  it('is given a right by an administrator, who cannot give one to themselves', async () => {
    const grant = ['--allow', 'docs/*@docs:public/*', '--class', 'read', '--ceiling', 'public', '--reason', 'Her work']
    expect((await say(house.people.ada, 'person', 'entitle', 'Zoe', ...grant)).code).toBe(0)
    expect((await say(house.people.ada, 'person', 'entitle', 'admin@localhost', ...grant)).said).toContain(
      'Nobody gives themselves rights',
    )
    expect(await codeOf(zoe.client.people.grantRight(house.people.sam.id, RIGHT))).toBe('role_missing')
    expect((await say(house.people.ada, 'person', 'rights', 'Zoe')).said).toContain('docs/*@docs:public/*')
  })

  it('opens a task, and the agent does in it what both may', async () => {
    const { code, said } = await say(zoe, ...openWords, ...scopeWords)
    expect(code).toBe(0)
    const taskId = /tsk_\w+/.exec(said)?.[0] ?? ''
    const { gateway, token } = await enter(actor, taskId)
    expect(verdictOf(await gateway.call('read_text_file', { path: 'public/handbook.md' }))).toBe('permitted')
    const told = await house.people.lin.client.tokens.introspect(token.value)
    expect(told['authorization_details']).toMatchObject([
      { purpose: 'summarise', goal: 'Read the handbook to me', ticket: 'HR-7', on_behalf_of: zoe.id },
    ])
    const { said: listed } = await say(house.people.ada, 'task', 'list')
    expect(listed).toMatch(/HR-7/)
    expect((await say(house.people.ada, 'task', 'show', taskId)).said).toContain(`Zoe (${zoe.id})`)
    const { rights } = await house.people.ada.client.people.rights(zoe.id)
    await zoe.client.people.endRight(zoe.id, rights[0]?.id ?? '', 'I do it myself')
    await expect(gateway.call('read_text_file', { path: 'public/handbook.md' })).rejects.toThrow(/token_revoked/)
    expect(await house.people.lin.client.tokens.introspect(token.value)).toEqual({ active: false })
    expect((await house.people.lin.client.tasks.show(taskId)).task).toMatchObject({ state: 'revoked' })
    await gateway.close()
  })

  it('is counted in what the identity used, and found by nobody who is not there', async () => {
    const { uses } = await house.people.lin.client.identities.used(id)
    expect(uses[0]?.use).toMatchObject({ tasks: 1, calls: 1 })
    const missing = house.people.ada.client.people
    expect(await codeOf(missing.endRight(zoe.id, 'rgt_none', 'gone'))).toBe('not_found')
    expect(await codeOf(missing.grantRight('psn_none', RIGHT))).toBe('not_found')
    expect((await say(house.people.ada, 'person', 'unentitle', 'Zoe', 'rgt_none', '--reason', 'x')).code).toBe(1)
  })
})

const RIGHT = {
  scope: [{ action: 'docs/*', resource: 'docs:*' }],
  classes: ['read'],
  ceiling: 'internal',
  reason: 'Their work',
  days: 3,
} as const
