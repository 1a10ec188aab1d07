import { expect, it } from 'vitest'
import { newIdentity } from '../../../test/contract/nouns.ts'
import { kept, newPerson } from '../../../test/decide/nouns.ts'
import type { Binding } from '../../contract/register/binding.ts'
import { discoveredPage } from './discovered-page.ts'

const binding: Binding = {
  id: 'bnd_1',
  identityId: 'idn_1',
  kind: 'oidc',
  issuer: 'https://cluster.example',
  subject: 'system:serviceaccount:agents:reader',
  claims: {},
  keys: [],
  createdMs: 0,
  endedMs: null,
}

/** Writes the page of one that was seen by a binding. */
function write(more: Partial<Binding>, sponsors = [newPerson()]): string {
  const identity = kept(newIdentity({ state: 'discovered' }))
  const found = [{ identity, bindings: [{ ...binding, ...more }], preset: undefined }]
  const choices = { sponsors, purposes: [] }
  return discoveredPage({ adopter: newPerson(), path: '/discovered', found, choices, next: null, adopted: null }).body
    .text
}

it('says of what was seen by which claims it is told from another one of the same name', () => {
  const claims = { '/kubernetes.io/serviceaccount/uid': 'e6a8”<b>', 'no<b>': true }
  expect(write({ claims })).toContain(
    '</span>, with <code>/kubernetes.io/serviceaccount/uid</code> “e6a8&lt;b&gt;”, with <code>no&lt;b&gt;</code> “true”.',
  )
})

it.each([
  ['what is drawn as nothing', 'agent\u2800'],
  ['blanks that a browser draws as one', 'agent  two'],
  ['another blank', 'agent\u00a0two'],
  ['a turn of the direction', 'agent\u202e'],
])('says that it does not show all of a name with %s', (_, name) => {
  const left = 'That is not all of it: <code>remit identity show'
  expect(write({ subject: name })).toContain(left)
  expect(write({ claims: { [name]: 'x' } })).toContain(left)
  expect(write({ claims: { place: name } })).toContain(left)
  expect(write({ subject: 'agent two', claims: { place: 'agent two' } })).not.toContain(left)
})

it('says of no application that it proved anything', () => {
  const page = write({ kind: 'client', issuer: 'client', subject: 'https://app.example/client.json' })
  expect(page).toContain('for a person, as “https://app.example/client.json”, and has proved nothing.')
  expect(page).not.toContain('proved itself')
})

it('leads on where nothing can be chosen', () => {
  expect(write({}, [])).toContain('<code>remit person add</code>')
  expect(write({})).not.toContain('<code>remit person add</code>')
  expect(write({})).toContain('<code>remit purpose define</code>')
})
