import type { Denial } from '../../contract/decision.ts'
import type { UsedFacts } from '../facts/fit-data.ts'
import { deny, type Hearing } from '../hearing.ts'
import { countPivot, isPivot } from '../laws/pivot.ts'
import { type AskedForCall, askForCall } from './ask-for-call.ts'

/**
 * Holds a call for a person. A pivot is counted with its question, and not again while people are asked; with the last
 * one that the task may make, nobody is asked any more.
 */
export async function holdCall(
  hearing: Hearing<'call'>,
  held: AskedForCall,
  used: UsedFacts,
  uncovered: string | null,
): Promise<Denial<'call'>> {
  const denial = await askForCall(hearing, held, used, uncovered)
  const isPut = denial.changes.some((change) => change.op === 'insert' && change.table === 'approvals')
  const isRepeated = denial.ask?.approvalId !== undefined && !isPut
  if (isRepeated || !held.needs.some(isPivot)) return denial
  const { changes, spent } = countPivot(held.lineage)
  if (spent.length === 0) return { ...denial, changes: [...denial.changes, ...changes] }
  return deny(hearing, {
    code: 'scope_exceeded',
    reasons: held.needs,
    asked: held.verdict.asked,
    facts: used,
    ask: { sentence: 'Open a task whose scope has what it needs.' },
    changes,
    spent,
  })
}
