import type { OAuthClientProvider } from '@modelcontextprotocol/client'

/** Where the answers of an application on a desk go. */
export const DESK_BACK = 'http://127.0.0.1:41414/callback'

/** The part of an MCP client that an application writes: it keeps what it is given, and opens the browser. */
export interface DeskProvider extends OAuthClientProvider {
  /** Where the browser was sent. */
  readonly asked: URL[]
  readonly kept: Map<string, unknown>
}

/** Makes that part for a client that brings a document about itself, or for one that was registered. */
export function makeProvider(
  who: { readonly clientMetadataUrl: string } | { readonly clientId: string },
): DeskProvider {
  const kept = new Map<string, unknown>()
  const asked: URL[] = []
  if ('clientId' in who) kept.set('client', { client_id: who.clientId })
  return {
    asked,
    kept,
    ...('clientMetadataUrl' in who ? who : {}),
    redirectUrl: DESK_BACK,
    clientMetadata: { client_name: 'Desk App', redirect_uris: [DESK_BACK], token_endpoint_auth_method: 'none' },
    state: () => 'state-of-the-desk',
    clientInformation: () => kept.get('client') as never,
    saveClientInformation: (value) => void kept.set('client', value),
    tokens: () => kept.get('tokens') as never,
    saveTokens: (value) => void kept.set('tokens', value),
    saveCodeVerifier: (value) => void kept.set('verifier', value),
    codeVerifier: () => String(kept.get('verifier')),
    discoveryState: () => kept.get('discovery') as never,
    saveDiscoveryState: (value) => void kept.set('discovery', value),
    redirectToAuthorization: (url) => void asked.push(url),
  }
}
