import { isMembers } from '../../contract/read-entry.ts'
import type { Members } from '../tool-definition.ts'

/** These say which trace a call belongs to, and nothing of who makes it (W3C Trace Context); `baggage` may say anything. */
const TRACE = ['traceparent', 'tracestate']
/** Of the protocol, which each side of the gateway speaks for itself, and in our own name. */
const OWN_META = /^(progressToken$|io\.modelcontextprotocol\/|dev\.remit\/)/

/**
 * Gives what goes on to a server of the `_meta` that came with a call: the trace, and the members that its row lists.
 * Nothing else: an agent writes it freely, no decision looks at it, and a server may take it for who is asking.
 */
export function passOnMeta(meta: unknown, listed: readonly string[]): { readonly _meta?: Members } {
  if (!isMembers(meta)) return {}
  const kept = Object.entries(meta).filter(
    ([name, value]) =>
      !OWN_META.test(name) && (listed.includes(name) || (TRACE.includes(name) && typeof value === 'string')),
  )
  return kept.length === 0 ? {} : { _meta: Object.fromEntries(kept) }
}
