import { describe, expect, it } from 'vitest'
import { plain } from '../../test/prove/made-pack.ts'
import { writeCanonical } from './log/canonical-json.ts'
import type { Json } from './log-entry.ts'
import { isMembers, readEntry } from './read-entry.ts'

const link = { identityId: 'idn_1', name: 'docs', taskId: 'tsk_1' }
const actor = { kind: 'identity', id: 'idn_1' }
const read = (more: Readonly<Record<string, Json>>) => readEntry(writeCanonical({ ...plain, ...more } as Json))

describe('the form of an entry', () => {
  const good: [string, Readonly<Record<string, Json>>][] = [
    ['a policy that is named', { policy: 'abc' }],
    ['an answer to the first entry', { answers: 0 }],
    ['an answer to a later one', { answers: 7 }],
    ['nothing touched', { touched: [] }],
    ['rows that it touched', { touched: ['tasks/t@1#d', 'tallies/x'] }],
    ['an actor without a chain', { actor }],
    ['an actor with an empty chain', { actor: { ...actor, chain: [] } }],
    ['an actor with a chain', { actor: { ...actor, chain: [link, { ...link, taskId: 'tsk_2' }] } }],
    ['a kind of tomorrow', { kind: 'kind.of-tomorrow' }],
  ]
  it.each(good)('is that of one with %s', (_, more) => {
    expect(read(more)).toEqual({ ...plain, ...more })
  })

  const bad: [string, Readonly<Record<string, Json>>][] = [
    ['an answer to an entry before the first', { answers: -1 }],
    ['an answer to half an entry', { answers: 1.5 }],
    ['an answer that is a text', { answers: '1' }],
    ['an answer that is a list', { answers: [] }],
    ['touched rows that are a text', { touched: 'tasks/t' }],
    ['touched rows that are members', { touched: {} }],
    ['a touched row that is no text', { touched: ['tasks/t', 7] }],
    ['an organisation that is no text', { org: 7 }],
    ['a kind that is no text', { kind: null }],
    ['a time that is no whole number', { atMs: 1.5 }],
    ['an actor that is a text', { actor: 'system' }],
    ['an actor without an id', { actor: { kind: 'system' } }],
    ['an actor without a kind', { actor: { id: 'remit' } }],
    ['an actor whose kind is a number', { actor: { kind: 1, id: 'remit' } }],
    ['an actor whose id is a number', { actor: { kind: 'system', id: 1 } }],
    ['a subject that is nothing', { subject: null }],
    ['a subject without an id', { subject: { kind: 'task' } }],
    ['a subject that is a list', { subject: [] }],
    ['data that are a list', { data: [] }],
    ['a policy that is nothing', { policy: null }],
    ['a chain that is nothing', { actor: { ...actor, chain: null } }],
    ['a chain that is members', { actor: { ...actor, chain: {} } }],
    ['a chain that is a text', { actor: { ...actor, chain: 'x' } }],
    ['a link that is a text', { actor: { ...actor, chain: ['x'] } }],
    ['a link that is nothing', { actor: { ...actor, chain: [link, null] } }],
    ['a link without an identity', { actor: { ...actor, chain: [link, { name: 'a', taskId: 't' }] } }],
    ['a link without a name', { actor: { ...actor, chain: [{ identityId: 'i', taskId: 't' }] } }],
    ['a link without a task', { actor: { ...actor, chain: [{ identityId: 'i', name: 'a' }] } }],
    ['a link whose task is a number', { actor: { ...actor, chain: [{ ...link, taskId: 7 }] } }],
  ]
  it.each(bad)('is not that of one with %s', (_, more) => {
    expect(read(more)).toBe('the entry does not have the form of one')
  })

  it.each(['null', '7', '"x"', 'true'])('is not that of %s', (text) => {
    expect(readEntry(text)).toBe('the entry does not have the form of one')
  })
})

it('members has an object, and neither a list nor nothing', () => {
  expect([{}, { a: 1 }, [], null, undefined, 'x', 7].map(isMembers)).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
    false,
  ])
})
