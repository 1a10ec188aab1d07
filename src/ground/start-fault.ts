import { type ErrorCode, isError, RemitError } from './errors.ts'

/** What the platform says of a start that fails, in words that say what to do. `what` is a path or an address. */
const SENTENCES: Readonly<Record<string, (what: string) => string>> = {
  EADDRINUSE: (what) => `Another process listens at ${what}; choose another port (--port) or stop it.`,
  EADDRNOTAVAIL: (what) => `${what} is no address of this machine; set address.host to one.`,
  EACCES: (what) => `${what} may not be read or written by this user; give it to the user that runs Remit.`,
  EPERM: (what) => `${what} may not be read or written by this user; give it to the user that runs Remit.`,
  ENOENT: (what) => `${what} is not there and cannot be made; check the path in the configuration.`,
  ENOTDIR: (what) => `${what} lies below something that is no folder; check the path in the configuration.`,
  EEXIST: (what) => `${what} is there already and is no folder; name another one (--data-dir, or dataDir).`,
  EISDIR: (what) => `${what} is a folder where a file is asked for; check the paths in the configuration.`,
  EROFS: (what) => `${what} lies on a file system that cannot be written.`,
  ENOSPC: (what) => `There is no room left on the disk for ${what}.`,
}

/** What to do about a start that failed, by its code, where the sentence itself does not say it. */
const NEXT: Readonly<Partial<Record<ErrorCode, string>>> = {
  config_invalid: 'Put it right and start again; docs/config.md lists every key of the configuration.',
  store_locked: 'Stop that process, or name another data folder (--data-dir).',
  store_newer: 'Start the version of Remit that wrote it, or a newer one.',
  store_edited: 'Keep a copy of the data folder, then put back a backup: docs/running.md, "Backup and restore".',
  store_damaged: 'Keep a copy of the data folder, then put back a backup: docs/running.md, "Backup and restore".',
  store_failed: 'See that the store is there and lets Remit in (store in the configuration), then start again.',
  log_broken: 'Keep a copy of the data folder, then put back a backup: docs/running.md, "Backup and restore".',
  log_unavailable: 'See that the disk has room and that this user may write the data folder, then start again.',
}

/** Says what to do about a start that failed. */
export function sayNext(code: ErrorCode): string {
  return NEXT[code] ?? 'The line above, in JSON, says what it was: report it with that.'
}

/** A database that does not answer is named by where it is, and never by who we are there. */
export function nameDatabase(error: unknown, url: string): unknown {
  if (!isError(error, 'store_failed') || !URL.canParse(url)) return error
  const { hostname, port, searchParams } = new URL(url)
  const place = searchParams.get('host') ?? `${hostname === '' ? 'localhost' : hostname}:${port === '' ? 5432 : port}`
  return new RemitError('store_failed', { detail: `PostgreSQL at ${place}: ${error.detail}`, cause: error })
}

interface PlatformError {
  readonly code: string
  readonly path?: string
  readonly address?: string
  readonly port?: number
}

/** Gives an error of the table for whatever a start failed with: the platform's own errors by what they are about. */
export function toStartFault(error: unknown): RemitError {
  if (error instanceof RemitError) return error
  if (!isPlatformError(error)) return new RemitError('internal', { cause: error })
  if (error.code.startsWith('ERR_PARSE_ARGS_'))
    return new RemitError('config_invalid', { detail: `${error.message}: see \`remit help serve\`.`, cause: error })
  const say = SENTENCES[error.code]
  const what = error.path ?? (error.address === undefined ? nameless(error) : `${error.address}:${error.port ?? ''}`)
  return say === undefined
    ? new RemitError('internal', { cause: error })
    : new RemitError('config_invalid', { detail: say(what), cause: error })
}

/** What was opened and then read is not named; a folder can be opened. */
const nameless = ({ code }: PlatformError): string => (code === 'EISDIR' ? 'A path' : 'the data folder')

function isPlatformError(error: unknown): error is Error & PlatformError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
}
