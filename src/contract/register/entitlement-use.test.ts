import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { grants, names, RUNS, sensitivities } from '../../../test/arbitraries.ts'
import { ACTION_CLASSES } from '../action-class.ts'
import { allowsInScope, containsScope, type Grant, matchesPattern, normaliseScope } from '../scope.ts'
import { isWithinCeiling, maxSensitivity, type Sensitivity } from '../sensitivity.ts'
import { findUnused, generaliseNames, proposeNarrower, splitExtent, type UsedAct } from './entitlement-use.ts'

const bounds = { grantsMax: 100, charsMax: 16 * 1024 }
const RULES = { numRuns: 2_000 }

/** A name that the pattern matches: its stem, and something behind it. */
const nameIn = (pattern: string, rest: string): string =>
  pattern.endsWith('*') ? `${pattern.slice(0, -1)}${rest}` || 'x' : pattern

const tails = fc.oneof(names, fc.constantFrom('', 'a/b/c', 'a b', 'a*', 'a*b', '\u0000', 'x'.repeat(600), '\ud800'))
const classes = fc.constantFrom(...ACTION_CLASSES)

/** One permitted act, as a call did it, and the act that is counted of it. */
const acts = fc
  .record({
    grant: grants,
    action: tails,
    resources: fc.array(tails, { minLength: 1, maxLength: 12 }),
    classes,
    sensitivities,
  })
  .map(({ grant, action, resources, ...of }) => {
    const done = {
      action: nameIn(grant.action, action),
      resources: resources.map((each) => nameIn(grant.resource, each)),
    }
    const act: UsedAct = {
      grant,
      ...done,
      actionClass: of.classes,
      sensitivity: of.sensitivities,
      calls: 1,
      firstMs: 1,
      lastMs: 2,
    }
    return act
  })

describe('a narrower entitlement', () => {
  it('lies inside what was granted, and permits all that was done', () => {
    fc.assert(
      fc.property(fc.array(acts, { minLength: 1, maxLength: 8 }), (done) => {
        const granted = normaliseScope(done.map(({ grant }) => grant))
        const narrow = proposeNarrower(done, bounds)
        expect(narrow).not.toBeNull()
        if (narrow === null) return
        expect(containsScope(granted, narrow.scope)).toBe(true)
        for (const act of done) {
          expect(narrow.classes).toContain(act.actionClass)
          expect(isWithinCeiling(act.sensitivity, narrow.ceiling)).toBe(true)
          for (const resource of act.resources) expect(allowsInScope(narrow.scope, act.action, resource)).toBe(true)
        }
        expect(narrow.classes.filter((each) => done.every((act) => act.actionClass !== each))).toEqual([])
        const highest = done.reduce<Sensitivity>((most, act) => maxSensitivity(most, act.sensitivity), 'public')
        expect(narrow.ceiling).toBe(highest)
      }),
      RULES,
    )
  })

  it('grant by grant allows all that was done, and no more than all of it together', () => {
    fc.assert(
      fc.property(fc.array(acts, { minLength: 1, maxLength: 8 }), (done) => {
        const whole = proposeNarrower(done, bounds) ?? { scope: [], classes: [], ceiling: 'public' }
        const parts = splitExtent(whole, done)
        expect(parts.flatMap(({ scope }) => scope)).toEqual(whole.scope)
        for (const { actionClass, sensitivity, action, resources } of done)
          for (const resource of resources) {
            const allowing = parts.filter(
              ({ scope, classes: of, ceiling }) =>
                allowsInScope(scope, action, resource) &&
                of.includes(actionClass) &&
                isWithinCeiling(sensitivity, ceiling),
            )
            expect(allowing).not.toEqual([])
          }
        for (const { classes: of, ceiling } of parts) {
          expect(of.length).toBeGreaterThan(0)
          expect(of.filter((each) => !whole.classes.includes(each))).toEqual([])
          expect(isWithinCeiling(ceiling, whole.ceiling)).toBe(true)
        }
      }),
      RULES,
    )
  })

  it('gives each grant the ceiling and the classes of what was done under it alone', () => {
    const act = { grant: { action: '*', resource: '*' }, calls: 1, firstMs: 1, lastMs: 1 }
    const done: readonly UsedAct[] = [
      { ...act, action: 'docs/get', actionClass: 'read', resources: ['docs:/plans'], sensitivity: 'confidential' },
      { ...act, action: 'docs/put', actionClass: 'write', resources: ['docs:/news'], sensitivity: 'public' },
    ]
    expect(splitExtent(proposeNarrower(done, bounds) ?? { scope: [] }, done)).toEqual([
      { scope: [{ action: 'docs/get', resource: 'docs:/plans' }], classes: ['read'], ceiling: 'confidential' },
      { scope: [{ action: 'docs/put', resource: 'docs:/news' }], classes: ['write'], ceiling: 'public' },
    ])
  })

  it('stays inside the bounds of a scope, however much was done', () => {
    const grant: Grant = { action: 'docs/*', resource: 'docs:*' }
    const done = Array.from({ length: 90 }, (_, at): UsedAct => {
      const resources = Array.from({ length: 40 }, (_each, n) => `docs:/team-${at}/${'deep/'.repeat(n % 20)}${n}`)
      const action = `docs/tool-${at}`
      return { grant, action, actionClass: 'read', resources, sensitivity: 'public', calls: 1, firstMs: 1, lastMs: 1 }
    })
    const narrow = proposeNarrower(done, bounds)
    expect(narrow?.scope.length).toBeLessThanOrEqual(100)
    expect(JSON.stringify(narrow?.scope).length).toBeLessThan(20_000)
    expect(narrow?.scope.every(({ action }) => action !== 'docs/*')).toBe(true)
  })

  it('is none where nothing was done', () => {
    expect(proposeNarrower([], bounds)).toBeNull()
  })
})

