import { describe, expect, it } from 'vitest'
import { LIMITS } from '../ground/limits.ts'
import type { Reply } from './upstream-connection.ts'
import { readTools } from './upstream-tools.ts'

/** A server whose pages each hold a tool that is described in so many characters. */
function listing(pages: number, chars: number) {
  let asked = 0
  const ask = (): Promise<Reply> => {
    asked += 1
    const tools = [{ name: `tool_${asked}`, description: 'x'.repeat(chars), inputSchema: { type: 'object' } }]
    return Promise.resolve({ result: { tools, ...(asked < pages ? { nextCursor: String(asked) } : {}) } })
  }
  return { ask, asked: () => asked }
}

describe('the tools of a server', () => {
  it('are read from all pages', async () => {
    expect([...(await readTools(listing(3, 10).ask)).keys()]).toEqual(['tool_1', 'tool_2', 'tool_3'])
  })

  it('are not kept, nor read on, where they come to more bytes than a list may have', async () => {
    const large = listing(20, LIMITS.toolListBytesMax / 4)
    await expect(readTools(large.ask)).rejects.toMatchObject({ code: 'upstream_unavailable' })
    expect(large.asked()).toBe(4)
  })
})
