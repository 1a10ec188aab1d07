import type { Route } from '../route.ts'

/**
 * What clients in the pages of others need to find the way and to get a token (Fetch, "CORS protocol"): documents that anyone
 * may read, and the one door that no cookie opens. Never what asks or tells a person.
 */
const OPEN_ROWS: ReadonlySet<string> = new Set([
  'authorizationServer',
  'authorizationServerAt',
  'openidConfiguration',
  'openidConfigurationAt',
  'protectedResourceAt',
  'protectedResource',
  'protectedServer',
  'listKeys',
  'describeDetails',
  'readStatusList',
  'issueToken',
])

/** What an answer says to a page of another origin: whom it may be read by, and which of its headers. */
export const CROSS_ORIGIN: Readonly<Record<string, string>> = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'dpop-nonce, www-authenticate, retry-after',
}

/** What it says to the question that browsers ask before (a preflight); `methods` are those of the address. */
export function allowAhead(methods: readonly string[]): Readonly<Record<string, string>> {
  return {
    ...CROSS_ORIGIN,
    'access-control-allow-methods': methods.join(', '),
    'access-control-allow-headers': 'authorization, content-type, dpop, mcp-protocol-version',
    'access-control-max-age': '600',
  }
}

/** True where pages of any origin may come. */
export function isOpenToOrigins(row: Pick<Route, 'name'>): boolean {
  return OPEN_ROWS.has(row.name)
}
