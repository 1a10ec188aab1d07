import { describe, expect, it } from 'vitest'
import { RemitError } from '../ground/errors.ts'
import { isRetried, isViolation, toDoubt, toStoreError } from './store-errors.ts'

const sqlite = (errcode: number): Error =>
  Object.assign(new Error('near "secret"'), { code: 'ERR_SQLITE_ERROR', errcode })
const postgres = (code: string): Error => Object.assign(new Error('relation "secret"'), { code })

const file = (code: string): Error => Object.assign(new Error("open 'secret'"), { code })

describe('the errors of engines', () => {
  it.each([
    ['a full disk under SQLite', sqlite(13), 'log_unavailable', 'is full'],
    ['a full disk under the line of an owner', file('ENOSPC'), 'log_unavailable', 'is full'],
    ['a quota that is used up', file('EDQUOT'), 'log_unavailable', 'is full'],
    ['a bound on the size of files', file('EFBIG'), 'log_unavailable', 'is full'],
    ['a read-only disk under the line of an owner', file('EROFS'), 'log_unavailable', 'read only'],
    ['a read-only file', sqlite(8), 'log_unavailable', 'read only'],
    ['a read-only folder (an extended code)', sqlite(8 + 256 * 6), 'log_unavailable', 'read only'],
    ['a failing disk under SQLite', sqlite(10), 'log_unavailable', 'fails'],
    ['a failing sync (an extended code)', sqlite(10 + 256 * 4), 'log_unavailable', 'fails'],
    ['a failing write (an extended code)', sqlite(10 + 256 * 3), 'log_unavailable', 'fails'],
    ['a file that cannot be opened', sqlite(14), 'store_failed', 'cannot be opened'],
    ['a damaged file', sqlite(11), 'store_damaged', 'damaged'],
    ['a file that is no store', sqlite(26), 'store_damaged', 'is not a store'],
    ['a page that PostgreSQL cannot read', postgres('XX001'), 'store_damaged', 'is damaged'],
    ['an index that PostgreSQL cannot read', postgres('XX002'), 'store_damaged', 'is damaged'],
    ['a full disk under PostgreSQL', postgres('53100'), 'log_unavailable', 'is full'],
    ['a read-only PostgreSQL', postgres('25006'), 'log_unavailable', 'read only'],
    ['a failing disk under PostgreSQL', postgres('58030'), 'log_unavailable', 'fails'],
    ['a PostgreSQL that shuts down', postgres('57P01'), 'store_failed', 'does not answer'],
    ['a PostgreSQL that lets nobody more in', postgres('53300'), 'store_failed', 'no connection left'],
    ['a PostgreSQL that lost the connection', postgres('08006'), 'store_failed', 'does not answer'],
    ['a PostgreSQL that is not there', postgres('ECONNREFUSED'), 'store_failed', 'does not answer'],
    ['a wrong statement', postgres('42601'), 'store_failed', 'does not answer'],
    ['an error without a code', new Error('secret'), 'store_failed', 'does not answer'],
    ['something that is no error', 'secret', 'store_failed', 'does not answer'],
  ])('%s is told in public words, and its own words stay inside', (_, error, code, words) => {
    const told = toStoreError(error)
    expect(told).toMatchObject({ code, detail: expect.stringContaining(words), cause: error })
    expect(told.message).not.toContain('secret')
  })

  it('a commit that failed is told with the same words, and that nobody knows what became of it', () => {
    expect(toDoubt(sqlite(10 + 256 * 4))).toMatchObject({
      code: 'log_unavailable',
      detail: 'The disk of the store fails, so the answer is no.',
      facts: { outcome: 'unknown' },
    })
  })

  it('an error of ours passes through as it is', () => {
    const error = new RemitError('conflict')
    expect(toStoreError(error)).toBe(error)
  })

  it.each([
    [sqlite(2067), true],
    [sqlite(1555), true],
    [postgres('23505'), true],
    [sqlite(1299), false],
    [postgres('23502'), false],
    [null, false],
  ])('a unique key in the way is known from every other constraint: %o', (error, violated) => {
    expect(isViolation(error)).toBe(violated)
  })

  it.each([
    ['40001', true],
    ['40P01', true],
    ['40003', false],
  ])('what may be played again is known: %s', (code, retried) => {
    expect(isRetried(postgres(code))).toBe(retried)
  })
})
