/** Names of all signature algorithms that a proof may have (RFC 7518 section 3.1, RFC 8037, RFC 9864). None is symmetric. */
export const ALGORITHM_NAMES = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const
export type AlgorithmName = (typeof ALGORITHM_NAMES)[number]
