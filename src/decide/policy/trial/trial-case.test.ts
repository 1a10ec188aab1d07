import { describe, expect, it } from 'vitest'
import { LIMITS } from '../../../ground/limits.ts'
import type { PolicyEngine } from '../engine.ts'
import { noteFailure, runTrials } from './run-trials.ts'
import { readTrials, type TrialCase } from './trial-case.ts'

/** Reads one case, and what is wrong with it where it cannot be read. */
function readOne(more: object): { readonly trial: TrialCase; readonly fault: string | undefined } {
  const text = JSON.stringify({ cases: [{ name: 'n', action: 'read', expect: 'permit', ...more }] })
  const { cases, faults } = readTrials([{ name: 'a.test.json', text }])
  return { trial: cases[0] as TrialCase, fault: faults[0]?.sentence }
}
describe('a test file', () => {
  const form = 'a test file is {"cases": [ … ]}'
  const read = (text: string, name = 'a.test.json') => readTrials([{ name, text }])
  it.each([
    [{ more: 1 }, 'case 1 (n) says "more", which means nothing here'],
    [{ name: '' }, 'case 1 needs a name'],
    [{ name: 7 }, 'case 1 needs a name'],
    [{ name: 'x'.repeat(LIMITS.textCharsMax + 1) }, `case 1 (${'x'.repeat(100)}) needs a name`],
    [{ action: 7 }, 'case 1 (n) needs an action'],
    [{ expect: 'maybe' }, 'case 1 (n) expects "permit" or "denial"'],
    [{ by: 'a:x' }, 'case 1 (n) names in "by" a list of ids'],
    [{ by: [7] }, 'case 1 (n) names in "by" a list of ids'],
    [{ approved: 'yes' }, 'case 1 (n) says of "approved" true or false'],
    [{ task: [] }, 'case 1 (n) says facts in objects'],
    [{ history: 'x' }, 'case 1 (n) says facts in objects'],
    [{ source: 7 }, 'case 1 (n) says in at, timeZone, environment, source a text'],
  ])('has no case such as %j', (more, fault) => {
    expect(readOne(more).fault).toBe(fault)
  })

  it('has cases of this form', () => {
    const whole = {
      name: 'x'.repeat(LIMITS.textCharsMax),
      action: 'write',
      expect: 'denial',
      by: [],
      approved: true,
      at: 'a',
      timeZone: 'b',
      environment: 'c',
      source: 'd',
      task: { goal: 'g' },
    }
    expect(readOne(whole)).toEqual({
      trial: { ...whole, task: undefined, told: { task: { goal: 'g' } }, file: 'a.test.json', line: 1, column: 11 },
      fault: undefined,
    })
    expect(readOne({}).trial).toMatchObject({
      by: null,
      approved: false,
      told: {},
      at: null,
      timeZone: null,
      environment: null,
      source: null,
    })
  })

  it.each([
    ['{"cases": {}}', form, 1, 1],
    ['{"cases": [], "more": 1}', form, 1, 1],
    ['[]', form, 1, 1],
    ['null', form, 1, 1],
    ['{"case": []}', form, 1, 1],
    ['{"cases": [\n {]}', 'this is no JSON', 2, 3],
    ['{"cases": [', 'this is no JSON', 1, 12],
  ])('is not %s', (text, sentence, line, column) => {
    const { cases, faults } = read(text)
    expect(cases).toEqual([])
    expect(faults).toEqual(
      [{ file: 'a.test.json', line, column, id: null, kind: 'test', sentence, hint: null }].map((fault) =>
        sentence === form ? fault : { ...fault, kind: 'syntax', hint: expect.stringMatching(/JSON/) },
      ),
    )
  })

  it.each([
    ['{"cases": [],\n "cases": []}', 'cases', 1, 1],
    ['{"cases": [\n {"name": "n", "expect": "denial", "expect": "permit", "action": "read"}]}', 'expect', 2, 2],
    [
      '{"cases": [\n {"name": "n", "action": "read", "expect": "permit"},\n  {"resource": {"a": 1, "a": 2}}]}',
      'a',
      3,
      3,
    ],
  ])('says no name twice in one object, of which one would be read over: %s', (text, name, line, column) => {
    const sentence = `"${name}" stands twice in one object, of which one would be read over`
    expect(read(text)).toEqual({
      cases: [],
      faults: [{ file: 'a.test.json', line, column, id: null, kind: 'test', sentence, hint: null }],
    })
  })

  it('is one that is called so, and all of them together are bounded', () => {
    const one = { name: 'n', action: 'read', expect: 'permit' }
    const text = (count: number) => JSON.stringify({ cases: Array.from({ length: count }, () => one) })
    expect(read(text(1), 'a.json')).toEqual({ cases: [], faults: [] })
    expect(read(text(LIMITS.policyCasesMax)).faults).toEqual([])
    const half = { text: text(LIMITS.policyCasesMax / 2) }
    const over = readTrials([
      { ...half, name: 'a.test.json' },
      { ...half, name: 'b.test.json' },
      { text: text(1), name: 'c.test.json' },
    ])
    expect(over).toEqual({
      cases: [],
      faults: [
        {
          file: '',
          line: 0,
          column: 0,
          id: null,
          kind: 'test',
          hint: null,
          sentence: `there are ${LIMITS.policyCasesMax + 1} cases, and ${LIMITS.policyCasesMax} are the most`,
        },
      ],
    })
  })
})

describe('a case that was run', () => {
  const trial = { ...readOne({ by: ['a:x', 'a:y'] }).trial, file: 'a.test.json', line: 7, column: 3 }
  const saying = (allowed: boolean, determining: readonly string[], errors: readonly string[] = []): PolicyEngine => ({
    decide: () => ({ allowed, determining, errors }),
  })
  it.each([
    [true, ['a:x', 'a:y'], [], true],
    [true, ['a:y', 'a:x'], [], true],
    [true, ['a:x'], [], false],
    [true, ['a:x', 'a:y', 'a:z'], [], false],
    [false, ['a:x', 'a:y'], [], false],
    [true, ['a:x', 'a:y'], ['boom'], false],
  ])('holds where the outcome and exactly these rules came: %s by %j', (allowed, by, errors, ok) => {
    expect(runTrials(saying(allowed, by, errors), [trial])).toMatchObject([
      { ok, name: 'n', file: 'a.test.json', line: 7, column: 3, errors },
    ])
  })

  it('that does not matter by which rule holds by any', () => {
    expect(runTrials(saying(true, ['a:q']), [{ ...trial, by: null }])).toMatchObject([{ ok: true }])
  })

  it('tells what was expected and what came', () => {
    const tell = (engine: PolicyEngine, by: readonly string[] | null) => {
      const [result] = runTrials(engine, [{ ...trial, by }])
      return result === undefined ? expect.unreachable() : noteFailure(result).sentence
    }
    expect(tell(saying(false, ['a:q', 'a:r']), ['a:x'])).toBe(
      '"n": expected permit by a:x, and denial by a:q, a:r came',
    )
    expect(tell(saying(false, []), null)).toBe('"n": expected permit, and denial by no policy came')
    expect(tell(saying(true, ['a:x']), [])).toBe('"n": expected permit by no policy, and permit by a:x came')
    expect(tell(saying(false, [], ['boom', 'bang']), null)).toBe('"n": boom; bang')
  })

  it('stops at an error that is not of the case', () => {
    const broken: PolicyEngine = {
      decide: () => {
        throw new TypeError('a slip of ours')
      },
    }
    expect(() => runTrials(broken, [trial])).toThrow(new TypeError('a slip of ours'))
  })
})
