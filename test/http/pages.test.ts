import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PageQuery } from '../../sdk/address.ts'
import type { Part } from '../../sdk/answers.ts'
import type { Client } from '../../sdk/client.ts'
import { systemActor } from '../../src/authenticate/actor.ts'
import { insert } from '../../src/contract/change.ts'
import type { ChainLink, Task } from '../../src/contract/task.ts'
import { type House, startHouse } from '../house.ts'
import { codeOf, furnish, letAct, makeSummariser, openTask, register } from '../scenarios/cast.ts'

/** The hardest names that resources may have. */
const PATTERNS = ['docs:ä*', `docs:${'ü'.repeat(506)}*`, 'docs:\u{1f600}', 'docs:a&after=b%2F+#?', '*']

interface List {
  readonly read: (client: Client, page: PageQuery) => Promise<Part>
  readonly keysOf: (part: never) => readonly string[]
  readonly min: number
}

const list = <Answer extends Part>(
  min: number,
  read: (client: Client, page: PageQuery) => Promise<Answer>,
  keysOf: (part: Answer) => readonly string[],
): List => ({ min, read, keysOf })

/** Every list that is read by `after`. */
const LISTS: Readonly<Record<string, List>> = {
  people: list(
    4,
    (client, page) => client.people.list(page),
    ({ people }) => people.map(({ id }) => id),
  ),
  purposes: list(
    2,
    (client, page) => client.catalogue.purposes(page),
    ({ purposes }) => purposes.map(({ code }) => code),
  ),
  resources: list(
    9,
    (client, page) => client.catalogue.resources(page),
    ({ rules }) => rules.map((rule) => rule.pattern),
  ),
  tools: list(
    2,
    (client, page) => client.catalogue.tools(page),
    ({ rules }) => rules.map((rule) => rule.tool),
  ),
  identities: list(
    2,
    (client, page) => client.identities.list(page),
    ({ identities }) => identities.map(({ id }) => id),
  ),
  approvals: list(
    2,
    (client, page) => client.approvals.list(page),
    ({ approvals }) => approvals.map(({ id }) => id),
  ),
  tasks: list(
    4,
    (client, page) => client.tasks.list(page),
    ({ tasks }) => tasks.map(({ id }) => id),
  ),
  cutoffs: list(
    2,
    (client, page) => client.cutoffs.list(page),
    ({ cutoffs }) => cutoffs.map(({ id }) => id),
  ),
}

