import type { PersonCaller } from '../../authenticate/caller.ts'
import { ACTION_CLASSES, type ActionClass } from '../../contract/action-class.ts'
import { ownDomain } from '../../contract/policy.ts'
import type { ToolRule } from '../../contract/register/purpose.ts'
import { findToolsNamed } from '../../decide/policy/cover/find-tools-named.ts'
import { findUnreachable } from '../../decide/policy/cover/find-unreachable.ts'
import { LIMITS } from '../../ground/limits.ts'
import { requireRole } from '../../register/require-role.ts'
import type { RegisterStore } from '../../register/store.ts'
import { allRowsOf } from '../all-rows.ts'
import type { House } from '../house.ts'
import { visitDecisions } from '../replay/visit-decisions.ts'
import type { PolicyFault } from './policy-faults.ts'
import { policiesOf } from './publish-policies.ts'
import { requireStanding } from './standing.ts'

/** What the policies that decide now reach, and what of them was ever of use. */
export interface PolicyCoverage extends Counted {
  /** Tools (`server/tool`) that are offered and that nobody has reviewed: they are closed. */
  readonly unreviewed: readonly string[]
  /** Reviewed tools that no policy can permit, and why. */
  readonly unreachable: readonly { readonly tool: string; readonly because: string }[]
  /** Tools that a policy names and that nobody has reviewed: perhaps misspelt. What it says of them holds nobody back. */
  readonly unknown: readonly { readonly policy: string; readonly tool: string }[]
  /** Faults that showed since the start of the server. */
  readonly faults: readonly PolicyFault[]
}

/** How often policies decided. */
export interface Counted {
  /** Every policy, with how many of the decisions that were counted it decided. */
  readonly rules: readonly { readonly id: string; readonly hits: number; readonly lastEntry: number | null }[]
  /** Which part of the log was counted, `to` exclusive: the newest. */
  readonly counted: { readonly from: number; readonly to: number }
}

/** Holds the policies against the tools that there are, and against what was decided. Errors: `role_missing`. */
export async function coverPolicies(house: House, caller: PersonCaller): Promise<PolicyCoverage> {
  requireRole(caller.person, ['admin', 'auditor'])
  const policies = await policiesOf(house, await requireStanding(house.register))
  const [offered, rules, counted] = await Promise.all([
    listOffered(house),
    listRules(house.register),
    countHits(
      house,
      policies.map(({ id }) => id),
    ),
  ])
  const reviewed = new Set(rules.map(nameTool))
  const closedClasses = new Map(ACTION_CLASSES.map((each) => [each, findUnreachable(policies, each)]))
  return {
    unreviewed: offered.filter((tool) => !reviewed.has(tool)),
    unreachable: rules.flatMap((rule) => {
      const because = whyClosed(rule, closedClasses)
      return because === null ? [] : [{ tool: nameTool(rule), because }]
    }),
    unknown: policies.flatMap(({ id, json }) =>
      findToolsNamed(json)
        .filter((tool) => !reviewed.has(tool))
        .map((tool) => ({ policy: id, tool })),
    ),
    faults: house.policies.faults.seen().filter(({ domain }) => domain === ownDomain),
    ...counted,
  }
}

function nameTool({ server, tool }: Pick<ToolRule, 'server' | 'tool'>): string {
  return `${server}/${tool}`
}

async function listOffered({ servers }: House): Promise<readonly string[]> {
  const looked = await Promise.all(servers.map(async ({ name, look }) => ({ name, tools: (await look()).tools })))
  return looked.flatMap(({ name, tools }) => tools.map((tool) => nameTool({ server: name, tool: tool.name }))).sort()
}

async function listRules(register: RegisterStore): Promise<readonly ToolRule[]> {
  const rules: ToolRule[] = []
  for await (const rule of allRowsOf('tool_rules', (page) => register.toolRules(page))) rules.push(rule)
  return rules
}

function whyClosed(
  { actionClass, state }: ToolRule,
  closedClasses: ReadonlyMap<ActionClass, string | null>,
): string | null {
  if (state === 'quarantined') return 'it changed since it was reviewed, and waits for a new review'
  return closedClasses.get(actionClass) ?? null
}

/** Counts how often each of these rules decided, among the newest decisions of a domain. */
export async function countHits(house: Pick<House, 'log'>, ids: readonly string[], domain?: string): Promise<Counted> {
  const hits = new Map(ids.map((id) => [id, { hits: 0, lastEntry: null as number | null }]))
  const from = Math.max(0, house.log.head().size - LIMITS.replayEntriesMax)
  const { to } = await visitDecisions(
    house,
    { sinceMs: 0, untilMs: null, from, ...(domain === undefined ? {} : { domain }) },
    (index, { data }) => {
      const said: unknown = data['reasons']
      for (const reason of Array.isArray(said) ? (said as unknown[]) : []) {
        const { rule } = (reason ?? {}) as { readonly rule?: unknown }
        const hit = typeof rule === 'string' ? hits.get(rule) : undefined
        if (hit === undefined) continue
        hit.hits += 1
        hit.lastEntry = index
      }
    },
  )
  return { rules: [...hits].map(([id, hit]) => ({ id, ...hit })), counted: { from, to } }
}
