import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { checkConfig } from '../config.ts'
import { readCallbacks } from './read-callbacks.ts'

const folder = mkdtempSync(join(tmpdir(), 'remit-callback-files-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const put = (name: string, text: string, mode = 0o600): string => {
  writeFileSync(join(folder, name), text, { mode })
  return name
}
const secretFile = put('good', `${'s'.repeat(32)}\n`)
const read = (more: object) =>
  readCallbacks(checkConfig({ accessCallbacks: [{ endpoint: 'https://pep.example/cb', secretFile, ...more }] }, folder))

it('reads each endpoint with its secret', () => {
  expect(read({ identities: ['a'] })).toEqual([
    { endpoint: 'https://pep.example/cb', identities: ['a'], allowInternal: false, secret: 's'.repeat(32) },
  ])
  expect(read({ endpoint: 'https://10.0.0.1/cb', allowInternal: true })).toHaveLength(1)
})

it.each([
  [{ endpoint: 'http://pep.example/cb' }, 'accessCallbacks.0.endpoint'],
  [{ endpoint: 'https://user:word@pep.example/' }, 'must hold no user'],
  [{ endpoint: 'https://pep.example/#a' }, 'must hold no user'],
  [{ endpoint: 'https://127.0.0.1/cb' }, 'lies inside'],
  [{ endpoint: 'https://[fe80::1]/cb' }, 'lies inside'],
  [{ secretFile: 'none' }, 'cannot be read'],
  [{ secretFile: put('short', 'abc') }, 'fewer than 32'],
  [{ secretFile: put('open', 's'.repeat(32), 0o644) }, 'may be read by others'],
  [{ caFile: 'none' }, 'cannot be read'],
  [{ allowInternl: true }, 'do you mean allowInternal'],
])('refuses to start with %j', (more, sentence) => {
  expect(() => read(more)).toThrow(sentence)
})
