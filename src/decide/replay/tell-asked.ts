import { type Change, insert } from '../../contract/change.ts'
import type { JsonObject } from '../../contract/log-entry.ts'
import { canonicalJson } from '../../ground/canonical-json.ts'
import { nameQuestions } from '../../ground/digest.ts'
import type { Ids } from '../../ground/ids.ts'
import { fitsInJson } from '../../ground/json-size.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { Asked } from '../policy/ask-policies.ts'
import { holdsPersonal, keepQuestions } from './keep-questions.ts'

/**
 * Adds what the policies were asked to the data of an entry, or beside it in a payload, salted, where the entry has no
 * room left or it holds what may be about a person.
 */
export function tellAsked(
  { atMs, ids }: { readonly atMs: number; readonly ids: Ids },
  asked: Asked,
  data: JsonObject,
): { readonly data: JsonObject; readonly beside: readonly Change[] } {
  const questions = keepQuestions(asked, atMs, data)
  const told = { ...data, questions } as unknown as JsonObject // the form of kept questions is JSON
  const isPersonal = asked.isPersonal === true || holdsPersonal(asked.questions)
  if (!isPersonal && fitsInJson(told, LIMITS.decisionDataBytesMax)) return { data: told, beside: [] }
  const [salt, body] = [ids.secret(16), canonicalJson(questions)]
  const id = nameQuestions(salt, body)
  return { data: { ...data, questions: { beside: id } }, beside: [insert('payloads', { id, salt, body })] }
}
