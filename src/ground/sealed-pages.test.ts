import { expect, it } from 'vitest'
import { createSealedPages } from './sealed-pages.ts'

const pages = createSealedPages(new Uint8Array(32).fill(7), 'page')

it('what was sealed is opened by the same key for the same use, and by no other', () => {
  const token = pages.seal('where it goes on')
  expect(pages.open(token)).toBe('where it goes on')
  expect(createSealedPages(new Uint8Array(32).fill(8), 'page').open(token)).toBeNull()
  expect(createSealedPages(new Uint8Array(32).fill(7), 'consent').open(token)).toBeNull()
})

/** One whose letters differ between the two alphabets of base64. */
function sealWithSigns(): string {
  for (;;) {
    const token = pages.seal('where it goes on, and on, and on')
    if (/[-_]/.test(token)) return token
  }
}

it.each<[how: string, write: (token: string) => string]>([
  ['with an end', (token) => `${token}=`],
  ['with a blank before it', (token) => ` ${token}`],
  ['with a blank in it', (token) => `${token.slice(0, 9)} ${token.slice(9)}`],
  ['in the other alphabet', (token) => token.replaceAll('-', '+').replaceAll('_', '/')],
  ['with more behind it', (token) => `${token}.`],
  ['without its last letter', (token) => token.slice(0, -1)],
  ['cut inside of its tag', (token) => Buffer.from(token, 'base64url').subarray(0, 16).toString('base64url')],
  ['of nothing', () => ''],
])('a seal is opened in its own letters alone, and not %s', (_, write) => {
  expect(pages.open(write(sealWithSigns()))).toBeNull()
})
