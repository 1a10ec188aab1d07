import { type AgentCaller, afterProof } from '../../authenticate/caller.ts'
import { isMembers } from '../../contract/read-entry.ts'
import { defaultMapping } from '../../enforce/coaz/default-mappings.ts'
import { resolveMapping } from '../../enforce/coaz/mapping.ts'
import type { Members } from '../../enforce/tool-definition.ts'
import { ERRORS } from '../../ground/error-table.ts'
import { type ErrorCode, RemitError } from '../../ground/errors.ts'
import { writeResult } from '../answer.ts'
import { denialResult } from '../denial.ts'
import type { Exchange, Handler } from '../exchange.ts'
import { hasChanged } from '../list-tools.ts'
import type { AskedDomain } from './asked-domain.ts'

/** The member of an input schema in which a server declares how a call of its tool is to be asked about (COAZ-MCP, draft 1). */
const DECLARED = 'x-authzen-mapping'

/** What goes on without being asked about (draft, "Pass-through Operations"); notifications never come here. */
const PASSED: readonly string[] = ['ping']

/**
 * Makes a handler ask the domain of the server first, where it has one. A no to a call is a tool result, so that a model
 * can read it; to anything else it is an error. Nothing goes on where the mapping cannot be worked out.
 */
export function askingFirst(method: string, handler: Handler): Handler {
  if (PASSED.includes(method)) return handler
  return async (exchange) => {
    const { parts, server, caller } = exchange
    const asked = parts.asked?.domains.get(server)
    if (asked === undefined) return handler(exchange)
    const { domain } = asked
    const { mapping, ruleVersion } = await findMapping(exchange, method)
    if (mapping === null) return handler({ ...exchange, asked: { domain, version: null, ruleVersion, questions: [] } })
    const questions = resolveMapping(mapping, {
      params: exchange.params,
      token: claimsOf(exchange),
      subjectId: subjectOf(caller, asked),
    })
    exchange.signal.throwIfAborted()
    const verdict = await parts.house.askDomain(caller, questions, domain)
    const { no } = verdict
    if (no === null)
      return handler({
        ...exchange,
        caller: afterProof(caller),
        asked: { domain, version: verdict.version, ruleVersion, questions },
      })
    if (method === 'tools/call') return writeResult(exchange.id, modern(exchange, denialResult(no.fact, no.index)))
    const code: ErrorCode = no.fact.code in ERRORS ? (no.fact.code as ErrorCode) : 'denied' // decisions name rows of the table
    throw new RemitError(code, { detail: no.fact.reasons[0]?.sentence ?? '', facts: { entry: no.index } })
  }
}

interface Found {
  /** Null for a tool that is not as a person has reviewed it: the house denies it, and what it declares counts for nothing. */
  readonly mapping: unknown
  /** Of the rule that it was found by; 0 where there is none. */
  readonly ruleVersion: number
}

async function findMapping(exchange: Exchange, method: string): Promise<Found> {
  const { parts, server, upstream, params, caller } = exchange
  const fallback = defaultMapping(method, { name: server, audience: caller.credential.audience })
  if (method !== 'tools/call') return { mapping: fallback ?? refuse('this method has no mapping'), ruleVersion: 0 }
  const tool = typeof params['name'] === 'string' ? params['name'] : ''
  const rule = await parts.house.readToolRule(server, tool)
  if (rule?.state !== 'active') return { mapping: null, ruleVersion: rule?.version ?? 0 }
  const { version: ruleVersion } = rule
  const definition = (await upstream.listTools()).get(tool)
  if (definition === undefined) return refuse('the server does not offer this tool')
  if (hasChanged(rule, definition)) return { mapping: null, ruleVersion }
  const { inputSchema } = definition.shown
  const declared = isMembers(inputSchema) ? inputSchema[DECLARED] : undefined
  if (declared === undefined) return { mapping: fallback, ruleVersion }
  if (rule.definitionDigest !== null) return { mapping: declared, ruleVersion }
  return refuse('what the tool declares is not pinned; let a person review it with its definition')
}

function refuse(what: string): never {
  throw new RemitError('request_invalid', { detail: `COAZ mapping error: ${what}.` })
}

function subjectOf({ task, identity }: AgentCaller, { subject }: AskedDomain): string {
  if (subject === 'identity') return task.chain[0]?.identityId ?? identity.id
  return task.onBehalfOf ?? refuse('the task is on behalf of nobody, and this server is decided on by people')
}

/** The claims of the token that a mapping may read; those that say how it is proved, and labels, are left out. */
function claimsOf({ caller: { identity, task, credential }, parts }: Exchange): Readonly<Record<string, unknown>> {
  return {
    iss: parts.asked?.issuer,
    aud: credential.audience,
    sub: task.chain[0]?.identityId ?? identity.id,
    client_id: identity.id,
    jti: credential.id,
    iat: Math.floor(credential.issuedMs / 1000),
    exp: Math.floor(credential.expiresMs / 1000),
    tier: identity.tier,
    chain: task.chain.map((link) => ({ identity: link.identityId, name: link.name, task: link.taskId })),
    task: task.id,
    purpose: task.purpose,
    ...(task.onBehalfOf === null ? {} : { on_behalf_of: task.onBehalfOf }),
  }
}

function modern({ era }: Exchange, result: Members): Members {
  return era === 'modern' ? { resultType: 'complete', ...result } : result
}
