import type { Client } from '../../sdk/client.ts'
import type { LogEntry } from '../../sdk/nouns.ts'
import type { Command } from '../command.ts'
import { writeTime } from '../terminal.ts'

const PAGE = 200

/** Shows the policy version in force. */
export const POLICY_COMMAND: Command = {
  name: 'policy',
  sentence: 'Shows which policy version decides now, and since when.',
  arguments: [],
  options: [],
  run: async (_input, context) => {
    const found = await findPolicy(context.client())
    const lines =
      found === undefined
        ? ['No policy version stands in the log yet.']
        : [`${found.version}  since ${writeTime(found.atMs)}  #${found.index}`]
    return { data: { policy: found ?? null }, lines }
  },
}

interface PolicyInForce {
  readonly version: string
  readonly atMs: number
  readonly index: number
}

/** Reads the log backwards, a page at a time, to the newest entry that says a policy version came into force. */
async function findPolicy(client: Client): Promise<PolicyInForce | undefined> {
  const { size } = await client.entries.list({ limit: 1 })
  for (let end = size; end > 0; end -= PAGE) {
    const from = Math.max(0, end - PAGE)
    const { entries } = await client.entries.list({ from, limit: end - from })
    const newest = entries.findLast(({ entry }) => entry.kind === 'policy.loaded')
    if (newest !== undefined) return { version: versionOf(newest.entry), atMs: newest.entry.atMs, index: newest.index }
  }
  return undefined
}

function versionOf(entry: LogEntry): string {
  const { version } = entry.data
  return entry.policy ?? (typeof version === 'string' ? version : entry.subject.id)
}
