import { type Change, type Kept, update } from '../../contract/change.ts'
import type { AuthorizationCode } from '../../contract/register/client.ts'
import { digestBase64url, digestText } from '../../ground/digest.ts'
import { RemitError } from '../../ground/errors.ts'
import { proveCaller, type WorkloadCaller } from '../caller.ts'
import type { DpopProof } from '../dpop/proof.ts'
import type { AuthenticateStore } from '../store.ts'

/** A code as a client shows it at the token endpoint (RFC 6749 section 4.1.3, RFC 7636 section 4.5). */
export interface ShownCode {
  readonly code: string
  readonly clientId: string
  readonly verifier: string
  /** Where it is left out, the verifier alone says that it is the same client (OAuth 2.1). */
  readonly redirectUri: string | undefined
  /** RFC 8707; where it is left out, that of the code. */
  readonly resource: string | undefined
  readonly proof: DpopProof | undefined
  /** Of a client that is not public: what it has proved itself by, which has to be recorded with the code. */
  readonly proved?: WorkloadCaller | undefined
}

/** The client that a code was made for, and what it is for. */
export interface CodeHolder {
  readonly kind: 'holder'
  readonly caller: WorkloadCaller
  readonly code: Kept<AuthorizationCode>
}

/** A code that is in wrong hands, or was used before: nobody gets anything for it any more. */
export interface MisusedCode {
  readonly kind: 'misused'
  readonly code: Kept<AuthorizationCode>
  readonly because: string
  /** Spends it, where it is not yet. */
  readonly changes: readonly Change[]
}

interface Misuse {
  readonly because: string
  readonly holds: (code: AuthorizationCode, shown: ShownCode) => boolean
}

/** What tells that a code is shown by somebody else than it was made for. A code is good for one try, right or wrong. */
const MISUSES: readonly Misuse[] = [
  { because: 'it was used before', holds: (code) => code.usedMs !== null },
  { because: 'another client showed it', holds: (code, shown) => shown.clientId !== code.clientId },
  {
    because: 'its verifier is not the one',
    holds: (code, shown) => digestBase64url(shown.verifier) !== code.challenge,
  },
  {
    because: 'it was shown for another address',
    holds: (code, { redirectUri = code.redirectUri }) => redirectUri !== code.redirectUri,
  },
  {
    because: 'another key showed it',
    holds: (code, { proof }) => code.keyThumbprint !== null && proof?.thumbprint !== code.keyThumbprint,
  },
]

const CODE = /^rmc_[A-Za-z0-9_-]{43}$/
/** RFC 7636 section 4.1. */
const VERIFIER = /^[A-Za-z0-9._~-]{43,128}$/

/**
 * Finds whose a code is. The caller's `changes` spend it, and must be recorded with whatever it is used for; a conflict on
 * them means that it was used meanwhile. Errors: `request_invalid` for a verifier that is none, `code_invalid` for a code
 * that is none or has expired, `target_invalid` for another resource than it was made for.
 */
export async function findCodeHolder(
  store: AuthenticateStore,
  shown: ShownCode,
  nowMs: number,
): Promise<CodeHolder | MisusedCode> {
  if (!VERIFIER.test(shown.verifier))
    throw new RemitError('request_invalid', { detail: 'code_verifier is 43 to 128 of A-Z, a-z, 0-9, -, ., _, ~.' })
  const code = CODE.test(shown.code) ? await store.getAuthorizationCode(digestText(shown.code)) : undefined
  if (code === undefined) throw new RemitError('code_invalid')
  const misuse = MISUSES.find(({ holds }) => holds(code, shown))
  if (misuse !== undefined)
    return { kind: 'misused', code, because: misuse.because, changes: code.usedMs === null ? [spend(code, nowMs)] : [] }
  if (nowMs >= code.expiresMs) throw new RemitError('code_invalid', { detail: 'The authorization code has expired.' })
  if ((shown.resource ?? code.resource) !== code.resource)
    throw new RemitError('target_invalid', { detail: 'The code was made for another resource.' })
  return { kind: 'holder', code, caller: await makeCaller(store, code, shown, nowMs) }
}

function spend(code: Kept<AuthorizationCode>, atMs: number): Change {
  return update('authorization_codes', code, { ...code, usedMs: atMs })
}

async function makeCaller(
  store: AuthenticateStore,
  code: Kept<AuthorizationCode>,
  { proof, proved }: ShownCode,
  nowMs: number,
): Promise<WorkloadCaller> {
  const [identity, binding] = await Promise.all([store.getIdentity(code.identityId), store.getBinding(code.bindingId)])
  if (identity === undefined || binding === undefined)
    throw new RemitError('store_damaged', { cause: new Error(`code ${code.id} has no identity or binding`) })
  if (proved !== undefined) {
    const changes = [spend(code, nowMs), ...proved.changes]
    return proveCaller<WorkloadCaller>({ ...proved, identity, binding, changes })
  }
  return proveCaller<WorkloadCaller>({
    kind: 'workload',
    identity,
    binding,
    strength: proof === undefined ? 'bearer' : 'key-bound',
    possession: proof === undefined ? null : { kind: 'jkt', thumbprint: proof.thumbprint },
    changes: [spend(code, nowMs), ...(proof?.changes ?? [])],
  })
}
