import { SdkHttpError } from '@modelcontextprotocol/client'
import { isError } from '../ground/errors.ts'
import { sayUnreached } from '../ground/say-unreached.ts'

/** As much as is shown of a message that is not ours. */
const messageCharsMax = 200
/** And as much as is looked through: to look for an address costs with the square of the length. */
const lookedCharsMax = 1_000

/** Says in a few words why a server behind the gateway does not serve; names a command, never its arguments or a header. */
export function sayUpstreamFault(error: unknown): string {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 6; cause = cause.cause, depth += 1) {
    if (isError(cause, 'upstream_timeout')) return 'it does not answer'
    const said = cause instanceof SdkHttpError ? sayStatus(cause.status) : sayCode(cause)
    if (said !== undefined) return said
  }
  const last = lastCause(error)
  // an address may hold a password
  const looked = last?.message.slice(0, lookedCharsMax)
  const said = looked?.replaceAll(/\S+:\/\/\S+/g, 'its address').slice(0, messageCharsMax)
  return said ?? 'it ended, or closed the connection'
}

/** True where a server behind the gateway did not take the credential that came with a request. */
export function isCredentialRefused(error: unknown): boolean {
  return isError(error, 'upstream_unavailable') && error.cause instanceof SdkHttpError && error.cause.status === 401
}

function sayStatus(status: number | undefined): string {
  const said = `it answers with the HTTP status ${status}`
  return status !== undefined && status >= 300 && status < 400 ? `${said}, and redirects are not followed` : said
}

function sayCode(cause: Error): string | undefined {
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
  const syscall = 'syscall' in cause && typeof cause.syscall === 'string' ? cause.syscall : ''
  const command = /^spawn (.*)$/.exec(syscall)?.[1]
  if (command !== undefined)
    return code === 'ENOENT' ? `command ${command} not found` : `command ${command} cannot be run`
  return sayUnreached(cause)
}

/** The innermost cause below our own error, which says no more than that the server is not there. */
function lastCause(error: unknown): Error | undefined {
  let last: Error | undefined
  for (let cause = error instanceof Error ? error.cause : undefined; cause instanceof Error; cause = cause.cause)
    last = cause
  return last
}
