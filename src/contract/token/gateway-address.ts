/** Gives the address of a server behind the gateway: where agents call it, and the audience of tokens for it. */
export function gatewayAddress(publicUrl: string, server: string): string {
  return `${publicUrl}/mcp/${server}`
}

/** Gives where the house says of itself, or of a server behind the gateway, how one is let in (RFC 9728). */
export function metadataAddress(publicUrl: string, server: string | null): string {
  const own = `${publicUrl}/.well-known/oauth-protected-resource`
  return server === null ? own : gatewayAddress(own, server)
}

/** Gives the name of the server behind the gateway that an audience is of; null for the house itself. */
export function serverOfAudience(audience: string): string | null {
  return /\/mcp\/([^/]+)$/.exec(audience)?.[1] ?? null
}

/** True where an audience is the house itself, or a server behind its gateway: tokens for others are judged by those. */
export function isOwnDoor(publicUrl: string, audience: string): boolean {
  const server = serverOfAudience(audience)
  return audience === publicUrl || (server !== null && audience === gatewayAddress(publicUrl, server))
}
