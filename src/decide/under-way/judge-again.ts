import type { AgentCaller } from '../../authenticate/caller.ts'
import type { CallBefore, Denial } from '../../contract/decision.ts'
import type { UsedFacts } from '../facts/fit-data.ts'
import { createLook } from '../facts/history.ts'
import { deny, denyByLaw, type Hearing } from '../hearing.ts'
import { describeAct, questions, readCallFacts, type WrittenArguments } from '../judge-call.ts'
import { ACT_LAWS, type ActFacts, sayNeeds } from '../laws/act.ts'
import { findBroken } from '../laws/law.ts'
import { askPolicies, type PolicyVerdict, weighCall } from '../policy/ask-policies.ts'
import { findAdded } from '../policy/obligation/own.ts'
import { refuseByPolicy } from '../policy/refuse-by-policy.ts'
import type { CallRequest } from '../requests.ts'
import { findNearActs } from '../reviewed/near-acts.ts'

/**
 * Judges a call that was permitted and is under way, as it would be judged now; null where it would be permitted. What it
 * counts itself, and what was counted since, is not held against it: it has been paid for. Nor is an approval that it took,
 * nor that its token ran out, as its task may have the next one.
 */
export async function judgeCallAgain(
  hearing: Hearing<'call'>,
  caller: AgentCaller,
  request: CallRequest,
  before: CallBefore,
): Promise<Denial<'call'> | null> {
  const { rule, facts: now } = await readCallFacts(hearing, caller, request, WRITTEN)
  const facts = restore(now, before)
  const broken = findBroken(ACT_LAWS, facts)
  if (broken !== undefined)
    return denyByLaw(hearing, broken, facts, UNRECORDED, {
      nearest: await findNearActs(hearing.store, broken, now),
    })
  const act = describeAct(facts, rule, caller, request, createLook(facts.history))
  const ask = (approved: boolean): PolicyVerdict =>
    askPolicies(hearing, questions(hearing, facts, { ...act, approved }))
  const { verdict, needs } = weighCall(ask, sayNeeds(facts))
  const no = refuseByPolicy(hearing, verdict, { used: UNRECORDED, supported: null })
  if (no !== null) return no
  const added = findAdded(before.obligations, verdict.obligations)
  if (added !== undefined)
    return deny(hearing, { code: 'denied', reasons: [added], facts: UNRECORDED, ask: SEND_AGAIN })
  if (needs.length === 0 || before.approved) return null
  return deny(hearing, { code: 'approval_required', reasons: needs, facts: UNRECORDED, ask: ASK_ANEW })
}

/** Nobody writes it down, so that it tells nothing of what the call was judged on. */
const UNRECORDED: UsedFacts = {}

/** They could be judged, and nothing looks at them as a text: large ones take a tenth of a second to write, each second. */
const WRITTEN: WrittenArguments = { argumentsText: '', argumentFault: null }
const SEND_AGAIN = { sentence: 'Send the call again.' }
const ASK_ANEW = { sentence: 'Send the call again, and a person is asked.' }

/** Puts back what is not held against the call. */
function restore(facts: ActFacts, { usages, acts, memory }: CallBefore): ActFacts {
  const links = facts.lineage.links.map((link) => ({
    ...link,
    usage: usages.find(({ taskId }) => taskId === link.task.id) ?? link.usage,
  }))
  const { standing, own } = facts.lineage
  const credential = standing.credential && { ...standing.credential, expiresMs: Number.POSITIVE_INFINITY }
  return {
    ...facts,
    lineage: { ...facts.lineage, links, own: links.at(-1) ?? own, standing: { ...standing, credential } },
    memory: { ...facts.memory, ranks: memory },
    history: { ...facts.history, acts },
    tolls: [],
  }
}
