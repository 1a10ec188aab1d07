import { describe, expect, it } from 'vitest'
import { CERTIFICATION } from '../../../../test/authzen/certification.ts'
import { finishAtOnce } from '../../../ground/in-turns.ts'
import { assembleDomain, compileDomain } from '../compile-domain.ts'
import type { DomainTexts } from '../domain.ts'
import { readDomain } from '../read/domain.ts'
import { hearDomain, tellDomain } from './told-domain.ts'

const fail = (): never => expect.unreachable('the engines differ')
const declared: DomainTexts = {
  schema:
    'entity user in [user] { since?: datetime }; entity doc enum ["a", "b"]; action read appliesTo { principal: user, resource: doc };',
  files: [
    {
      name: 'a.cedar',
      text: 'permit (principal in user::"staff", action, resource);\npermit (principal, action, resource) when { 9223372036854775807 < 1 };',
    },
  ],
  entities: JSON.stringify([
    { uid: { type: 'user', id: 'ada' }, attrs: { since: '2026-01-01' }, parents: [{ type: 'user', id: 'staff' }] },
    { uid: { __entity: { type: 'user', id: 'staff' } }, attrs: {}, parents: [] },
  ]),
}

describe.each([
  ['without a schema', CERTIFICATION],
  ['with one', declared],
] as const)('a domain %s', (_, texts) => {
  it('is the same whether or not it crossed to another thread', () => {
    const told = structuredClone(tellDomain(readDomain('app', texts)))
    const heard = finishAtOnce(assembleDomain(hearDomain(told), fail))
    const { engine: _engine, schema: ofHeard, ...crossed } = heard
    const { engine: _other, schema: ofHere, ...here } = compileDomain('app', texts, fail)
    expect(crossed).toEqual(here)
    expect(ofHeard === null).toBe(ofHere === null)
    for (const id of ['alice', 'ada', 'bob', 'staff', 'nobody']) {
      const [type, of] = texts.schema === null ? ['user', 'record-1'] : ['user', 'a']
      const uid = (kind: string, name: string) => heard.entities.byType.get(kind)?.find((each) => each.id === name)
      const [principal, resource] = [uid(type, id), uid(texts.schema === null ? 'record' : 'doc', of)]
      const action = heard.entities.actions.get('read')
      if (principal === undefined || resource === undefined || action === undefined) continue
      const request = { principal, action, resource, context: {}, entities: [] }
      expect(heard.engine.decide(request)).toEqual(_other.decide(request))
    }
  })
})

it('is made one policy and one entity a step, however many there are', () => {
  const [policies, entities] = [300, 500]
  const read = readDomain('app', {
    schema: null,
    files: [
      {
        name: 'a.cedar',
        text: Array.from({ length: policies }, (_, at) => `permit (principal == u::"${at}", action, resource);`).join(
          '\n',
        ),
      },
    ],
    entities: JSON.stringify(
      Array.from({ length: entities }, (_, at) => ({ uid: { type: 'u', id: `${at}` }, attrs: {}, parents: [] })),
    ),
  })
  const making = assembleDomain(hearDomain(structuredClone(tellDomain(read))), fail)
  let steps = 0
  for (let next = making.next(); next.done !== true; next = making.next()) steps += 1
  expect(steps).toBeGreaterThanOrEqual(policies + 3 * entities) // each is read, placed, and named
})
