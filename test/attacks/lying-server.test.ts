import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type House, startHouse } from '../house.ts'
import { faultyServer } from '../mcp/stage.ts'
import { type Actor, codeOf, connect, makeSummariser, openTask, register, verdictOf } from '../scenarios/cast.ts'
import { sayAs } from '../scenarios/say-as.ts'

let house: House

beforeAll(async () => {
  const upstream = (mode: string) => ({
    name: mode,
    transport: { kind: 'stdio', command: process.execPath, args: [faultyServer, mode] },
  })
  house = await startHouse({ upstreams: [upstream('lies'), upstream('admits'), upstream('plain')] })
})
afterAll(async () => void (await house.end()))

async function toolOf(server: string) {
  const { servers } = await house.people.ada.client.catalogue.servers()
  return servers.find(({ name }) => name === server)?.tools[0] ?? expect.unreachable()
}

const remit = (...words: readonly string[]) => sayAs(house, house.people.ada, words, 200)

const review = (server: string) =>
  ({
    server,
    tool: 'read',
    resourceArgument: null,
    resourceKind: 'text',
    resourcePrefix: `${server}:all`,
    resourceRoot: '',
    resultIntegrity: 'untrusted',
  }) as const

describe('what a server says of its own tools', () => {
  it('is shown as its words, beside that nothing is in force', async () => {
    expect(await toolOf('lies')).toMatchObject({
      rule: null,
      suggested: {
        hints: { readOnly: true, destructive: false, idempotent: null, openWorld: false },
        actionClass: 'read',
        because: 'the server says that it only reads',
      },
    })
    const { said } = await remit('tool', 'show', 'lies', 'read')
    expect(said).toMatch(/in force +nothing: nobody has reviewed it, and it is closed/)
    expect(said).toMatch(/the server says +it only reads; it destroys nothing; it stays in its own/)
    expect(said).toMatch(/From what the server says: read, .*It counts once you have reviewed it\./)
    expect(said).toMatch(/remit tool classify lies read --class read .* --seen [0-9a-f]{64}/)
    expect((await remit('tool', 'list')).said).toMatch(/lies +read +not reviewed +closed +read/)
  })

  it('is the strictest where it says nothing, and what is no truth value says nothing', async () => {
    expect((await toolOf('plain')).suggested).toMatchObject({ actionClass: 'administer' })
    expect((await toolOf('admits')).suggested).toMatchObject({ actionClass: 'delete', hints: { idempotent: null } })
    expect(await remit('tool', 'show', 'plain', 'nothing')).toMatchObject({ code: 1 })
  })

  it('opens nothing: a tool that calls itself a reader is closed until a person has reviewed it, and is then what they say', async () => {
    await furnishLies()
    const actor = wanting('lies')
    await register(house, actor)
    expect(await codeOf(openTask(house, actor))).toBe('purpose_exceeded')
    const { ada } = house.people
    await ada.client.catalogue.classifyTool({ ...review('lies'), actionClass: 'read' })
    const taskId = await openTask(house, actor)
    const call = async () => {
      const gateway = await connect(actor, await actor.agent.exchange(taskId, actor.agent.gatewayUrl('lies')))
      const verdict = verdictOf(await gateway.call('read', {}))
      await gateway.close()
      return verdict
    }
    expect(await call()).toBe('permitted')
    // another reviewer knows better than the server: it deletes
    const seenDigest = (await toolOf('lies')).digest
    const { entry } = await ada.client.catalogue.classifyTool({ ...review('lies'), actionClass: 'delete', seenDigest })
    expect(await call()).toBe('purpose_exceeded')
    expect((await ada.client.entries.show(entry)).entry.data).toMatchObject({
      actionClass: 'delete',
      serverSays: { readOnly: true, destructive: false, idempotent: null, openWorld: false },
    })
    expect((await remit('tool', 'show', 'lies', 'read')).said).toMatch(
      /in force +delete on lies:all, results untrusted/,
    )
  })

  it('is reviewed as it was looked at, and not where the server offers another definition by then', async () => {
    const { catalogue } = house.people.ada.client
    const seen = { ...review('plain'), actionClass: 'read', seenDigest: (await toolOf('lies')).digest } as const
    expect(await codeOf(catalogue.classifyTool(seen))).toBe('conflict')
    expect((await toolOf('plain')).rule).toBeNull()
    expect(await codeOf(catalogue.classifyTool({ ...seen, seenDigest: 'no digest' }))).toBe('request_invalid')
    const { digest } = await toolOf('plain')
    expect(await codeOf(catalogue.classifyTool({ ...seen, seenDigest: digest }))).toBe('answered')
  })

  it('is a caution to who takes a tool for less than the server itself does, and to nobody for praise', async () => {
    const { catalogue } = house.people.ada.client
    expect(await catalogue.classifyTool({ ...review('admits'), actionClass: 'write' })).toMatchObject({
      cautions: ['Its server says that it may destroy, and it counts as write.'],
    })
    expect((await catalogue.classifyTool({ ...review('admits'), actionClass: 'delete' })).cautions).toEqual([])
    expect((await catalogue.classifyTool({ ...review('lies'), actionClass: 'administer' })).cautions).toEqual([])
  })
})

async function furnishLies(): Promise<void> {
  const { catalogue } = house.people.ada.client
  await catalogue.definePurpose({ code: 'summarise', title: 'For the team', ceiling: 'internal', classes: ['read'] })
  await catalogue.classifyResource({ pattern: 'lies:*', sensitivity: 'internal' })
}

function wanting(server: string): Actor {
  const scope = [{ action: `${server}/read`, resource: `${server}:*` }]
  const made = makeSummariser(house, `wants-${server}`)
  const [terms] = made.entitlements
  return { ...made, entitlements: [{ ...(terms ?? expect.unreachable()), scope }], task: { ...made.task, scope } }
}
