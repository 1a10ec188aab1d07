import { z } from 'zod'
import { isMembers } from '../../contract/read-entry.ts'
import type { EvaluationRequest } from '../../decide/requests.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { sayFormFault } from '../../ground/say-form-fault.ts'
import type { Budget } from './cel-budget.ts'
import { evaluateCel } from './cel-evaluate.ts'
import { parseCel } from './cel-parse.ts'
import { type CelMap, fromJson, toJson } from './cel-values.ts'
import { CelError } from './cel-words.ts'

/** What a mapping is worked out over, and what it cannot say for itself. */
export interface MappingInputs {
  /** The `params` of the MCP request. */
  readonly params: unknown
  /** Claims of the access token of the caller. */
  readonly token: Readonly<Record<string, unknown>>
  /** Who is asked about, as the gateway knows them: no mapping says otherwise. */
  readonly subjectId: string
}

const open = z.record(z.string(), z.unknown())
const name = z.string().min(1).max(LIMITS.propertyCharsMax)
const entity = z.strictObject({ type: name, id: name, properties: open.default({}) })
const action = z.strictObject({ name, properties: open.default({}) })
const question = z.strictObject({ subject: entity, action, resource: entity, context: open })

const MEMBERS = ['subject', 'action', 'resource', 'context'] as const

/**
 * Gives the questions that a mapping asks of a domain before a request goes on; all of them must be permitted (COAZ-MCP,
 * draft 1). A text that begins with `$` is CEL, `$$` begins a plain one with `$`. Errors: `request_invalid` for anything
 * that is not as the draft says, or cannot be worked out.
 */
export function resolveMapping(mapping: unknown, inputs: MappingInputs): readonly EvaluationRequest[] {
  try {
    return resolve(mapping, inputs)
  } catch (error) {
    if (error instanceof CelError) throw refuse(error.message)
    throw error
  }
}

function refuse(what: string): RemitError {
  return new RemitError('request_invalid', { detail: `COAZ mapping error: ${what}.` })
}

function resolve(mapping: unknown, inputs: MappingInputs): readonly EvaluationRequest[] {
  const envelopes = isMembers(mapping) ? Object.keys(mapping) : []
  const [envelope] = envelopes
  if (!isMembers(mapping) || envelopes.length !== 1 || (envelope !== 'evaluation' && envelope !== 'evaluations'))
    throw new CelError('a mapping is exactly one of evaluation and evaluations')
  const body = mapping[envelope]
  if (Buffer.byteLength(JSON.stringify(body)) > LIMITS.mappingBytesMax)
    throw new CelError(`the mapping has more than ${LIMITS.mappingBytesMax} bytes`)
  const { params, token } = inputs
  const scope: Scope = {
    names: new Map([
      ['params', fromJson(params)],
      ['token', fromJson(token)],
    ]),
    budget: { steps: LIMITS.celStepsMax },
  }
  const entries = envelope === 'evaluation' ? [{}] : listEntries(body)
  const defaults = readPart(body, envelope === 'evaluations' ? [...MEMBERS, 'evaluations'] : MEMBERS)
  return entries.map((entry, at) => {
    const where = envelope === 'evaluation' ? envelope : `${envelope}[${at}]`
    return readQuestion({ ...defaults, ...entry }, { where, scope, inputs })
  })
}

/** Nobody smuggles in somebody else with one of several (draft, "Declared Mappings"). */
function listEntries(body: unknown): readonly Readonly<Record<string, unknown>>[] {
  const entries = isMembers(body) ? body['evaluations'] : undefined
  if (!Array.isArray(entries) || entries.length === 0 || entries.length > LIMITS.mappedEvaluationsMax)
    throw new CelError(`evaluations holds a list of 1 to ${LIMITS.mappedEvaluationsMax}`)
  return entries.map((entry: unknown) => readPart(entry, ['action', 'resource', 'context']))
}

function readPart(part: unknown, known: readonly string[]): Readonly<Record<string, unknown>> {
  if (!isMembers(part)) throw new CelError('what stands in a mapping is an object')
  const odd = Object.keys(part).find((member) => !known.includes(member))
  if (odd !== undefined) throw new CelError(`'${odd}' has no place in a mapping there`)
  return part
}

interface Scope {
  readonly names: CelMap
  readonly budget: Budget
}

interface Reading {
  readonly where: string
  readonly scope: Scope
  readonly inputs: MappingInputs
}

function readQuestion(template: Readonly<Record<string, unknown>>, reading: Reading): EvaluationRequest {
  const { where, scope, inputs } = reading
  const said = Object.fromEntries(
    MEMBERS.flatMap((member) => {
      const value = template[member] === undefined ? undefined : fill(template[member], `${where}.${member}`, scope)
      return value === undefined ? [] : [[member, value]]
    }),
  )
  const { subject = {}, context = {} } = said
  if (!isMembers(subject) || !isMembers(context)) throw new CelError(`${where}: subject and context are objects`)
  // anchored by verification: what a mapping says of who it is must be so
  if (subject['id'] !== undefined && subject['id'] !== inputs.token['sub'])
    throw new CelError(`${where}.subject.id is not the subject of the token`)
  const anchored = {
    subject: { type: 'identity', ...subject, id: inputs.subjectId },
    action: said['action'],
    resource: said['resource'],
    // by substitution: who acts, and that the gateway carries out no obligation of a domain
    context: { ...context, agent: inputs.token['client_id'], supported_obligations: [] },
  }
  const checked = question.safeParse(anchored, { error: sayFormFault })
  if (checked.success && Buffer.byteLength(JSON.stringify(anchored)) <= LIMITS.mappingBytesMax) return checked.data
  const [issue] = checked.error?.issues ?? []
  throw new CelError(`${where}.${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'it comes to too much'}`)
}

/** Fills in a template; undefined for what is absent. */
function fill(template: unknown, where: string, scope: Scope): unknown {
  if (typeof template === 'string') return fillText(template, where, scope)
  if (Array.isArray(template))
    return template.map((each: unknown, at) => {
      const value = fill(each, `${where}[${at}]`, scope)
      if (value === undefined) throw new CelError(`${where}[${at}] is absent`)
      return value
    })
  if (!isMembers(template)) return template
  const filled = Object.entries(template).map(([member, each]) => [member, fill(each, `${where}.${member}`, scope)])
  return Object.fromEntries(filled.filter(([, value]) => value !== undefined))
}

function fillText(text: string, where: string, { names, budget }: Scope): unknown {
  if (text.startsWith('$$')) return text.slice(1)
  if (!text.startsWith('$')) return text
  try {
    return toJson(evaluateCel(parseCel(text.slice(1)), names, budget), budget)
  } catch (error) {
    if (error instanceof CelError) throw new CelError(`${where}: the expression '${text}' failed: ${error.message}`)
    throw error
  }
}
