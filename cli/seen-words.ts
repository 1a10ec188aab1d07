import type { IdentityShown } from '../sdk/answers.ts'
import type { Client } from '../sdk/client.ts'
import { isMembers } from '../sdk/members.ts'
import { quote } from '../sdk/quote.ts'

/** Says where a discovered identity was noted, and what it said of itself then, for whoever has to recognise it; else nothing. */
export async function readSeen(client: Client, { identity }: Pick<IdentityShown, 'identity'>): Promise<string> {
  if (identity.state !== 'discovered') return ''
  const { entry } = await client.entries.show(identity.entry)
  const { claims } = entry.data
  const said =
    entry.kind === 'identity.discovered' && isMembers(claims)
      ? Object.entries(claims).map(([name, value]) => `${name} ${quote.json(JSON.stringify(value))}`)
      : []
  const where = `in entry #${identity.entry}`
  return said.length === 0 ? where : `${where}; unchecked, it says of itself: ${said.join(', ')}`
}
