import { isProblem, RemitProblem } from './problem.ts'

/** Why there was no answer, as `facts.reason` of the problem says it. */
export type UnreachableReason = 'nothing-there' | 'certificate' | 'not-tls' | 'perhaps-tls'

const SENTENCES: Readonly<Record<UnreachableReason, (origin: string, code: string) => string>> = {
  'nothing-there': (origin) => `Nothing answers at ${origin}.`,
  certificate: (origin, code) => `The certificate of ${origin} is not trusted here (${code}).`,
  'not-tls': (origin) => `What answers at ${origin} does not speak TLS.`,
  'perhaps-tls': (origin) => `What is at ${origin} closed the connection without an answer; perhaps it speaks TLS.`,
}

/** What the codes of a runtime say: of certificates OpenSSL's, of protocols those of Node.js. Others are nobody's fault but absence. */
const REASONS: readonly (readonly [RegExp, UnreachableReason])[] = [
  [/CERT|VERIFY_LEAF_SIGNATURE|ISSUER/, 'certificate'],
  [/^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG)$/, 'not-tls'],
]

/** Makes the problem of a request that nobody answered. */
export function makeUnreachable(url: string, cause: unknown): RemitProblem {
  const { origin, protocol } = new URL(url)
  const code = codeOf(cause)
  const wasClosed = protocol === 'http:' && ['UND_ERR_SOCKET', 'ECONNRESET'].includes(code)
  const reason = wasClosed ? 'perhaps-tls' : (REASONS.find(([codes]) => codes.test(code))?.[1] ?? 'nothing-there')
  return new RemitProblem('unreachable', 0, { detail: SENTENCES[reason](origin, code), facts: { reason } }, cause)
}

/** Codes of a runtime that say that there was no connection, so that nothing of a request was sent. */
const NO_CONNECTION: readonly string[] = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']

/** True where it is certain that nobody has read anything of a request. A browser does not say, and then it is not. */
export function wasNeverSent(cause: unknown): boolean {
  const inner = cause instanceof Error ? cause.cause : undefined
  return (
    NO_CONNECTION.includes(codeOf(cause)) ||
    (inner instanceof Error && 'syscall' in inner && inner.syscall === 'connect')
  )
}

/** What is unreachable for such a reason is there, and stays as it is however long one waits. */
const STAYING: readonly unknown[] = ['certificate', 'not-tls'] satisfies readonly UnreachableReason[]

/** What proxies answer in their own words where no server does: bad gateway, unavailable, gateway timeout. */
const BY_PROXY: readonly number[] = [502, 503, 504]

/**
 * True where no server serves at this moment: each stands by while another is to follow the one that wrote, or none answers, or
 * a proxy says so.
 */
export function nobodyServes(error: unknown): boolean {
  return (
    isProblem(error, 'standing_by') ||
    (isProblem(error, 'answer_malformed') && BY_PROXY.includes(error.status)) ||
    (isProblem(error, 'unreachable') && !STAYING.includes(error.facts['reason']))
  )
}

/** A runtime's `fetch` hides its reason in the cause. */
function codeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
}
