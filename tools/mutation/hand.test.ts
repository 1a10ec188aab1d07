import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createHand } from './hand.ts'
import { instrument } from './instrument.ts'
import { planTrial } from './plan.ts'
import type { Trial } from './worker/stage.ts'

const folder = mkdtempSync(join(tmpdir(), 'remit-hand-'))
afterAll(() => rmSync(folder, { recursive: true }))

// A process reads a text that it is given instead of the file of that name.
const LAW = 'src/contract/cutoff.ts'
const TEST = 'src/contract/cutoff.test.ts'

const law = `
export const most = checkMost(99)
function checkMost(years: number): number {
  if (years > 100) throw new Error('too many')
  return years
}
export function isOld(years: number): boolean {
  return years >= 18
}
let isBroken = false
export function keep(isWell: boolean): boolean {
  if (!isWell) isBroken = true
  return !isBroken
}
export function countDown(from: number): number {
  let left = from
  while (left > 0) left -= 1
  return left
}
export function stay(isLeaving: boolean): void {
  if (isLeaving) process.exit()
}
export function hang(isHanging: boolean): void {
  if (isHanging) for (;;);
}
export function neverAsked(): string {
  return 'never'
}
`
const test = `
import { describe, expect, it } from 'vitest'
import { countDown, hang, isOld, keep, most, stay } from './cutoff.ts'
describe('old', () => {
  it.each([19, 20])('is who has the years', (years) => expect(isOld(years)).toBe(true))
  it('ends', () => expect(most).toBe(99))
  it('keeps', () => expect(keep(true)).toBe(true))
  it('counts down', async () => expect(countDown(3)).toBe(0))
  it('stays', () => stay(false))
  it('goes on', () => hang(false))
})
`

async function prepare(tests = test, more: Partial<Trial> = {}) {
  const { mutants, texts } = await instrument({ [LAW]: law })
  const path = join(folder, 'job.json')
  writeFileSync(path, JSON.stringify({ texts: { ...texts, [TEST]: tests }, runs: 1 }))
  const hand = createHand(path)
  const { surveyed, loaded } = await hand.survey([TEST])
  const become = async (line: string, replacement: string): Promise<string> => {
    const at = law.split('\n').findIndex((each) => each.includes(line)) + 1
    const mutant = mutants.find((each) => each.location.start.line === at && each.replacement === replacement)
    if (mutant === undefined) throw new Error(`No change of "${line}" makes it "${replacement}".`)
    const trial = planTrial(mutant.id, surveyed)
    if (trial === undefined) return 'NoCoverage'
    const { status, by = '' } = await hand.try({ ...trial, ...more })
    return by === '' ? status : `${status} by ${by}`
  }
  return { hand, become, loaded }
}

describe('a process that tries changes', () => {
  it('says of each what became of it', async () => {
    const { hand, become, loaded } = await prepare()
    expect(loaded).toEqual(expect.arrayContaining([LAW, TEST]))
    expect(await become('years >= 18', 'years < 18')).toBe(`Killed by ${TEST}`)
    expect(await become('years >= 18', 'years > 18')).toBe('Survived')
    expect(await become("'never'", '""')).toBe('NoCoverage')
    expect(await become('while (left > 0)', 'left += 1')).toBe(`Timeout by ${TEST}`)
    hand.end()
  })

  it('loads anew what comes by a change as it is loaded', async () => {
    const { hand, become } = await prepare()
    expect(await become('if (years > 100)', 'true')).toBe('RuntimeError')
    expect(await become('if (years > 100)', 'false')).toBe('Survived')
    expect(await become('function checkMost', '{}')).toBe(`Killed by ${TEST}`)
    hand.end()
  })

  it('lets no change leave anything behind that fails the test of another', async () => {
    const { hand, become } = await prepare()
    expect(await become('if (!isWell)', 'true')).toBe(`Killed by ${TEST}`)
    expect(await become('if (!isWell)', 'false')).toBe('Survived')
    hand.end()
  })

  it('is replaced where a change ends it', async () => {
    const { hand, become } = await prepare()
    expect(await become('if (isLeaving)', 'true')).toBe('RuntimeError')
    expect(await become('if (isLeaving)', 'false')).toBe('Survived')
    hand.end()
  })

  it('is ended where it hangs', async () => {
    const { hand, become } = await prepare(test, { msMax: 1_000 })
    expect(await become('if (isHanging)', 'true')).toBe('Timeout')
    hand.end()
  })

  it('tries nothing by tests that fail as the code stands', async () => {
    const failing = test.replace('toBe(0)', 'toBe(1)')
    await expect(prepare(failing)).rejects.toThrow(
      'The tests fail as the code stands: AssertionError: expected +0 to be 1',
    )
    await expect(prepare('import { cease } from "vitest"')).rejects.toThrow("does not provide an export named 'cease'")
  })
})
