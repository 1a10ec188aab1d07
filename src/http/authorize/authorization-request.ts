import { ACTION_CLASSES } from '../../contract/action-class.ts'
import { matchRedirect } from '../../contract/register/redirect-uri.ts'
import { gatewayAddress } from '../../contract/token/gateway-address.ts'
import type { FoundClient } from '../../flow/consent/find-client.ts'
import type { ConsentAsk } from '../../flow/consent/prepare-consent.ts'
import type { House } from '../../flow/house.ts'
import { RemitError } from '../../ground/errors.ts'

/** The parameters of an authorization request (RFC 6749 section 4.1.1), each once; what is not known is left out. */
export type AuthorizationQuery = Readonly<Record<string, string>>

const CHALLENGE = /^[A-Za-z0-9_-]{43}$/
const THUMBPRINT = /^[A-Za-z0-9_-]{43}$/

/** What would change the meaning of a request, and is not heard here: it is refused, so that nobody believes it was. */
const UNHEARD: Readonly<Record<string, string>> = {
  request: 'request_not_supported',
  request_uri: 'request_uri_not_supported',
  registration: 'registration_not_supported',
  authorization_details: 'invalid_authorization_details',
}

/** Gives the address that the answer goes to. Until it is known for certain nobody is sent anywhere. Error: `redirect_invalid`. */
export function readRedirect({ redirectUris }: FoundClient, query: AuthorizationQuery): string {
  const uri = matchRedirect(redirectUris, query['redirect_uri'])
  if (uri === undefined) throw new RemitError('redirect_invalid')
  return uri
}

/**
 * Reads what is asked for. PKCE is required, and by S256 (RFC 7636; OAuth 2.1). Errors, all of which go back to the
 * client: `response_unsupported`, `request_invalid`, `target_invalid`.
 */
export function readAsk(house: House, client: FoundClient, redirectUri: string, query: AuthorizationQuery): ConsentAsk {
  const unheard = Object.keys(UNHEARD).find((name) => query[name] !== undefined)
  if (unheard !== undefined)
    throw new RemitError('request_invalid', {
      detail: `The parameter ${unheard} is not taken here.`,
      oauth: UNHEARD[unheard] ?? 'invalid_request',
    })
  if (query['response_type'] !== 'code') throw new RemitError('response_unsupported')
  if ((query['response_mode'] ?? 'query') !== 'query') throw invalid('response_mode can be query alone.')
  const { code_challenge: challenge, code_challenge_method: method, dpop_jkt: keyThumbprint } = query
  if (challenge === undefined || method !== 'S256' || !CHALLENGE.test(challenge))
    throw invalid('PKCE is required: a code_challenge, and the code_challenge_method S256.')
  if (keyThumbprint !== undefined && !THUMBPRINT.test(keyThumbprint))
    throw invalid('dpop_jkt is the SHA-256 thumbprint of a key, in base64url.')
  const server = readServer(house, client, query['resource'])
  return {
    redirectUri,
    challenge,
    server,
    resource: gatewayAddress(house.publicUrl, server),
    wanted: readWanted(query['scope'] ?? ''),
    keyThumbprint: keyThumbprint ?? null,
  }
}

/** RFC 8707: one server behind the gateway, and never the house. Without it, that of the client, where it has one. */
function readServer(house: House, client: FoundClient, resource: string | undefined): string {
  const asked = house.servers.find(({ name }) =>
    resource === undefined ? name === client.server : resource === gatewayAddress(house.publicUrl, name),
  )
  if (asked === undefined)
    throw new RemitError('target_invalid', { detail: 'resource must be the address of a server behind this gateway.' })
  return asked.name
}

/** A scope is a class of actions. What is none is left out, and the answer says what was granted (RFC 6749 section 3.3). */
function readWanted(scope: string): ConsentAsk['wanted'] {
  const words = new Set(scope.split(' '))
  return ACTION_CLASSES.filter((each) => words.has(each))
}

function invalid(detail: string): RemitError {
  return new RemitError('request_invalid', { detail })
}