describe('a list', () => {
  let house: House
  beforeAll(async () => {
    house = await startHouse()
    await furnish(house)
    for (const pattern of PATTERNS)
      await house.people.ada.client.catalogue.classifyResource({ pattern, sensitivity: 'internal' })
    for (const name of ['one', 'two']) {
      const actor = makeSummariser(house, name)
      await register(house, actor)
      await openTask(house, actor)
    }
  })
  afterAll(async () => {
    await house.end(30)
  })

  async function walk({ read, keysOf }: List, limit: number): Promise<readonly string[]> {
    const keys: string[] = []
    for (let query: PageQuery = { limit }; ; ) {
      const part = await read(house.people.lin.client, query)
      const found = keysOf(part as never)
      expect(found.length).toBeLessThanOrEqual(limit)
      keys.push(...found)
      if (part.next === null) return keys
      query = { limit, after: part.next }
    }
  }

  /** Makes many tasks like one. */
  const put = (born: Task, name: string, count: number, state: Task['state']): Task[] =>
    Array.from({ length: count }, (_, at) => {
      const id = `${name}${String(at).padStart(3, '0')}`
      return {
        ...born,
        id,
        state,
        chain: [...born.chain.slice(0, -1), { ...born.chain.at(-1), taskId: id } as ChainLink],
      }
    })

  /** Puts tasks into the store of the house, as it would take a long time to open them. */
  async function write(tasks: readonly Task[]): Promise<void> {
    await house.stop()
    await house.whileStopped(async ({ log }) => {
      const entry = { kind: 'refusal', actor: systemActor, subject: { kind: 'test', id: 'many' }, data: {} } as const
      await log.record({ entry, changes: tasks.map((task) => insert('tasks', task)) })
    })
    await house.start()
  }

  it.each(Object.entries(LISTS))('of %s is read whole in parts of any size, whatever its keys', async (_, each) => {
    const whole = await walk(each, 200)
    expect(whole.length).toBeGreaterThanOrEqual(each.min)
    for (const limit of [1, 2, whole.length]) expect(await walk(each, limit)).toEqual(whole)
  })

  it('of the tasks that one handed on is found among any number of others in its tree', async () => {
    const { lin } = house.people
    for (const name of ['three', 'four']) await register(house, makeSummariser(house, name))
    const grants = { three: await letAct(house, 'four', 'three'), four: await letAct(house, 'three', 'four') }
    await openTask(house, makeSummariser(house, 'three'))
    const { identity, bindings, tasks } = await lin.client.identities.show('three')
    const [root] = tasks
    if (root === undefined) throw new Error('it was opened')
    const four = await lin.client.identities.show('four')
    const { version: _version, entry: _entry, ...born } = root
    const rootId = root.id
    const acts = {
      three: { identityId: identity.id, bindingId: bindings[0]?.id ?? '' },
      four: { identityId: four.identity.id, bindingId: four.bindings[0]?.id ?? '' },
    }
    const link = (name: 'three' | 'four', taskId: string): ChainLink => ({
      identityId: acts[name].identityId,
      name,
      taskId,
    })
    /** Tasks that one handed on, under the grant for it. */
    const of = (name: 'three' | 'four', above: readonly ChainLink[], id: string, count: number): Task[] => {
      const parentId = above.at(-1)?.taskId ?? ''
      const chain = [...above, link(name, id)]
      return put({ ...born, ...acts[name], grantId: grants[name], parentId, rootId, chain }, id, count, 'active')
    }
    await write([
      ...of('four', root.chain, 'tsk_1child', 1),
      ...of('three', [...root.chain, link('four', 'tsk_1child000')], 'tsk_2other', 250),
      ...of('four', root.chain, 'tsk_3child', 1),
    ])
    const shown = await lin.client.tasks.show(rootId)
    expect(shown.children.map(({ id }) => id)).toEqual(['tsk_1child000', 'tsk_3child000'])
    expect(shown.childrenNext).toBeNull()
    const many = await lin.client.tasks.show('tsk_1child000')
    expect(many.children).toHaveLength(200)
    const rest = { parent: 'tsk_1child000', state: 'living', after: many.childrenNext ?? '' } as const
    expect((await lin.client.tasks.list(rest)).tasks).toHaveLength(50)
    expect((await lin.client.tasks.list({ ...rest, state: 'failed' })).tasks).toEqual([])
  })

  it('of the tasks of an identity holds the living ones, however many have ended, and the newest of those', async () => {
    const { lin } = house.people
    const before = await lin.client.identities.show('two')
    const [live] = before.tasks
    if (live === undefined) throw new Error('it was opened')
    const { version: _version, entry: _entry, ...born } = live
    const [past, later] = [put(born, 'tsk_00past', 250, 'completed'), put(born, 'tsk_zlater', 250, 'active')]
    await write([...past, ...later])
    const shown = await lin.client.identities.show('two')
    const rest = { identity: 'two', state: 'living', after: shown.tasksNext ?? '' } as const
    const living = [...shown.tasks, ...(await lin.client.tasks.list(rest)).tasks].map(({ id }) => id)
    expect(living).toEqual([live.id, ...later.map(({ id }) => id)])
    const ended = [...before.endedTasks.map(({ id }) => id), ...past.map(({ id }) => id).toReversed()]
    expect(shown.endedTasks.map(({ id }) => id)).toEqual(ended.slice(0, 200))
  })

  it('says where it goes on only where it does', async () => {
    const { client } = house.people.lin
    const { purposes } = await client.catalogue.purposes()
    expect((await client.catalogue.purposes({ limit: purposes.length })).next).toBeNull()
    expect((await client.catalogue.purposes({ limit: 1 })).next).toBe(purposes[0]?.code)
  })

  it('of entries says which index comes next', async () => {
    const { client } = house.people.lin
    const { size } = await client.entries.list({ limit: 1 })
    expect(await client.entries.list({ from: 2, limit: 3 })).toMatchObject({ entries: { length: 3 }, next: 5 })
    expect((await client.entries.list({ from: size - 1 })).next).toBeNull()
    expect((await client.entries.list({ from: size + 9 })).next).toBeNull()
  })

  it('that is asked to go on after what cannot be a key of it is refused', async () => {
    const { client } = house.people.lin
    for (const asked of [
      client.people.list({ after: 'ä' }),
      client.catalogue.purposes({ after: 'NOT A CODE' }),
      client.catalogue.resources({ after: `docs:${'x'.repeat(600)}` }),
      client.catalogue.tools({ after: 'docs/\u{1f600}' }),
      client.catalogue.tools({ after: 'docs' }),
      client.people.list({ after: 'xyz' }),
      client.people.list({ after: 'tsk_1' }),
      client.identities.list({ after: 'xyz' }),
      client.approvals.list({ after: 'psn_1' }),
      client.tasks.list({ after: 'xyz' }),
      client.clients.list({ after: 'idn_1' }),
      client.cutoffs.list({ after: 'planet:x' }),
      client.policies.list({ after: 'remit' }),
      client.domains.versions('remit', { after: 'xyz' }),
    ])
      expect(await codeOf(asked)).toBe('request_invalid')
  })

  it('gives as many rows as were asked for, or refuses to, and says how many it gives', async () => {
    const { client } = house.people.lin
    expect((await client.people.list({ limit: 200 })).people.length).toBeGreaterThan(0)
    const refused = await client.people.list({ limit: 201 }).catch((error: unknown) => error)
    expect(refused).toMatchObject({ status: 400, code: 'request_invalid' })
    expect(String(refused)).toContain('limit: must be a whole number from 1 to 200')
  })
})
