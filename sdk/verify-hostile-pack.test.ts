import { beforeAll, describe, expect, it } from 'vitest'
import { canonicalJson } from '../src/ground/canonical-json.ts'
import { type Brief, brief, changeLine, changeValue, packOf, plain, system } from '../test/prove/made-pack.ts'
import { packLines, writeStory } from '../test/prove/write-story.ts'
import { testSigner } from '../test/record/open-test-log.ts'
import { verifyPack } from './verify-pack.ts'

const { vkey } = testSigner
let whole: readonly string[] = []

beforeAll(async () => {
  const { parts } = await writeStory()
  whole = await packLines(parts)
})

describe('a pack that is made to hurt its reader', () => {
  const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`
  const nest = (line: string, name: string): string => line.replace(`"${name}":0`, `"${name}":${deep}`)

  it.each<[string, () => readonly string[], Brief]>([
    [
      'a checkpoint that is no text',
      () => changeValue(whole, 0, (value: object) => ({ ...value, checkpoint: { toString: 1, valueOf: 1 } })),
      [1, null, 'checkpoint'],
    ],
    ['a format that is nested deeply', () => [nest('{"format":0}', 'format')], [1, null, 'form']],
    [
      'a checkpoint that is nested deeply',
      () => [nest('{"format":"remit-pack/1","checkpoint":0}', 'checkpoint')],
      [1, null, 'checkpoint'],
    ],
    [
      'a policy name that is nested deeply',
      () => changeLine(packOf([{}], { policies: [{ name: 0 }] }), 0, (line) => nest(line, 'name')),
      [1, null, 'policy'],
    ],
    [
      'a count that is nested deeply',
      () => [...whole.slice(0, -1), `{"end":true,"entries":${deep}}`],
      [26, null, 'whole'],
    ],
  ])('with %s is refused, and throws nothing', async (_, lines, failure) => {
    const report = await verifyPack(lines(), vkey)
    expect(brief(report)[0]).toEqual(failure)
    expect(report.ok).toBe(false)
  })

  it.each<[string, unknown]>([
    ['a number', 5],
    ['an object', {}],
    ['a list of other things', [{ taskId: 5 }]],
  ])('in which the chain of an actor is %s is refused', async (_, chain) => {
    const report = await verifyPack(packOf([{ actor: { ...system, chain } }]), vkey)
    expect(brief(report)).toEqual([[2, 0, 'form']])
  })

  it('has no long text of its own in what the report says', async () => {
    const long = 'x'.repeat(200_000)
    const lines = packOf([
      { kind: 'decision.permit', data: { decision: 'task', taskId: 't', parentId: long.slice(0, 60_000) } },
    ])
    const posing = changeValue(lines, 0, (value: object) => ({ ...value, policies: [{ name: long }] }))
    const { failures } = await verifyPack([...posing.slice(0, -1), JSON.stringify({ end: true, entries: long })], vkey)
    expect(failures.length).toBeGreaterThanOrEqual(3)
    for (const { what } of failures) expect(what.length).toBeLessThanOrEqual(401)
  })

  it('tells nothing by entries that nobody signed', async () => {
    const entry = canonicalJson({ ...plain, kind: 'identity.drafted', data: { identityId: 'idn_x', name: 'forged' } })
    const lines = [
      ...packOf([{}]).slice(0, 1),
      JSON.stringify({ index: 0, entry, proof: [] }),
      '{"end":true,"entries":1}',
    ]
    const report = await verifyPack(lines, vkey)
    expect(report).toMatchObject({ ok: false, kinds: {}, identities: [] })
  })

  it('by a chain of many tasks breaks the law on chains, and its permits are judged all the same', async () => {
    const handOn = (at: number) => ({
      kind: 'decision.permit',
      data: {
        decision: 'delegation',
        taskId: `t${at}`,
        ...(at === 0 ? {} : { parentId: `t${at - 1}` }),
        endsMs: 9_000,
        helper: { id: 'i', name: 'n' },
      },
    })
    const report = await verifyPack(packOf(Array.from({ length: 40 }, (_, at) => handOn(at))), vkey)
    expect(report.failures.find((each) => each.check === 'law:narrower')).toMatchObject({ entry: 16 })
  })
})
