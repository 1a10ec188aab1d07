import type { LogEntry } from '../contract/log-entry.ts'
import { findErred } from '../contract/policy.ts'
import { isMembers, parseJson } from '../contract/read-entry.ts'
import { digestText } from '../ground/digest.ts'
import type { ExplainedRule } from './explanation.ts'
import type { PolicyTexts } from './store.ts'

/**
 * Gives the rules that an entry names, with text and place of each in the policy set of that time; where a policy could not be
 * evaluated, those of this policy.
 */
export async function explainRules(texts: PolicyTexts, entry: LogEntry): Promise<readonly ExplainedRule[]> {
  const set = readSet(await readPolicyText(texts, entry))
  return reasonsOf(entry).flatMap((reason) => {
    const { rule, sentence } = isMembers(reason) ? reason : {}
    if (typeof rule !== 'string' || typeof sentence !== 'string') return []
    const id = rule === 'policy:error' ? (findErred(sentence) ?? rule) : rule
    return [{ rule, sentence, text: findText(set.texts, id), ...placeOf(findText(set.places, id)) }]
  })
}

/** The entry of a policy that failed names it, and says how, in words of its own. */
function reasonsOf({ kind, data }: LogEntry): readonly unknown[] {
  if (kind === 'policy.faulted') return [{ rule: data['policyId'], sentence: data['sentence'] }]
  return Array.isArray(data['reasons']) ? data['reasons'] : []
}

async function readPolicyText(texts: PolicyTexts, { policy }: LogEntry): Promise<string | null> {
  const text = policy === undefined ? null : await texts.readPolicyText(policy)
  return text !== null && digestText(text) === policy ? text : null
}

type ById = Readonly<Record<string, unknown>>

/** The text of a policy set is JSON that holds each policy, and where it stood, under its id. An older one has no places. */
function readSet(text: string | null): { readonly texts: ById; readonly places: ById } {
  const set = text === null ? null : parseJson(text)
  const { texts, places } = isMembers(set) ? set : {}
  return { texts: isMembers(texts) ? texts : {}, places: isMembers(places) ? places : {} }
}

function findText(byId: ById, rule: string): string | null {
  const text = Object.hasOwn(byId, rule) ? byId[rule] : null
  return typeof text === 'string' ? text : null
}

function placeOf(place: string | null): Pick<ExplainedRule, 'file' | 'line'> {
  const [, file, line] = /^(.+):(\d{1,9})$/s.exec(place ?? '') ?? []
  return file === undefined ? { file: null, line: null } : { file, line: Number(line) }
}
