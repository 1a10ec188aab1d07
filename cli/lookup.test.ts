import { expect, it } from 'vitest'
import type { Client } from '../sdk/client.ts'
import { findPerson, nameSentences, readNamer } from './lookup.ts'

it('the names of thousands of identities are read a few at a time, each once', async () => {
  let [under, most, asked] = [0, 0, 0]
  const client = {
    people: { list: async () => ({ people: [], next: null }) },
    identities: {
      show: async (id: string) => {
        asked += 1
        under += 1
        most = Math.max(most, under)
        await Promise.resolve()
        under -= 1
        return { identity: { name: `name of ${id}` } }
      },
    },
  } as unknown as Client // all that is asked of it
  const ids = Array.from({ length: 1_000 }, (_, at) => `idn_${at}`)
  const nameOf = await readNamer(client, [...ids, ...ids])
  expect(ids.map(nameOf)).toEqual(ids.map((id) => `name of ${id}`))
  expect([asked, most]).toEqual([1_000, 16])
})

it('sentences name people and identities, with each id behind its name for machines, and nobody in what stands in quotes', async () => {
  const people = [{ id: 'psn_grace', name: 'Grace' }]
  const client = {
    people: { list: async () => ({ people, next: null }) },
    identities: { show: async () => ({ identity: { name: 'docs-summariser' } }) },
  } as unknown as Client // all that is asked of it
  const { plain, withIds } = await nameSentences(client, [
    'What was cut off: every identity that person psn_grace owns.',
    'It is about the identity docs-summariser (idn_docs) acting for "a b" (idn_two), or idn_docs.',
    'The reason that was given: "psn_grace (psn_grace) left".',
    'Person psn_nobody said yes to apr_1.',
  ])
  expect(plain).toEqual([
    'What was cut off: every identity that person Grace owns.',
    'It is about the identity docs-summariser acting for "a b", or docs-summariser.',
    'The reason that was given: "psn_grace (psn_grace) left".',
    'Person psn_nobody said yes to apr_1.',
  ])
  expect(withIds).toEqual([
    'What was cut off: every identity that person Grace (psn_grace) owns.',
    'It is about the identity docs-summariser (idn_docs) acting for "a b" (idn_two), or docs-summariser (idn_docs).',
    'The reason that was given: "psn_grace (psn_grace) left".',
    'Person psn_nobody said yes to apr_1.',
  ])
})

it.each([
  ['nobody; approved by Alice', '"nobody; approved by Alice"'],
  ['Grace Hopper', '"Grace Hopper"'],
  ['Nobody', '"Nobody"'],
  ['psn_grace', 'psn_grace'],
  ['Ada', 'Ada'],
])('the name %s reads as no words of a sentence', async (name, written) => {
  const client = { people: { list: async () => ({ people: [{ id: 'psn_grace', name }], next: null }) } }
  const { plain, withIds } = await nameSentences(client as unknown as Client, ['It is active, owner psn_grace.']) // all that is asked of it
  expect(plain).toEqual([`It is active, owner ${written}.`])
  if (name !== 'psn_grace') expect(withIds).toEqual([`It is active, owner ${written} (psn_grace).`])
})

it('a person is found by what is theirs alone before any name, also where another one is called so', async () => {
  const [grace, eve, twin] = [
    { id: 'psn_1', name: 'Grace', email: 'grace@example.org' },
    { id: 'psn_2', name: 'Grace@Example.org', email: 'eve@example.org' },
    { id: 'psn_3', name: 'psn_1', email: 'twin@example.org' },
  ]
  const list = async (): Promise<object> => ({ people: [twin, eve, grace], next: null })
  const client = { people: { list } } as unknown as Client
  const found = await Promise.all(['GRACE@example.org', 'psn_1', 'grace'].map((said) => findPerson(client, said)))
  expect(found).toEqual([grace, grace, grace])
  await expect(findPerson(client, 'nobody@example.org')).rejects.toThrow("There is no person 'nobody@example.org'.")
})
