import { type AgentCaller, proveCaller } from '../../src/authenticate/caller.ts'
import type { Denial, Permit } from '../../src/contract/decision.ts'
import type { ToolRule } from '../../src/contract/register/purpose.ts'
import type { CallRequest } from '../../src/decide/requests.ts'
import { canonicalJson } from '../../src/ground/canonical-json.ts'
import { digestCall } from '../../src/ground/digest.ts'
import type { CallOutcome, McpHouse } from '../../src/mcp/house.ts'
import { markRecorded } from '../../src/record/recorded.ts'

const hourMs = 3_600_000

/** An agent in a task of its own, as if its token had been checked. */
export function makeCaller(taskId = 'tsk_one', endsMs = Date.now() + hourMs): AgentCaller {
  const kept = { version: 1, entry: 0 }
  return proveCaller<AgentCaller>({
    kind: 'agent',
    identity: {
      ...kept,
      id: 'idn_agent',
      name: 'docs-summariser',
      kind: 'agent',
      runtime: 'own',
      vendor: null,
      state: 'active',
      owner: 'psn_owner',
      sponsor: 'psn_sponsor',
      purpose: 'docs',
      autonomy: 'supervised',
      reach: 'team',
      tier: 'T1',
      tierReasons: [],
      requestedBy: null,
      authors: [],
      createdMs: 0,
      activatedMs: 0,
      rehearsedMs: 0,
      suspendedBecause: null,
    } as unknown as AgentCaller['identity'],
    task: {
      ...kept,
      id: taskId,
      identityId: 'idn_agent',
      parentId: null,
      rootId: taskId,
      chain: [{ identityId: 'idn_agent', name: 'docs-summariser', taskId }],
      purpose: 'docs',
      goal: 'summarise',
      ticket: null,
      scope: [],
      ceiling: 'internal',
      budget: { callsMax: 100, writesMax: 10, bytesMax: 1_000_000 },
      labels: { confidentiality: 'public', integrity: 'trusted' },
      delegationDepthLeft: 0,
      onBehalfOf: null,
      approvalId: null,
      bindingId: 'bnd_one',
      state: 'active',
      createdMs: 0,
      endsMs,
      endedMs: null,
      endedBecause: null,
    },
    credential: {
      ...kept,
      id: 'crd_one',
      kind: 'access_token',
      identityId: 'idn_agent',
      taskId,
      audience: 'http://127.0.0.1/mcp/docs',
      keyThumbprint: null,
      issuedMs: 0,
      expiresMs: endsMs,
      state: 'issued',
    },
    possession: null,
    changes: [],
  })
}

/** What the house of a test was told, in order. */
export interface Told {
  readonly calls: CallRequest[]
  readonly outcomes: CallOutcome[]
  readonly quarantined: string[]
  readonly refusals: string[]
}

/** A house that permits every tool but `denied`, through real records; `rules` may pin and quarantine. */
export interface TestHouse extends McpHouse {
  readonly told: Told
  readonly rules: Map<string, ToolRule>
  /** Set by a test to break the next step. */
  fault: { callTool?: Error; finishCall?: Error; changeDigest?: boolean }
}

export function makeHouse(tools: readonly string[], denied: readonly string[] = []): TestHouse {
  const rules = new Map(tools.map((tool) => [tool, makeRule(tool)]))
  const told: Told = { calls: [], outcomes: [], quarantined: [], refusals: [] }
  let index = 100
  const house: TestHouse = {
    told,
    rules,
    fault: {},
    readToolRules: () => Promise.resolve([...rules.values()]),
    readToolRule: (_, tool) => {
      const rule = rules.get(tool)
      return Promise.resolve(rule === undefined ? undefined : { ...rule, version: 1, entry: 0 })
    },
    judgeAgain: () => Promise.resolve(null),
    listTools: (_, __, names) => Promise.resolve(names.filter((name) => !denied.includes(name))),
    callTool: (caller, request) => {
      if (house.fault.callTool !== undefined) return Promise.reject(house.fault.callTool)
      told.calls.push(request)
      index++
      const rule = rules.get(request.tool)
      const isQuarantined = rule?.state === 'quarantined'
      if (rule === undefined || isQuarantined || denied.includes(request.tool)) {
        const code = isQuarantined ? 'tool_quarantined' : 'scope_exceeded'
        return Promise.resolve({ denied: markRecorded(makeDenial(code), index, 0) })
      }
      const argumentsText = canonicalJson(request.arguments)
      const judged = judgeBy(rule)
      const exact = { ...request, argumentsText, taskId: caller.task.id, policyVersion: 'test', judged }
      const digest = house.fault.changeDigest === true ? '0'.repeat(64) : digestCall(exact)
      return Promise.resolve({
        permitted: markRecorded(makePermit(caller, { ...rule, server: request.server }, digest), index, 0),
      })
    },
    findGrantable: () => Promise.resolve(null),
    askDomain: () => Promise.resolve({ no: null, version: null }),
    finishCall: (_, outcome) => {
      if (house.fault.finishCall !== undefined) return Promise.reject(house.fault.finishCall)
      told.outcomes.push(outcome)
      return Promise.resolve(index)
    },
    noteRefusal: (_, __, code, sentence) => {
      told.refusals.push(`${code}: ${sentence}`)
      return Promise.resolve()
    },
    quarantine: (_, tool) => {
      const rule = rules.get(tool)
      if (rule !== undefined) rules.set(tool, { ...rule, state: 'quarantined' })
      told.quarantined.push(tool)
      return Promise.resolve()
    },
  }
  return house
}

export function makeRule(tool: string, definitionDigest: string | null = null): ToolRule {
  return {
    server: 'docs',
    tool,
    actionClass: 'read',
    resourceArgument: null,
    resourceKind: 'text',
    resourcePrefix: 'docs:/',
    resourceRoot: '/',
    resultIntegrity: 'trusted',
    definitionDigest,
    state: 'active',
  }
}

const entry = {
  kind: 'decision.permit',
  actor: { kind: 'identity', id: 'idn_agent' },
  subject: { kind: 'task', id: 'tsk_one' },
  data: {},
} as const

function judgeBy({ actionClass, resultIntegrity, definitionDigest }: ToolRule) {
  return { actionClass, resources: [], resultIntegrity, definitionDigest }
}

function makePermit(caller: AgentCaller, rule: ToolRule, digest: string): Permit<'call'> {
  return {
    outcome: 'permit',
    decidedMs: 0,
    kind: 'call',
    grant: {
      taskId: caller.task.id,
      action: { name: `${rule.server}/${rule.tool}`, ...judgeBy(rule), digest },
      counted: [],
      labels: { confidentiality: 'internal', integrity: 'trusted' },
      before: { usages: [], acts: [], memory: { confidentiality: 0, integrity: 0 }, approved: false, obligations: [] },
    },
    reasons: [{ rule: 'test', sentence: 'The test permits it.' }],
    policyVersion: 'test',
    obligations: [],
    entry,
    changes: [],
  }
}

export function makeDenial(code: string): Denial<'call'> {
  return {
    outcome: 'denial',
    kind: 'call',
    code,
    reasons: [{ rule: 'law:containment', sentence: 'The task does not cover this tool.' }],
    policyVersion: 'test',
    nearest: [{ action: 'docs/read_text_file', resource: 'docs:/handbook/*' }],
    ask: { sentence: 'A person can approve exactly this call.', approvalId: 'apr_one' },
    entry: { ...entry, kind: 'decision.denial' },
    changes: [],
  }
}
