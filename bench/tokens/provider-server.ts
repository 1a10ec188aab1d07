import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Provider } from 'oidc-provider'
import { makeKeyPair } from '../../src/ground/key-pair.ts'

// An authorization server of others: client credentials with `private_key_jwt`, JWT access tokens signed with ES256, all
// of it in memory. The public key of its one client is the word on the command line.
const clientKey = JSON.parse(process.argv[2] ?? '{}') as object
const server = createServer()
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  const issuer = `http://127.0.0.1:${port}`
  const provider = new Provider(issuer, {
    jwks: {
      keys: [{ ...makeKeyPair('ES256').privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig', kid: 'one' }],
    },
    clients: [
      {
        client_id: 'bench',
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
        id_token_signed_response_alg: 'ES256',
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_signing_alg: 'ES256',
        jwks: { keys: [{ ...clientKey, alg: 'ES256', use: 'sig' }] },
      },
    ],
    clientAuthMethods: ['private_key_jwt'],
    ttl: { ClientCredentials: 300 },
    enabledJWA: { clientAuthSigningAlgValues: ['ES256'] },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({
          scope: '',
          audience: 'bench',
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
  })
  server.on('request', provider.callback())
  process.stdout.write(`${JSON.stringify({ event: 'listening', url: issuer })}\n`)
})
