/** How tokens are named in exchanges (RFC 8693 section 3). */
export const TOKEN_TYPES = {
  accessToken: 'urn:ietf:params:oauth:token-type:access_token',
  idToken: 'urn:ietf:params:oauth:token-type:id_token',
  idJag: 'urn:ietf:params:oauth:token-type:id-jag',
  txnToken: 'urn:ietf:params:oauth:token-type:txn_token',
  jwt: 'urn:ietf:params:oauth:token-type:jwt',
} as const
