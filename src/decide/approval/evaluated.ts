import { UNBOUND_CONTEXT } from '../../contract/approval/access-request.ts'
import type { Kept } from '../../contract/change.ts'
import type { ToolRule } from '../../contract/register/purpose.ts'
import { canonicalJson } from '../../ground/canonical-json.ts'
import { digestBase64url, digestCall } from '../../ground/digest.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { Hearing } from '../hearing.ts'
import { type ActFacts, judgeAs } from '../laws/act.ts'
import type { EvaluationRequest } from '../requests.ts'
import type { HeldCall } from './usable.ts'

type Members = Readonly<Record<string, unknown>>

/** What an approval of an evaluation is bound to: all of the question but who speaks for the subject, and machinery. */
export function bindQuestion(request: EvaluationRequest): {
  /** base64url SHA-256 of the canonical form (RFC 8785). */
  readonly binding: string
  /** The members of the context that are bound. */
  readonly members: readonly string[]
} {
  const context = contextOf(request)
  return { binding: digestBase64url(writeBound(request, context)), members: Object.keys(context) }
}

/** Gives a question with only these members of its context: what else a request for access says is about the asking. */
export function withContext(request: EvaluationRequest, members: readonly string[]): EvaluationRequest {
  const kept = Object.entries(request.context).filter(([name]) => members.includes(name))
  return { ...request, context: Object.fromEntries(kept) }
}

/** Says why no person can be asked about an evaluation, or null where one can. */
export function findUnaskable(request: EvaluationRequest): string | null {
  const names = [...Object.keys(contextOf(request)), ...Object.keys(request.action.properties)]
  if (Object.keys(request.action.properties).some((name) => name.startsWith('@')))
    return 'A property of the action begins with @.'
  return names.length > LIMITS.shownArgumentsMax - 3 || names.some((name) => name.length > LIMITS.nameCharsMax)
    ? 'It has more properties, or longer names, than a person oversees.'
    : null
}

/** Gives an evaluation as approvals are held against it: what the action is given as its arguments, all else as one each. */
export function describeEvaluated(
  hearing: Hearing,
  request: EvaluationRequest,
  facts: ActFacts,
  rule: Kept<ToolRule> | undefined,
): Omit<HeldCall, 'needs' | 'approvers'> {
  const context = contextOf(request)
  const judged = judgeAs(facts, rule)
  const digest = digestCall({
    server: '', // no server has this name, so that it is no call of any
    tool: facts.name,
    argumentsText: writeBound(request, context),
    taskId: facts.lineage.own.task.id,
    policyVersion: hearing.policies.version,
    judged,
  })
  const around = { '@subject': withoutActor(request), '@resource': request.resource.properties, '@context': context }
  const given = Object.entries(around).filter(([, members]) => Object.keys(members).length > 0)
  return {
    action: { name: facts.name, ...judged, digest },
    rule,
    naming: [],
    arguments: { ...request.action.properties, ...Object.fromEntries(given) },
    lineage: facts.lineage,
  }
}

/** Reads which approval was shown with an evaluation; undefined where none was, empty where it is no approval at all. */
export function readShown({ context }: EvaluationRequest): string | undefined {
  if (!Object.hasOwn(context, 'approval')) return undefined
  const shown = context['approval']
  const id = typeof shown === 'object' && shown !== null && 'id' in shown ? shown.id : ''
  return typeof id === 'string' && id.length <= LIMITS.nameCharsMax ? id : ''
}

function contextOf({ context }: EvaluationRequest): Members {
  return Object.fromEntries(Object.entries(context).filter(([name]) => !UNBOUND_CONTEXT.includes(name)))
}

function withoutActor({ subject }: EvaluationRequest): Members {
  return Object.fromEntries(Object.entries(subject.properties).filter(([name]) => name !== 'act'))
}

function writeBound(request: EvaluationRequest, context: Members): string {
  const { subject, action, resource } = request
  return canonicalJson({
    subject: { type: subject.type, id: subject.id, ...propertiesOf(withoutActor(request)) },
    action: { name: action.name, ...propertiesOf(action.properties) },
    resource: { type: resource.type, id: resource.id, ...propertiesOf(resource.properties) },
    context,
  })
}

/** What says nothing stands for what is not there: so the digest is the one that the profile gives (`binding_hash`). */
function propertiesOf(properties: Members): { readonly properties?: Members } {
  return Object.keys(properties).length === 0 ? {} : { properties }
}
