import type { JsonObject, LogEntry } from '../../contract/log-entry.ts'
import { isMembers } from '../../contract/read-entry.ts'
import { membersIn } from '../../contract/told/data.ts'
import { answerQuestion, outcomeOf } from '../../decide/domain/answer-domain.ts'
import { reaskDomain, type SaidNames } from '../../decide/domain/ask-domain.ts'
import type { Domain } from '../../decide/domain/domain.ts'
import { isUnasked, type Redecided, readAsked } from '../../decide/replay/redecide.ts'
import { type NotAgain, type Replaying, type ReplayParts, readTold } from './replay-log.ts'

/** How decisions of a domain are made again by this one, which may keep other entities. */
export function domainReplaying(house: ReplayParts, candidate: Domain): Replaying {
  return {
    domain: candidate.name,
    version: candidate.version,
    decideAgain: (entry) => decideAgain(house, candidate, entry),
    findUnkept: () => Promise.resolve([]), // of a domain all that a question held is kept
  }
}

async function decideAgain(
  house: ReplayParts,
  candidate: Domain,
  { data, policy }: LogEntry,
): Promise<Redecided | NotAgain | 'law'> {
  const asked = membersIn(data, 'asked')
  const said = readSaid(membersIn(asked, 'said'))
  const [first] = Array.isArray(data['reasons']) ? (data['reasons'] as readonly unknown[]) : []
  // what had no form in the words of the domain was never asked
  if (isMembers(first) && (first['rule'] === 'domain:type' || first['rule'] === 'domain:attribute')) return 'schema'
  return await readTold(house, data, (told) => {
    const [question] = readAsked(told).questions
    if (question === undefined || said === null) return 'broken'
    const supported = asked['supported'] ?? question.context['supported_obligations']
    const again = outcomeOf(answerQuestion(candidate, reaskDomain(candidate, question, said), supported))
    return policy !== candidate.version && isUnasked(again) ? 'schema' : again
  })
}

/** By which names the request said more; null where the entry had no room for all of them. */
function readSaid({ subject, resource }: JsonObject): SaidNames | null {
  return isTexts(subject) && isTexts(resource) ? { subject, resource } : null
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}
