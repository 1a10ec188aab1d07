import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PolicyFile, PolicyReplayed } from '../../sdk/policy-answers.ts'
import { type House, startHouse } from '../house.ts'
import {
  type Actor,
  codeOf,
  enter,
  furnish,
  makeReleaser,
  makeSummariser,
  openTask,
  register,
  verdictOf,
} from './cast.ts'
import { sayAs } from './say-as.ts'

const file = (rule: string): PolicyFile => ({ name: 'own.cedar', text: `${rule}\n` })
const noReads = file(
  '@id("acme:no-reads")\n@sentence("Nothing is read today.")\nforbid (principal is Remit::Identity, action == Remit::Action::"read", resource is Remit::Resource) when { resource.name like "docs:public/*" };',
)
const byArgument = file(
  '@id("acme:argument")\n@sentence("Not this file.")\nforbid (principal is Remit::Identity, action == Remit::Action::"read", resource is Remit::Resource) when { context.arguments.hasTag("path") && context.arguments.getTag("path") == "public/handbook.md" };',
)

describe('what was decided, and what other policies make of it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'remit-replay-'))
  let house: House
  let actor: Actor
  let id: string
  let sinceMs: number
  let reads: readonly string[]

  const run = (...words: readonly string[]) => sayAs(house, house.people.lin, words)
  const read = async (path: string): Promise<string> => {
    const { gateway } = await enter(actor, await openTask(house, actor))
    const verdict = verdictOf(await gateway.call('read_text_file', { path }))
    await gateway.close()
    return verdict
  }
  const policies = () => house.people.lin.client.policies

  beforeAll(async () => {
    house = await startHouse()
    await furnish(house)
    sinceMs = Date.now() - 3_600_000
    actor = makeSummariser(house)
    id = await register(house, actor)
    await register(house, await makeReleaser(house))
    reads = [
      await read('public/handbook.md'),
      await read('public/handbook.md'),
      await read('confidential/salaries.csv'),
    ]
    await house.people.lin.client.evaluation.evaluate({
      subject: { type: 'identity', id: actor.name },
      action: { name: 'docs/read_text_file' },
      resource: { type: 'docs', id: 'public/handbook.md' },
      context: { ticket: 'T-1' },
    })
  })
  afterAll(async () => {
    await house.end(30)
    rmSync(folder, { recursive: true, force: true })
  })

  it('is the same by the version that decided, bit for bit', async () => {
    expect(reads).toEqual(['permitted', 'permitted', 'ceiling_exceeded'])
    for (const by of [{}, { version: 1 }]) {
      const replayed = await policies().replay({ ...by, sinceMs })
      expect(replayed).toMatchObject({ differences: [], more: 0, unkept: [], next: null })
      expect(replayed.decisions).toBeGreaterThanOrEqual(8)
      expect(replayed.same).toBe(replayed.decisions)
      expect(replayed.ofLaws).toBe(2)
      expect(replayed.notAgain).toEqual({ older: 0, beside: 0, broken: 0, schema: 0 })
    }
  })

  it('would change by other policies, told by identity and rule', async () => {
    const replayed = await policies().replay({ files: [noReads], sinceMs })
    expect(replayed.differences).toMatchObject([
      { identityId: id, decision: 'call', before: 'permit', after: 'denied', rules: ['acme:no-reads'], count: 2 },
    ])
    expect(replayed.same).toBe(replayed.decisions - 2)
    const [example] = replayed.differences[0]?.examples ?? []
    const { entry } = await house.people.lin.client.entries.show(example?.entry ?? -1)
    expect(entry).toMatchObject({ kind: 'decision.permit', data: { decision: 'call', identityId: id } })
    expect((await policies().inForce()).version.number).toBe(1)
  })

  it('is shown by the command line, from a folder and of a version', async () => {
    writeFileSync(join(folder, noReads.name), noReads.text)
    const { code, said } = await run('policy', 'replay', folder, '--since', '1h')
    expect(code).toBe(0)
    expect(said).toMatch(/^2 of \d+ decisions would change \(entries #0 to #\d+\)\.$/m)
    expect(said).toMatch(/docs-summariser +call +permit +denied +acme:no-reads +2 +#\d+/)
    expect(said).toContain('Laws decided 2 more, which no policy changes.')
    const json = await run('policy', 'replay', '--version', '1', '--since', '2020-01-01T00:00:00Z', '--json')
    expect((JSON.parse(json.said) as PolicyReplayed).differences).toEqual([])
    expect((await run('policy', 'replay', '--since', '1h', '--until', '1h')).said).toMatch(/^0 of 0 decisions/m)
  })

  it('says what candidates look at and entries do not hold', async () => {
    expect((await policies().replay({ files: [byArgument], sinceMs })).unkept).toEqual(['path'])
    writeFileSync(join(folder, noReads.name), byArgument.text)
    expect((await run('policy', 'replay', folder, '--since', '1h')).said).toContain('These policies look at path,')
  })

  it('refuses what it cannot read', async () => {
    const bad = file('permit (principal, action, resource)')
    expect(await codeOf(policies().replay({ files: [bad], sinceMs }))).toBe('policies_invalid')
    expect(await codeOf(policies().replay({ version: 99, sinceMs }))).toBe('not_found')
    expect(await codeOf(policies().replay({ version: 1, files: [noReads], sinceMs }))).toBe('request_invalid')
    expect(await codeOf(policies().replay({ sinceMs: -1 }))).toBe('request_invalid')
    expect(await codeOf(policies().shadow())).toBe('not_found')
    expect(await codeOf(policies().shadow({ version: 99 }))).toBe('not_found')
    // it decided: of a time in which nothing was observed there is nothing to tell
    expect(await codeOf(policies().shadow({ version: 1 }))).toBe('not_found')
    for (const [words, sentence] of [
      [['policy', 'replay', '--since', 'yesterday'], "'yesterday' is no time."],
      [['policy', 'replay', '--since', '2026-02-30T99:00:00Z'], 'is no time.'],
      [['policy', 'replay', '--since', '2026-02-30'], 'is no time.'],
      [['policy', 'replay', '--since', '2026-04-31T12:00:00Z'], 'is no time.'],
      [['policy', 'replay', '--since', '2026-03-01T24:00:00Z'], 'is no time.'],
      [['policy', 'replay', folder, '--version', '1', '--since', '1h'], 'were both named'],
      [['policy', 'replay'], '--since'],
    ] as const) {
      const { code, said } = await run(...words)
      expect([code, said]).toEqual([2, expect.stringContaining(sentence)])
    }
  })

  it('is told as it happens by a version in shadow, which changes no answer', async () => {
    const { lin } = house.people
    const { version } = await lin.client.policies.publish([byArgument], { reason: 'to see', shadow: true })
    const early = await lin.client.policies.publish([byArgument], { reason: 'too early' })
    expect(early.warnings).toMatchObject([{ kind: 'unobserved', sentence: expect.stringContaining('No decision') }])
    expect((await run('policy', 'shadow')).said).toContain('No decision was made beside it yet')
    expect(await read('public/handbook.md')).toBe('permitted')
    expect(await read('internal/plans.md')).toBe('permitted')
    const shadow = await lin.client.policies.shadow()
    expect(shadow).toMatchObject({
      version: version.number,
      policy: version.digest,
      failed: 0,
      differences: [{ identityId: id, before: 'permit', after: 'denied', rules: ['acme:argument'], count: 1 }],
    })
    expect(shadow.decisions).toBeGreaterThan(5)
    const { code, said } = await run('policy', 'shadow', String(version.number))
    expect([code, said]).toEqual([
      0,
      expect.stringMatching(/docs-summariser +call +permit +denied +acme:argument +1 +#\d+/),
    ])
  })

  it('is held against it with what it looks at, which entries keep since then', async () => {
    const replayed = await policies().replay({ files: [byArgument], sinceMs })
    expect(replayed.differences).toMatchObject([{ rules: ['acme:argument'], count: 1 }])
  })
  it('is promoted without a warning once decisions were made beside it', async () => {
    const { warnings } = await house.people.lin.client.policies.publish([byArgument], { reason: 'seen' })
    expect(warnings).toEqual([])
  })
})
