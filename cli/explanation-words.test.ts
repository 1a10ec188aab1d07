import { describe, expect, it } from 'vitest'
import type { Explanation } from '../sdk/explanation.ts'
import { writeAsked } from './explanation-words.ts'

describe('what was done before a question', () => {
  const uid = (type: string, id: string) => ({ type: `Remit::${type}`, id })
  const moment = (ms: number) => ({
    __extn: {
      fn: 'offset',
      args: [{ __extn: { fn: 'datetime', arg: '1970-01-01' } }, { __extn: { fn: 'duration', arg: `${ms}ms` } }],
    },
  })
  const done = (place: string, tags: object, moments: object) => [
    { uid: uid('Counts', `${place}permitted`), attrs: {}, tags },
    { uid: uid('Counts', `${place}succeeded`), attrs: {}, tags: {} },
    { uid: uid('Moments', `${place}lastPermitted`), attrs: {}, tags: moments },
  ]
  const refer = (place: string) => ({ permitted: { __entity: uid('Counts', `${place}permitted`) } })
  const ask = (id: string, entities: readonly object[]) => ({
    principal: uid('Identity', 'idn_1'),
    action: uid('Action', 'write'),
    resource: uid('Resource', id),
    context: { approved: false, history: refer(''), here: refer('here/') },
    entities: [{ uid: uid('Tool', 'a/b'), attrs: { class: 'write' }, tags: {} }, ...entities],
  })

  it('is told of each resource apart, also that it was nothing, and not at all where no policy looks at it', () => {
    const checked = done('here/', { 'fraud/check': 2 }, { 'fraud/check': moment(1_000) })
    const questions = [
      ask('orders:1', [...done('', { 'fraud/check': 3, read: 4 }, {}), ...checked]),
      ask('orders:2', done('here/', {}, {})),
      ask('orders:3', []),
    ]
    expect(writeAsked({ asked: { told: true, questions } } as unknown as Explanation)).toEqual([
      '',
      'The policies were asked about Identity::"idn_1" Action::"write" Resource::"orders:1"',
      '  approved: false',
      '  done before: fraud/check (permitted 3); read (permitted 4)',
      '  done before to this resource: fraud/check (permitted 2, last 1970-01-01T00:00:01.000Z)',
      'They were told of Tool::"a/b"',
      '  class: "write"',
      'The policies were asked about Identity::"idn_1" Action::"write" Resource::"orders:2"',
      '  approved: false',
      '  done before to this resource: nothing that policies look at',
      'The policies were asked about Identity::"idn_1" Action::"write" Resource::"orders:3"',
      '  approved: false',
    ])
  })
})
