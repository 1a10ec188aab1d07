import type { Members } from '../enforce/tool-definition.ts'

/** Who answers: the gateway itself, never the server behind it, whose word about itself nobody has checked. */
export function serverInfo(version: string): Members {
  return { name: 'remit-gateway', title: 'Remit MCP gateway', version }
}