describe('names in few patterns', () => {
  it('are all matched, by no more patterns than asked for, and by none that is wider than the grant', () => {
    fc.assert(
      fc.property(
        fc.array(names, { minLength: 1, maxLength: 30 }),
        names,
        fc.integer({ min: 1, max: 4 }),
        (tried, stem, most) => {
          const all = tried.map((each) => `${stem}${each}`)
          const patterns = generaliseNames(all, `${stem}*`, most)
          expect(patterns.length).toBeLessThanOrEqual(most)
          for (const name of all) expect(patterns.some((each) => matchesPattern(each, name))).toBe(true)
          for (const each of patterns) expect(each.startsWith(stem)).toBe(true)
        },
      ),
      RUNS,
    )
  })

  it.each([
    [['docs:/a/1'], ['docs:/a/1']],
    [
      ['docs:/a/1', 'docs:/b/1'],
      ['docs:/a/1', 'docs:/b/1'],
    ],
    [['docs:/a/1', 'docs:/a/2', 'docs:/a/3'], ['docs:/a/*']],
    [
      ['docs:/a/1', 'docs:/a/2', 'docs:/a/3', 'docs:/b/1'],
      ['docs:/a/*', 'docs:/b/1'],
    ],
    [['docs:/a b'], ['docs:/*']],
    [['docs:/a/x*y'], ['docs:/a/*']],
  ])('as people would say them: %j', (all, wanted) => {
    expect(generaliseNames(all, 'docs:*', 10)).toEqual(wanted)
  })

  it('are the grant itself where nothing narrower is sensible', () => {
    expect(generaliseNames(['crm:1', 'crm:2', 'crm:3'], 'crm:*', 10)).toEqual(['crm:*'])
    expect(generaliseNames(['a', 'b', 'c'], '*', 10)).toEqual(['*'])
  })
})

describe('what nobody used', () => {
  const [read, write] = [
    { action: 'docs/read', resource: 'docs:*' },
    { action: 'docs/write', resource: 'docs:*' },
  ]
  const granted = { scope: [read, write], classes: ['read', 'write'], ceiling: 'confidential' } as const
  const act: UsedAct = {
    grant: read,
    action: 'docs/read',
    actionClass: 'read',
    resources: ['docs:/a'],
    sensitivity: 'internal',
    calls: 3,
    firstMs: 1,
    lastMs: 2,
  }

  it('is said by grant, class and ceiling', () => {
    expect(findUnused(granted, [act])).toEqual({ grants: [write], classes: ['write'], ceiling: 'confidential' })
    expect(findUnused(granted, [{ ...act, sensitivity: 'confidential' }]).ceiling).toBeNull()
  })

  it('is all of it where nothing was done', () => {
    expect(findUnused(granted, [])).toEqual({
      grants: [read, write],
      classes: ['read', 'write'],
      ceiling: 'confidential',
    })
  })
})
