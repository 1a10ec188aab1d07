import fc from 'fast-check'
import { expect, it } from 'vitest'
import { grants, RUNS, scopes } from '../../../test/arbitraries.ts'
import { intersectGrants } from '../../contract/scope.ts'
import { indexOverlaps, nearTo } from './overlap.ts'

it('every grant that overlaps another one is found, once, and none that was not there', () => {
  fc.assert(
    fc.property(scopes, grants, (scope, grant) => {
      const near = nearTo(indexOverlaps(scope), grant)
      const overlapping = scope.filter((each) => intersectGrants(each, grant) !== undefined)
      expect(near.filter((each) => intersectGrants(each, grant) !== undefined)).toHaveLength(overlapping.length)
      expect(new Set(near).size).toBe(near.length)
      expect(near.every((each) => scope.includes(each))).toBe(true)
    }),
    RUNS,
  )
})

it('few of many are looked at where one of the two patterns tells most of them apart', () => {
  const many = Array.from({ length: 10_000 }, (_, at) => ({ action: 'docs/read', resource: `docs:${at}/*` }))
  expect(nearTo(indexOverlaps(many), { action: 'docs/*', resource: 'docs:77/a' })).toEqual([many[77]])
  const turned = many.map(({ action, resource }) => ({ action: resource, resource: action }))
  expect(nearTo(indexOverlaps(turned), { action: 'docs:77/a', resource: '*' })).toEqual([turned[77]])
})

it('holds as many grants of one pattern as there are', () => {
  const same = Array.from({ length: 200_000 }, () => ({ action: '*', resource: 'docs:a' }))
  expect(nearTo(indexOverlaps(same), { action: 'docs/read', resource: 'docs:a' })).toHaveLength(same.length)
})
