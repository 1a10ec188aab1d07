/** The server that a request is for. */
export interface MappedServer {
  readonly name: string
  /** Its address, which is the audience of the tokens for it. */
  readonly audience: string
}

/**
 * Gives the mapping of a method that no tool has declared one for (COAZ-MCP, draft 1, "Default Mappings"); undefined for
 * one that has none. The draft is older than `server/discover`, which asks what `initialize` asked; a tool is named with
 * its server, since there are several behind the gateway.
 */
export function defaultMapping(method: string, { name, audience }: MappedServer): object | undefined {
  const server = { type: 'mcp_server', id: audience }
  const evaluate = (resource: object, context: object = {}): object => ({
    evaluation: {
      subject: { type: 'identity', id: '$token.sub' },
      context: { agent: '$token.?client_id', ...context },
      action: { name: method },
      resource,
    },
  })
  const rows: Readonly<Record<string, () => object>> = {
    initialize: () => evaluate(server, { protocol_version: '$params.?protocolVersion' }),
    'server/discover': () => evaluate(server),
    'tools/list': () => evaluate(server),
    'tools/call': () => evaluate({ type: 'tool', id: `$'${name}/' + params.name` }),
  }
  return Object.hasOwn(rows, method) ? rows[method]?.() : undefined
}
