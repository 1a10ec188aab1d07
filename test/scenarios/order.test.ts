import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Gateway } from '../../cli/demo/gateway.ts'
import { type House, startHouse } from '../house.ts'
import { type Actor, enter, furnish, makeSummariser, openTask, register, verdictOf } from './cast.ts'

const POLICY = `
@id("order:look-first") @sentence("A file is read only after one was looked at with success.")
forbid (principal, action in Remit::Action::"call", resource)
when { context.tool.name == "docs/read_text_file" }
unless { context.history.succeeded.hasTag("docs/get_file_info") };

@id("order:look-thrice") @sentence("Files are looked at three times at most.")
forbid (principal, action in Remit::Action::"call", resource)
when { context.tool.name == "docs/get_file_info" &&
  context.history.permitted.hasTag("docs/get_file_info") && context.history.permitted.getTag("docs/get_file_info") >= 3 };`

const HERE = `
@id("order:look-at-it-first") @sentence("A file is read only after that very file was looked at with success.")
forbid (principal, action in Remit::Action::"call", resource)
when { context.tool.name == "docs/read_text_file" }
unless { context.here.succeeded.hasTag("docs/get_file_info") };`

/** A house with these policies beside the shipped ones, and an agent in it that may look at files and read them. */
function stage(policies: string) {
  const folder = mkdtempSync(join(tmpdir(), 'remit-policies-'))
  let house: House
  let actor: Actor
  let gateway: Gateway
  beforeAll(async () => {
    writeFileSync(join(folder, 'own.cedar'), policies)
    house = await startHouse({ policiesDir: folder })
    await furnish(house)
    await house.people.ada.client.catalogue.classifyTool({
      server: 'docs',
      tool: 'get_file_info',
      actionClass: 'read',
      resourceArgument: 'path',
      resourceKind: 'path',
      resourcePrefix: 'docs:',
      resourceRoot: house.documents,
      resultIntegrity: 'trusted',
    })
    const summariser = makeSummariser(house)
    const scope = [{ action: 'docs/*', resource: 'docs:*' }]
    const tools = ['read_text_file', 'get_file_info'].map((tool) => ({ action: `docs/${tool}`, resource: 'docs:*' }))
    const entitlements = summariser.entitlements.map((each) => ({ ...each, scope }))
    actor = { ...summariser, entitlements, task: { ...summariser.task, scope: tools } }
    await register(house, actor)
    gateway = (await enter(actor, await openTask(house, actor))).gateway
  })
  afterAll(async () => {
    await gateway.close()
    await house.end()
    rmSync(folder, { recursive: true, force: true })
  })

  const path = (name: string): string => join(house.documents, 'public', name)
  return {
    house: () => house,
    open: async (): Promise<Gateway> => (await enter(actor, await openTask(house, actor))).gateway,
    read: async (name = 'handbook.md', through = gateway): Promise<string> =>
      verdictOf(await through.call('read_text_file', { path: path(name) })),
    look: async (name: string): Promise<string> => verdictOf(await gateway.call('get_file_info', { path: path(name) })),
  }
}

describe('a rule of order', () => {
  const { house, open, read, look } = stage(POLICY)

  it('holds until the other call came back with a result that is no error', async () => {
    expect(await read()).toBe('denied')
    expect(await look('none.md')).toBe('permitted')
    expect(await read()).toBe('denied')
    expect(await look('handbook.md')).toBe('permitted')
    expect(await read()).toBe('permitted')
  })

  it('counts exactly, however many come at once', async () => {
    const looks = await Promise.all(Array.from({ length: 12 }, () => look('handbook.md')))
    expect(looks.filter((verdict) => verdict === 'permitted')).toHaveLength(1)
  })

  it('says in the entry of the denial which rule it was', async () => {
    const { entries } = await house().people.lin.client.entries.list({ limit: 200 })
    const rules = entries.map(({ entry }) => JSON.stringify(entry.data['reasons'] ?? ''))
    expect(rules.filter((text) => text.includes('order:look-first'))).toHaveLength(2)
    expect(rules.filter((text) => text.includes('order:look-thrice'))).toHaveLength(11)
  })

  it('begins anew with each chain', async () => {
    const other = await open()
    expect(await read('handbook.md', other)).toBe('denied')
    await other.close()
  })
})

describe('a rule of order about one resource', () => {
  const { house, read, look } = stage(HERE)

  it('holds until the other call came back well from that very resource', async () => {
    writeFileSync(join(house().documents, 'public', 'second.md'), 'Second.')
    expect(await look('second.md')).toBe('permitted')
    expect([await read('handbook.md'), await read('second.md')]).toEqual(['denied', 'permitted'])
    expect(await look('handbook.md')).toBe('permitted')
    expect(await read('handbook.md')).toBe('permitted')
  })
})
