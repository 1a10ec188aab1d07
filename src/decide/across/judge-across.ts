import { type ActionClass, rankClass } from '../../contract/action-class.ts'
import type { Change } from '../../contract/change.ts'
import type { Denial } from '../../contract/decision.ts'
import { INTEGRITIES } from '../../contract/label.ts'
import { rankSensitivity } from '../../contract/sensitivity.ts'
import { unique } from '../../ground/unique.ts'
import type { UsedFacts } from '../facts/fit-data.ts'
import {
  countAct,
  createLook,
  findCounted,
  guardHistory,
  type HistoryLook,
  readHistory,
  tellHistory,
} from '../facts/history.ts'
import { readInputs, tellInputs } from '../facts/inputs.ts'
import { guardLimits, payTolls, readTolls, tellTolls } from '../facts/tolls.ts'
import type { Hearing } from '../hearing.ts'
import { guardCall, judgeResources, labelsRead, questions, spendBudgets } from '../judge-call.ts'
import { ACT_LAWS, type ActFacts, APPROVAL_LAWS, isChange } from '../laws/act.ts'
import { findBroken, type Law } from '../laws/law.ts'
import { isPivot } from '../laws/pivot.ts'
import type { Lineage, Memory } from '../lineage.ts'
import type { ProofFacts } from '../policy/slice.ts'
import type { AcrossAsked } from '../requests.ts'
import { denyCounted } from '../reviewed/near-acts.ts'
import type { KnownLimits } from '../store.ts'

/** What a task may let be done elsewhere: what was asked, as far as every law of an act lets it. */
export interface AcrossGranted {
  readonly resource: string
  readonly scopes: readonly string[]
  /** What these are here, each class once. */
  readonly classes: readonly ActionClass[]
  /** What the policies are asked, beside what they are asked of the token. */
  readonly asks: ReturnType<typeof questions>
  /** Guards of what it rests on, and what it takes of the budget: as one act does, as nobody here sees what is done there. */
  readonly changes: readonly Change[]
  /** What the entry says of what that costs, and when it was weighed. */
  readonly told: UsedFacts
}

/** An act that somebody elsewhere will permit is held to what a person would be asked about here: there nobody asks them. */
const LAWS: readonly Law<ActFacts>[] = [...ACT_LAWS, ...APPROVAL_LAWS.map(refuseUnasked)]

/** Whoever were told to wait for a yes would wait for ever. What a person might widen a task by lies outside of it. */
function refuseUnasked(law: Law<ActFacts>): Law<ActFacts> {
  const outside = isPivot(law) ? ACT_LAWS.find(({ rule }) => rule === 'law:scope') : undefined
  return { ...law, code: 'denied', ask: () => UNASKED, ...outside, holds: law.holds }
}

const UNASKED =
  'Nobody is asked about what is done in another domain: do it here, or have its owner propose an entitlement that asks nobody.'

/**
 * Judges what a token for another domain lets be done there, as if it were done here: each scope is an act of its class on the
 * resource. What one law refuses is left out; a denial where nothing is left. The answers of another domain are taken for
 * untrusted content that is as sensitive as the resource is.
 */
