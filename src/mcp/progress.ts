import { isMembers } from '../contract/read-entry.ts'
import type { Members } from '../enforce/tool-definition.ts'
import { LIMITS } from '../ground/limits.ts'
import type { Exchange } from './exchange.ts'

/**
 * Gives what passes the progress of a call on to a client that asked for it. Two numbers go through, rising as MCP
 * wants them, and no text: whatever a server says beside its result, no budget of bytes would count.
 */
export function passProgress({ params, emit }: Exchange): ((said: Members) => void) | undefined {
  const progressToken = isMembers(params['_meta']) ? params['_meta']['progressToken'] : undefined
  if (typeof progressToken !== 'string' && typeof progressToken !== 'number') return undefined
  let passed = 0
  let last = Number.NEGATIVE_INFINITY
  return ({ progress, total }) => {
    if (!isNumber(progress) || progress <= last || passed >= LIMITS.progressPerCallMax) return
    passed++
    last = progress
    const numbers = isNumber(total) ? { progress, total } : { progress }
    emit({ jsonrpc: '2.0', method: 'notifications/progress', params: { ...numbers, progressToken } })
  }
}

function isNumber(value: unknown): value is number {
  return Number.isFinite(value)
}
