import type { LogEntry } from '../contract/log-entry.ts'
import { ownDomain } from '../contract/policy.ts'
import { isMembers } from '../contract/read-entry.ts'
import { countIn, textIn, textsIn } from '../contract/told/data.ts'
import type { LogSearch } from './cards/search.ts'
import type { ExplainedVersion } from './explanation.ts'
import { openEntry } from './read-log.ts'

/**
 * Says by which version of the policies an entry was decided: by the one that had brought its set into force last, as that
 * was told, and who had published it. Null where it was decided by none, and of what is told of policies themselves.
 */
export async function explainVersion(
  search: LogSearch,
  index: number,
  entry: LogEntry,
  domain: string | null,
): Promise<ExplainedVersion | null> {
  const { policy, kind } = entry
  if (policy === undefined || kind.startsWith('policy.')) return null
  const sets = await readAbout(search, policy, index)
  const brought = sets.findLast(
    (each) => each.policy === policy && (textIn(each.data, 'domain') ?? ownDomain) === (domain ?? ownDomain),
  )
  const number = countIn(brought?.data ?? {}, 'number')
  if (brought === undefined || number === null) return null
  const { id } = brought.subject
  const published = (await readAbout(search, id, index)).findLast(
    (each) => each.kind === 'policy.published' && each.subject.id === id,
  )
  const data = published?.data ?? {}
  const approved = Array.isArray(data['approvedBy']) ? data['approvedBy'] : []
  return {
    number,
    publishedBy: textsIn(data, 'requestedBy'),
    approvedBy: approved.flatMap((each: unknown) => {
      const person = isMembers(each) ? each['person'] : null
      return typeof person === 'string' ? [person] : []
    }),
    reason: textIn(data, 'reason') ?? '',
  }
}

/** The entries that brought policies into force, of one version or of one digest. */
async function readAbout(search: LogSearch, name: string, index: number): Promise<readonly LogEntry[]> {
  const found: LogEntry[] = []
  for await (const placed of search.read('told', [name], 0, index))
    if (placed.text.includes(JSON.stringify(name))) found.push(openEntry(placed))
  return found.filter(({ kind }) => kind === 'policy.loaded' || kind === 'policy.published')
}
