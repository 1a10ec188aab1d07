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

/** Who may come from elsewhere to a door: pages of any origin, or of this one, which the configuration names. */
export type Welcome = '*' | (string & {})

/** What an answer says to a page of another origin: whom it may be read by, and which of its headers. Never with cookies. */
export function openTo(welcome: Welcome): Readonly<Record<string, string>> {
  return {
    'access-control-allow-origin': welcome,
    ...(welcome === '*' ? {} : { vary: 'origin' }),
    'access-control-expose-headers': 'dpop-nonce, www-authenticate, retry-after, mcp-session-id',
  }
}

/** What it says to the question that browsers ask before (a preflight); `methods` are those of the address. */
export function allowAhead(welcome: Welcome, methods: readonly string[]): Readonly<Record<string, string>> {
  return {
    ...openTo(welcome),
    'access-control-allow-methods': methods.join(', '),
    'access-control-allow-headers':
      'authorization, content-type, dpop, mcp-protocol-version, mcp-session-id, mcp-method, mcp-name, last-event-id',
    'access-control-max-age': '600',
  }
}

/**
 * Says who of a page's origin may come to a door; null where nobody. The gateway takes nothing that travels by itself, and
 * still it is open to the origins of the configuration alone: a page that rebinds a name to us would else have a way in
 * (MCP transports, "Security Warning").
 */
export function welcomeAt(
  row: Pick<Route, 'name'>,
  origin: string | undefined,
  browserOrigins: readonly string[],
): Welcome | null {
  if (OPEN_ROWS.has(row.name)) return '*'
  return row.name === 'callServer' && origin !== undefined && browserOrigins.includes(origin) ? origin : null
}
