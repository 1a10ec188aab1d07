import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { isMembers } from '../../sdk/members.ts'
import type { StandardFetch } from '../../sdk/token-fetch.ts'
import { StoryError } from './story-error.ts'

/** What became of a tool call, as the agent sees it. */
export type CallOutcome =
  | { readonly isPermitted: true; readonly text: string; readonly entry: number }
  | {
      readonly isPermitted: false
      readonly code: string
      readonly sentence: string
      readonly ask: string
      readonly approvalId: string | undefined
      readonly entry: number
    }

/** An MCP session through the gateway, held by the official client. */
export interface Gateway {
  readonly version: string
  list(): Promise<readonly string[]>
  call(tool: string, args: Readonly<Record<string, unknown>>, onProgress?: () => void): Promise<CallOutcome>
  close(): Promise<void>
}

/** Connects the official client; `send` shows the agent's token with each request. */
export async function connectGateway(url: string, name: string, send: StandardFetch): Promise<Gateway> {
  const client = new Client({ name, version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } })
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { fetch: send }))
  return {
    version: client.getNegotiatedProtocolVersion() ?? 'unknown',
    list: async () => (await client.listTools()).tools.map((tool) => tool.name),
    call: async (tool, args, onProgress) => {
      const options = onProgress === undefined ? {} : { onprogress: onProgress }
      return readOutcome(await client.callTool({ name: tool, arguments: { ...args } }, options))
    },
    close: () => client.close(),
  }
}

function readOutcome(result: { readonly content?: unknown; readonly _meta?: unknown }): CallOutcome {
  const meta = isMembers(result._meta) ? result._meta : {}
  const [permit, denial] = [meta['dev.remit/permit'], meta['dev.remit/denial']]
  if (isMembers(denial)) return readDenial(denial)
  if (isMembers(permit)) return { isPermitted: true, text: readText(result.content), entry: Number(permit['entry']) }
  throw new StoryError('A result came through the gateway without the entry that explains it.')
}

function readDenial(denial: Readonly<Record<string, unknown>>): CallOutcome {
  const reasons = Array.isArray(denial['reasons']) ? denial['reasons'].filter(isMembers) : []
  const ask = isMembers(denial['ask']) ? denial['ask'] : {}
  return {
    isPermitted: false,
    code: String(denial['code']),
    sentence: reasons.map((reason) => String(reason['sentence'])).join(' '),
    ask: typeof ask['sentence'] === 'string' ? ask['sentence'] : '',
    approvalId: typeof ask['approvalId'] === 'string' ? ask['approvalId'] : undefined,
    entry: Number(denial['entry']),
  }
}

function readText(content: unknown): string {
  const parts = Array.isArray(content) ? content.filter(isMembers) : []
  return parts.map((part) => (typeof part['text'] === 'string' ? part['text'] : '')).join('\n')
}
