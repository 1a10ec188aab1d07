import { type ErrorCode, RemitError } from '../ground/errors.ts'

interface Failure {
  readonly code: ErrorCode
  readonly detail: string
}

const FULL: Failure = { code: 'log_unavailable', detail: 'The disk of the store is full, so the answer is no.' }
const READ_ONLY: Failure = { code: 'log_unavailable', detail: 'The store can be read only, so the answer is no.' }
const BROKEN_DISK: Failure = { code: 'log_unavailable', detail: 'The disk of the store fails, so the answer is no.' }
const CANNOT_OPEN: Failure = {
  code: 'store_failed',
  detail: 'The store cannot be opened: its folder is missing or not ours to write.',
}
const DAMAGED: Failure = {
  code: 'store_damaged',
  detail: 'The file of the store is damaged: a part of it cannot be read.',
}
const NOT_A_STORE: Failure = { code: 'store_damaged', detail: 'The file of the store is damaged, or is not a store.' }
const AWAY: Failure = { code: 'store_failed', detail: 'The database does not answer.' }
const NO_DATABASE: Failure = {
  code: 'store_failed',
  detail: 'The server has no database of this name; make it, or correct store.url.',
}
const NOT_LET_IN: Failure = {
  code: 'store_failed',
  detail: 'The database does not let us in; check user and password in store.url.',
}
const NO_ROOM: Failure = {
  code: 'store_failed',
  detail: 'The database has no connection left for us; raise its limit (max_connections, or that of user or database).',
}
const NOT_ALLOWED: Failure = {
  code: 'store_failed',
  detail: 'The user of store.url may not make tables, or temporary ones; grant it create and temporary.',
}
const NOT_OURS: Failure = {
  code: 'store_edited',
  detail: 'The store holds a number that is larger than any of ours: it was edited.',
}
const UNKNOWN: Failure = { code: 'store_failed', detail: 'The store does not answer.' }

/**
 * What an engine's own codes mean: SQLite's primary result codes, PostgreSQL's SQLSTATE classes and states, sockets, files, what no number
 * can hold.
 */
const FAILURES: Readonly<Record<string, Failure>> = {
  8: READ_ONLY,
  10: BROKEN_DISK,
  11: DAMAGED,
  13: FULL,
  14: CANNOT_OPEN,
  26: NOT_A_STORE,
  '25006': READ_ONLY,
  '3D000': NO_DATABASE,
  '28': NOT_LET_IN,
  '42501': NOT_ALLOWED,
  '53100': FULL,
  '53300': NO_ROOM,
  '58030': BROKEN_DISK,
  XX001: DAMAGED,
  XX002: DAMAGED,
  '08': AWAY,
  '57': AWAY,
  ERR_OUT_OF_RANGE: NOT_OURS,
  ENOSPC: FULL,
  EDQUOT: FULL,
  EFBIG: FULL,
  EROFS: READ_ONLY,
  ENOENT: CANNOT_OPEN,
  ENOTDIR: CANNOT_OPEN,
  EACCES: CANNOT_OPEN,
  EPERM: CANNOT_OPEN,
  ECONNREFUSED: AWAY,
  ECONNRESET: AWAY,
  ENOTFOUND: AWAY,
  ETIMEDOUT: AWAY,
}

const UNIQUE = ['2067', '1555', '23505']
/** The last two: processes that make the same table at once, of which the later one finds it made when it asks again. */
const RETRIED = ['40001', '40P01', '42710', '42P07']

/** Gives ours for an engine's error; the engine's stays inside, as the private cause. */
export function toStoreError(error: unknown): RemitError {
  if (error instanceof RemitError) return error
  const code = codeOf(error)
  const failure = FAILURES[code] ?? FAILURES[primaryOf(code)] ?? UNKNOWN
  return new RemitError(failure.code, { detail: failure.detail, cause: error })
}

/** Does something with an engine. Throws ours for the engine's errors. */
export async function inOurErrors<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (error) {
    throw toStoreError(error)
  }
}

/** As `toStoreError`, of a commit that was asked for: what failed then may be kept all the same, now or after a crash. */
export function toDoubt(error: unknown): RemitError {
  const { code, detail, cause } = toStoreError(error)
  return new RemitError(code, { detail, cause, facts: { outcome: 'unknown' } })
}

/** True where a unique key stood in the way. */
export function isViolation(error: unknown): boolean {
  return UNIQUE.includes(codeOf(error))
}

/** True where another hand holds SQLite's lock. */
export function isLocked(error: unknown): boolean {
  return primaryOf(codeOf(error)) === '5'
}

/** True where PostgreSQL wants the transaction played again: a serialization failure, a deadlock, a twin of its DDL. */
export function isRetried(error: unknown): boolean {
  return RETRIED.includes(codeOf(error))
}

/** SQLite's `errcode`, PostgreSQL's SQLSTATE, or the code of a socket. */
function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return ''
  if ('errcode' in error) return String(error.errcode)
  return 'code' in error ? String(error.code) : ''
}

/** SQLite keeps the primary code in the low byte; a SQLSTATE's class is its first two characters. */
function primaryOf(code: string): string {
  return /^\d[\dA-Z]{4}$/.test(code) ? code.slice(0, 2) : String(Number(code) % 256)
}
