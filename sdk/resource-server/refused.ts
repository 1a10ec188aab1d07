/** What a refusal is called on the wire: RFC 6750 section 3.1, RFC 9449 section 7.1; the last where nobody could be asked. */
export type RefusalCode =
  | 'token_missing'
  | 'invalid_token'
  | 'invalid_dpop_proof'
  | 'use_dpop_nonce'
  | 'temporarily_unavailable'

const STATUS: Readonly<Record<RefusalCode, 401 | 503>> = {
  token_missing: 401,
  invalid_token: 401,
  invalid_dpop_proof: 401,
  use_dpop_nonce: 401,
  temporarily_unavailable: 503,
}

/** Why a request with a token is not taken. `detail` is a sentence for whoever sent it, and holds nothing of the token. */
export class TokenRefused extends Error {
  readonly code: RefusalCode
  /** HTTP status of the answer. */
  readonly status: 401 | 503
  readonly detail: string
  /** With `use_dpop_nonce`: what the answer has to say as `DPoP-Nonce`, and the next proof has to hold. */
  readonly nonce: string | undefined

  constructor(code: RefusalCode, detail: string, cause?: unknown, nonce?: string) {
    super(`${code}: ${detail}`, { cause })
    this.name = 'TokenRefused'
    this.code = code
    this.status = STATUS[code]
    this.detail = detail
    this.nonce = nonce
  }
}

/** Refuses a token. */
export function refuseToken(detail: string, cause?: unknown): never {
  throw new TokenRefused('invalid_token', detail, cause)
}

/** Refuses a proof of possession. */
export function refuseProof(detail: string, cause?: unknown): never {
  throw new TokenRefused('invalid_dpop_proof', detail, cause)
}
