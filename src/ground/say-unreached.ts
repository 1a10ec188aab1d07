const UNTRUSTED = 'the authority of its certificate is not trusted here; NODE_EXTRA_CA_CERTS names one more'

/** What the platform's codes say of a server that cannot be reached. */
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was reset',
  ENOTFOUND: 'there is no host of this name',
  EAI_AGAIN: 'the name of the host cannot be looked up',
  EHOSTUNREACH: 'the host cannot be reached',
  ETIMEDOUT: 'the host does not answer',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is that of another host',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS',
}

/** Says in a few words why a server cannot be reached; undefined where the platform gives no code that is known. */
export function sayUnreached(cause: unknown, reasons = REASONS): string | undefined {
  const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
  return Object.hasOwn(reasons, code) ? reasons[code] : undefined
}
