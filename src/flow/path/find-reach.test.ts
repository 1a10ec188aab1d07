import { describe, expect, it } from 'vitest'
import { newToolRule } from '../../../test/decide/nouns.ts'
import type { ActionClass } from '../../contract/action-class.ts'
import type { Grant, Scope } from '../../contract/scope.ts'
import type { Sensitivity } from '../../contract/sensitivity.ts'
import { finishAtOnce } from '../../ground/in-turns.ts'
import { LIMITS } from '../../ground/limits.ts'
import { beginKnown, findReached } from './find-reach.ts'
import { seek } from './seek.ts'
import type { TracedChain } from './trace-chain.ts'

interface Held {
  readonly scope: Scope
  readonly classes?: readonly ActionClass[]
  readonly ceiling?: Sensitivity
}

const grantOf = (action: string, resource: string): Grant => ({ action, resource })
const everything = [grantOf('*', '*')]

/** Of the most entitlements that somebody may have, each with the most grants that it may have. */
const most = (grantAt: (at: number) => Grant): readonly Held[] =>
  Array.from({ length: LIMITS.entitlementsMax }, (_, entitlement) => ({
    scope: Array.from({ length: LIMITS.scopeGrantsMax }, (_each, grant) =>
      grantAt(entitlement * LIMITS.scopeGrantsMax + grant),
    ),
  }))

function reach(resource: string, scope: Scope, ...holdings: readonly (readonly Held[])[]) {
  const known = beginKnown({
    tools: ['read', 'write'].map((tool) => newToolRule({ server: 'docs', tool, actionClass: tool as ActionClass })),
    resources: [
      { pattern: 'docs:*', sensitivity: 'internal' },
      { pattern: 'docs:secret/*', sensitivity: 'confidential' },
    ],
    atMs: 1,
  })
  const links = holdings.map((rows, at) => ({
    task: { ceiling: 'confidential' },
    purpose: { classes: ['read', 'write'], ceiling: 'confidential' },
    entitlements: rows.map((row, n) => ({
      id: `ent_${at}_${n}`,
      state: 'granted',
      startsMs: 0,
      endsMs: 2,
      classes: ['read'],
      ceiling: 'internal',
      ...row,
    })),
  }))
  // only these are read
  const chain = { links, behalf: [], edges: [] } as unknown as TracedChain
  let turns = 0
  const work = findReached(chain, scope, seek(resource), known)
  const counted = (function* () {
    for (;;) {
      const { done, value } = work.next()
      if (done === true) return value
      turns += 1
      yield
    }
  })()
  const { scope: reached, by } = finishAtOnce(counted)
  return { scope: reached, by: [...by].toSorted(), looked: LIMITS.pathLooksMax - known.looksLeft, turns }
}

describe('through three who hold ten thousand grants each', () => {
  const folders = most((at) => grantOf('docs/read', `docs:${at}/*`))

  it('one resource is found by looking at the few grants that lead to it', () => {
    const { looked, ...found } = reach('docs:150/a', everything, folders, folders, folders)
    expect(found).toMatchObject({ scope: folders[1]?.scope.slice(50, 51), by: ['ent_0_1', 'ent_1_1', 'ent_2_1'] })
    expect(looked).toBeLessThan(100)
  })

  it('all of them are told, one after another, in turns', () => {
    const found = reach('docs:*', everything, folders, folders, folders)
    expect(found.scope).toHaveLength(10_000)
    expect(found.turns).toBeGreaterThan(10_000)
    expect(found.looked).toBeLessThan(LIMITS.pathLooksMax)
  })

  it('what is granted again and again, or lies in what bears the same, is looked at once', () => {
    const same = most(() => grantOf('docs/read', 'docs:*'))
    const nested = most((at) => grantOf('docs/read', `docs:${'a'.repeat(at % 400)}*`))
    for (const rows of [same, nested]) {
      const found = reach('docs:*', [grantOf('docs/read', 'docs:*')], rows, rows, rows)
      expect(found.scope).toEqual([grantOf('docs/read', 'docs:*')])
      expect(found.looked).toBeLessThan(10_000)
    }
  })

  it('names of every length there is are gone through as quickly as short ones', { timeout: 10_000 }, () => {
    const long = most((at) => grantOf('docs/read', `docs:${String(at).padStart(5, '0')}${'x'.repeat(at % 500)}*`))
    expect(reach('docs:*', everything, long, long, long).scope).toHaveLength(10_000)
  })

  it('more than may be looked at is not gone through, and told by what is left to look at', () => {
    const actions = most((at) => grantOf(`docs/t${at}`, 'docs:*'))
    const wide = most((at) => grantOf('docs/*', `docs:${at}/*`))
    const { looked } = reach('docs:*', everything, actions, wide, actions)
    expect(looked).toBeGreaterThan(LIMITS.pathLooksMax)
    expect(looked).toBeLessThan(LIMITS.pathLooksMax + 20_000)
  })
})

it('of a pattern a part that bears more is told beside the whole that reaches less', () => {
  const rows: readonly Held[] = [
    { scope: [grantOf('docs/*', 'docs:*')] },
    { scope: [grantOf('docs/write', 'docs:a/*')], classes: ['write'] },
    { scope: [grantOf('docs/read', 'docs:secret/*')], ceiling: 'confidential' },
  ]
  expect(reach('docs:*', everything, rows)).toMatchObject({
    scope: [grantOf('docs/read', 'docs:*'), grantOf('docs/write', 'docs:a/*')],
    by: ['ent_0_0', 'ent_0_1'],
  })
  expect(reach('docs:secret/x', everything, rows)).toMatchObject({
    scope: [grantOf('docs/read', 'docs:*')],
    by: ['ent_0_2'],
  })
})
