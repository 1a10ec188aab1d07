import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RUNS } from '../arbitraries.ts'
import { anyPolicy } from './any-policy.ts'
import { anyEntities, anyRequest } from './any-request.ts'
import { type JsonEntity, type JsonRequest, prepareEngines } from './engines.ts'

const ACTIONS: readonly JsonEntity[] = [
  { uid: { type: 'Action', id: 'read' }, attrs: {}, parents: [{ type: 'Action', id: 'all' }] },
  { uid: { type: 'Action', id: 'write' }, attrs: {}, parents: [{ type: 'Action', id: 'all' }] },
  { uid: { type: 'Action', id: 'all' }, attrs: {}, parents: [] },
]
/** With the ten thousand sets of `RUNS`, a hundred thousand questions. */
const requestsPerSet = 10

/** Where a policy takes the context whole, and not an attribute of it. */
const CONTEXT_AS_WHOLE = /context(?!\["| has )/

/**
 * Leaves of entities, and of the context of requests, the attributes that a policy names, which is said in so many letters: the
 * others change no answer, and are most of the time that Cedar's engine takes. Ours gets them all.
 */
function leaveNamed(texts: readonly string[], entities: readonly JsonEntity[]): Left {
  const words = new Set(texts.flatMap((text) => text.match(/\w+/g) ?? []))
  const leave = <T>(members: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(members).filter(([name]) => words.has(name)))
  const isWhole = texts.some((text) => CONTEXT_AS_WHOLE.test(text))
  return {
    entities: entities.map((entity) => ({ ...entity, attrs: leave(entity.attrs) })),
    ofRequest: (request) => (isWhole ? request : { ...request, context: leave(request.context) }),
  }
}

interface Left {
  readonly entities: readonly JsonEntity[]
  readonly ofRequest: (request: JsonRequest) => JsonRequest
}

describe('our engine beside the engine of Cedar', () => {
  it('says the same of 100,000 policy sets and requests: what held, and what could not be evaluated', () => {
    const seen = { allow: 0, deny: 0, faults: 0 }
    const policies = fc.array(anyPolicy, { minLength: 1, maxLength: 6 })
    const requests = fc.array(anyRequest, { minLength: requestsPerSet, maxLength: requestsPerSet })
    fc.assert(
      fc.property(policies, anyEntities, requests, (texts, entities, asked) => {
        const left = leaveNamed(texts, entities)
        const { ours, cedars } = prepareEngines(texts, [...ACTIONS, ...entities], [...ACTIONS, ...left.entities])
        for (const request of asked) {
          const said = cedars(left.ofRequest(request))
          expect(ours(request)).toEqual(said)
          seen[said.decision === 'allow' ? 'allow' : 'deny'] += 1
          seen.faults += said.faults.length
        }
      }),
      RUNS,
    )
    // else it would compare little more than empty answers
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(RUNS.numRuns / 2)
  }, 1_800_000)
})
