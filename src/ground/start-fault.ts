import { RemitError } from './errors.ts'

/** What the platform says of a start that fails, in words that say what to do. `what` is a path or an address. */
const SENTENCES: Readonly<Record<string, (what: string) => string>> = {
  EADDRINUSE: (what) => `Another process listens at ${what}; choose another port (--port) or stop it.`,
  EADDRNOTAVAIL: (what) => `${what} is no address of this machine; set address.host to one.`,
  EACCES: (what) => `${what} may not be read or written by this user; give it to the user that runs Remit.`,
  EPERM: (what) => `${what} may not be read or written by this user; give it to the user that runs Remit.`,
  ENOENT: (what) => `${what} is not there and cannot be made; check the path in the configuration.`,
  ENOTDIR: (what) => `${what} lies below something that is no folder; check the path in the configuration.`,
  EROFS: (what) => `${what} lies on a file system that cannot be written.`,
  ENOSPC: (what) => `There is no room left on the disk for ${what}.`,
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
  const what = error.path ?? `${error.address ?? ''}:${error.port ?? ''}`
  return say === undefined
    ? new RemitError('internal', { cause: error })
    : new RemitError('config_invalid', { detail: say(what), cause: error })
}

function isPlatformError(error: unknown): error is Error & PlatformError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
}