export async function judgeAcross(
  hearing: Hearing<'token'>,
  lineage: Lineage,
  asked: AcrossAsked,
  on: { readonly memory: Memory; readonly proof: ProofFacts; readonly used: UsedFacts },
): Promise<AcrossGranted | Denial<'token'>> {
  // the budget is that of the gravest, in whichever order somebody configured them
  const classes = unique(Object.values(asked.scopes)).toSorted((a, b) => rankClass(a) - rankClass(b))
  const { acts, look, limits } = await readActs(hearing, { lineage, memory: on.memory }, asked.resource, classes)
  const broken = acts.map((facts) => findBroken(LAWS, facts))
  const open = acts.filter((_, at) => broken[at] === undefined)
  const [facts, law] = [acts[0], broken[0]]
  if (open.length === 0 && facts !== undefined && law !== undefined)
    return await denyCounted(hearing, law, facts, on.used)
  const act = { server: '', resultUntrusted: true, approved: false, proof: on.proof, tags: NO_TAGS }
  const told = { inputs: tellInputs(readInputs({})) }
  const gravest = open.at(-1)
  return {
    resource: asked.resource,
    scopes: Object.entries(asked.scopes).flatMap(([scope, each]) =>
      open.some(({ actionClass }) => actionClass === each) ? [scope] : [],
    ),
    classes: open.map(({ actionClass }) => actionClass),
    asks: open.flatMap((each) =>
      questions(hearing, each, { ...act, ...told, ...nameOf(each), history: tellHistory(each.history, look) }),
    ),
    changes: [
      ...open.flatMap((each) => guardCall(each, undefined)),
      ...(gravest === undefined
        ? []
        : [...guardHistory(gravest.history, look), ...countOnce(open, gravest, hearing.atMs)]),
      guardLimits(limits),
      ...payOnce(open),
    ],
    told: tellTolls(once(open.flatMap(({ tolls }) => tolls)), hearing.atMs),
  }
}

/** One token is one act, of the gravest of its classes, and counts under each. */
function countOnce(open: readonly ActFacts[], gravest: ActFacts, atMs: number): readonly Change[] {
  const names = open.map(({ name }) => name)
  return [
    ...spendBudgets(gravest, labelsRead(gravest, undefined), false),
    ...countAct(gravest.history, findCounted(gravest.history, names, gravest.resources), atMs),
  ]
}

function ranksAfter({ ranks }: Memory, resources: ActFacts['resources']): Memory['ranks'] {
  const read = resources.map(({ sensitivity }) => rankSensitivity(sensitivity))
  return {
    confidentiality: Math.max(ranks.confidentiality, ...read),
    integrity: Math.max(ranks.integrity, INTEGRITIES.indexOf('untrusted')),
  }
}

/** A limit under which several classes fall counts one act, as the budget does: nobody here sees which of them is done there. */
function payOnce(open: readonly ActFacts[]): readonly Change[] {
  return once(open.flatMap(({ tolls }) => payTolls(tolls)))
}

const once = <T>(all: readonly T[]): readonly T[] => [
  ...new Map(all.map((each) => [JSON.stringify(each), each])).values(),
]

const NO_TAGS = { identity: {}, resource: {}, asked: {} }
const nameOf = ({ name, actionClass }: ActFacts): Pick<ActFacts, 'name' | 'actionClass'> => ({ name, actionClass })

async function readActs(
  hearing: Hearing,
  { lineage, memory }: Pick<ActFacts, 'lineage' | 'memory'>,
  resource: string,
  classes: readonly ActionClass[],
): Promise<{ readonly acts: readonly ActFacts[]; readonly look: HistoryLook; readonly limits: KnownLimits }> {
  const { store } = hearing
  const [known, limits] = await Promise.all([store.resourceRules(), store.limits()])
  const resources = judgeResources(known.rules, [resource])
  const history = await readHistory(hearing, lineage.own.task.rootId, resources, true)
  // what one grant lets be read and changed may be changed after it was read: nobody here sees in which order
  const afterReading = classes.includes('read') ? ranksAfter(memory, resources) : memory.ranks
  const acts = classes.map(async (actionClass): Promise<ActFacts> => {
    const costing = { lineage, rule: undefined, arguments: {}, name: actionClass, actionClass, limits: limits.rules }
    return {
      lineage,
      memory: isChange(actionClass) ? { ...memory, ranks: afterReading } : memory,
      name: actionClass,
      actionClass,
      isAsked: false,
      tool: 'known',
      argumentFault: null,
      targetFault: null,
      resources,
      history,
      tolls: await readTolls(store, costing),
      catalogue: known.catalogue,
    }
  })
  return { acts: await Promise.all(acts), look: createLook(history), limits }
}
