import type { AgentCaller, WorkloadCaller } from '../../../authenticate/caller.ts'
import type { DpopProof } from '../../../authenticate/dpop/proof.ts'
import type { PresentedAs } from '../../../authenticate/presented.ts'
import { verifyProof } from '../../../authenticate/verifying/verify-beside.ts'
import { actForPerson } from '../../../flow/token/acting/act-for-person.ts'
import { handOnTo } from '../../../flow/token/acting/hand-on-to.ts'
import type { OpenedToken } from '../../../flow/token/acting/take-task.ts'
import { RemitError } from '../../../ground/errors.ts'
import { admitAssertion, readProof } from '../../entrance/admit.ts'
import { budget } from '../../input/shapes.ts'
import type { Context, Reply } from '../../route.ts'
import { readDetails } from '../details/read-details.ts'
import type { DetailsOf } from '../details/types.ts'
import { type Form, required } from '../form.ts'
import { writeToken } from './answer-token.ts'
import { refuseSubject } from './refuse-subject.ts'
import { readTarget } from './token-request.ts'
import { TOKEN_TYPES } from './token-types.ts'

const ACTOR_TOKENS: ReadonlyMap<string, PresentedAs> = new Map([
  [TOKEN_TYPES.jwt, 'actor_token'],
  [TOKEN_TYPES.idToken, 'actor_token:id_token'],
])

type Wish = DetailsOf<'urn:remit:task-wish'>

/** One in which somebody acts for another: who that is, and what is wished for. */
interface Asked {
  readonly actor: WorkloadCaller
  readonly wish: Wish
  readonly audience: string
}

type Subject = (context: Context<Form, null>, token: string, asked: Asked) => Promise<OpenedToken>

/** For whom one may act here, by what a `subject_token_type` says that the subject token is. */
const SUBJECTS: ReadonlyMap<string, Subject> = new Map([
  [TOKEN_TYPES.accessToken, takePart],
  [TOKEN_TYPES.idToken, openForPerson],
])

/**
 * RFC 8693 with an actor: whoever the actor token proves gets a task and a token in it, in one request. The subject token says
 * for whom: the access token of an agent, which hands a part of its task on, or the ID token of a person who lets it. Errors:
 * `request_invalid`, `details_invalid`, `target_invalid`, those of the proofs, and those of the decisions; `approval_required`
 * tells the task that waits.
 */
export async function exchangeWithActor(context: Context<Form, null>): Promise<Reply> {
  const { body } = context
  const as = ACTOR_TOKENS.get(required(body, 'actor_token_type'))
  if (as === undefined) throw new RemitError('request_invalid', { detail: 'actor_token_type must be that of a JWT.' })
  const subject = SUBJECTS.get(required(body, 'subject_token_type'))
  if (subject === undefined)
    throw new RemitError('request_invalid', {
      detail: `With an actor_token the subject_token is one of ${[...SUBJECTS.keys()].join(', ')}; what a workload proves of itself is the actor_token.`,
    })
  const token = required(body, 'subject_token')
  if (body['scope'] !== undefined)
    throw new RemitError('scope_exceeded', { detail: 'What is wished for stands in authorization_details here.' })
  const wish = readDetails(required(body, 'authorization_details'), 'urn:remit:task-wish')
  const audience = readTarget(context)
  const shown = { jwt: required(body, 'actor_token'), as }
  const actor = await admitAssertion(context, shown, await readProof(context, undefined))
  context.admitted(actor)
  const issued = await subject(context, token, { actor, wish, audience })
  return writeToken(issued, { issued_token_type: TOKEN_TYPES.accessToken })
}

async function takePart(
  context: Context<Form, null>,
  token: string,
  { actor, wish, audience }: Asked,
): Promise<OpenedToken> {
  const { house } = context
  const unheard = (['purpose', 'ticket'] as const).find((name) => wish[name] !== undefined)
  if (unheard !== undefined)
    throw new RemitError('details_invalid', {
      detail: `A part of a task has the ${unheard} of that task, or of who takes it: leave it out.`,
    })
  const delegator = await admitSubject(context, token).catch(refuseSubject)
  const { goal, scope, ceiling, budget, life_seconds: lifeSeconds, composition } = wish
  const part = { goal, scope, ceiling, budget, lifeSeconds }
  return await handOnTo(house, delegator, actor, { part, audience, composition })
}

async function openForPerson(
  context: Context<Form, null>,
  token: string,
  { actor, wish, audience }: Asked,
): Promise<OpenedToken> {
  const { house, certificate } = context
  // the proof is that of the actor, and written down as shown with it
  const held = actor.possession?.kind === 'jkt' ? await readProof(context, undefined) : undefined
  const proof = held === undefined ? undefined : { ...held, changes: [] }
  const person = await house.authenticate.byPersonToken(token, { proof, certificate }).catch(refuseSubject)
  const { purpose, goal, ticket = null, scope, ceiling, life_seconds: lifeSeconds, composition } = wish
  const wished = { purpose, goal, ticket, scope, ceiling, budget: budget.parse(wish.budget), lifeSeconds }
  return await actForPerson(house, person, actor, { wish: wished, audience, composition })
}

/**
 * Finds out whose access token it is. Only one for the house itself hands anything on, as at the address of delegations. One
 * that is bound to a certificate is handed on over a connection with that certificate (RFC 8705 section 3): by its agent itself.
 */
async function admitSubject(context: Context<Form, null>, token: string): Promise<AgentCaller> {
  const { house, certificate } = context
  const proof = await readSubjectProof(context, token)
  return await house.authenticate.byAccessToken(token, house.publicUrl, proof, certificate)
}

/**
 * One that is bound to a key comes with a proof of that key, made by who hands on for this request: nobody who finds it can
 * hand it on. The token is in the proof (`ath`) and lives for minutes, so that it holds no nonce.
 */
async function readSubjectProof(context: Context<Form, null>, accessToken: string): Promise<DpopProof | null> {
  const { house, body, method, reachedAt, path } = context
  const jwt = body['subject_token_proof']
  if (jwt === undefined) return null
  return await verifyProof({ jwt, method, url: `${reachedAt}${path}`, accessToken }, house.clock.nowMs())
}
