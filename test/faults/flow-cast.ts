import { createProofKey, type ProofKey } from '../../sdk/dpop.ts'
import type { AgentCaller, PersonCaller, WorkloadCaller } from '../../src/authenticate/caller.ts'
import { verifyProof } from '../../src/authenticate/verifying/verify-beside.ts'
import type { ActionClass } from '../../src/contract/action-class.ts'
import type { Approval } from '../../src/contract/approval/approval.ts'
import type { Role } from '../../src/contract/register/person.ts'
import type { Reach } from '../../src/contract/register/tier.ts'
import type { TaskRequest } from '../../src/decide/requests.ts'
import { vote } from '../../src/flow/approval/vote.ts'
import { definePurposeBy } from '../../src/flow/catalogue/define-catalogue.ts'
import { delegateByPerson } from '../../src/flow/delegation/grant-delegation.ts'
import type { House } from '../../src/flow/house.ts'
import { bindByPerson, entitleByPerson } from '../../src/flow/identity/amend-identity.ts'
import { draftByPerson } from '../../src/flow/identity/draft-identity.ts'
import { rehearseByPerson } from '../../src/flow/identity/rehearse-identity.ts'
import { submitByPerson } from '../../src/flow/identity/submit-identity.ts'
import { addPersonBy, signInByLink } from '../../src/flow/people/sign-in.ts'
import { exchangeToken } from '../../src/flow/token/exchange-token.ts'
import type { EntitlementProfile } from '../../src/register/entitlement.ts'
import type { Issuer } from '../issuer/issuer.ts'

export const publicUrl = 'http://127.0.0.1:7460'

/** What a story remembers, over the death of a house too. */
export interface Cast {
  readonly issuer: Issuer
  readonly key: ProofKey
  /** Secrets of sessions, by name. */
  readonly sessions: Map<string, string>
  /** Ids and tokens, by what the story calls them. */
  readonly notes: Map<string, string>
}

const PEOPLE: readonly (readonly [string, readonly Role[]])[] = [
  ['grace', ['owner', 'approver']],
  ['lin', ['approver']],
  ['sam', ['responder']],
]

/** Lets people in, and says what there is to ask for. */
export async function furnish(house: House, firstLink: string, issuer: Issuer): Promise<Cast> {
  const cast: Cast = { issuer, key: await createProofKey(), sessions: new Map(), notes: new Map() }
  await enter(house, cast, 'ada', firstLink)
  const ada = await person(house, cast, 'ada')
  for (const [name, roles] of PEOPLE) {
    const { link } = await addPersonBy(house, ada, { name, email: `${name}@example.org`, roles })
    await enter(house, cast, name, link)
  }
  await definePurposeBy(house, ada, {
    code: 'work',
    title: 'Work',
    classes: ['read', 'write', 'deploy'],
    ceiling: 'internal',
  })
  return cast
}

async function enter(house: House, cast: Cast, name: string, link: string): Promise<void> {
  const { session, person: who } = await signInByLink(house, link)
  cast.sessions.set(name, session)
  cast.notes.set(name, who.id)
}

/** Gives a person of the cast as the house knows them now. */
export function person(house: House, cast: Cast, name: string): Promise<PersonCaller> {
  return house.authenticate.bySession(cast.sessions.get(name) ?? '')
}

/** Gives what the story noted. */
export function noted(cast: Cast, name: string): string {
  const note = cast.notes.get(name)
  if (note === undefined) throw new Error(`the story has not noted ${name}`)
  return note
}

/** Lets a workload prove itself, with a fresh assertion and a fresh proof of its key. */
export async function workload(house: House, cast: Cast, name: string): Promise<WorkloadCaller> {
  const url = `${publicUrl}/api/v1/tasks`
  const proof = await verifyProof({ jwt: await cast.key.prove('POST', url), method: 'POST', url }, house.clock.nowMs())
  const jwt = await cast.issuer.mint({ sub: `workload:${name}`, aud: publicUrl })
  const found = await house.authenticate.byAssertion(jwt, { proof })
  if (found.kind === 'workload') return found
  throw new Error(`${name} is a stranger`)
}

/** What the identities of the stories are for. */
export function scopeOf(actionClass: ActionClass) {
  return [{ action: actionClass, resource: 'docs:*' }]
}

/** What an identity may ask for instead of documents, where it is an enforcement point. */
export type Asks = Pick<EntitlementProfile, 'scope' | 'counts'>

/** Entitles an identity, unless it is. */
export async function entitle(
  house: House,
  cast: Cast,
  id: string,
  actionClass: ActionClass,
  asks: Asks = { scope: scopeOf(actionClass) },
): Promise<void> {
  if ((await house.register.entitlementsOf(id)).length > 0) return
  await entitleByPerson(house, await person(house, cast, 'ada'), id, {
    ...asks,
    classes: [actionClass],
    ceiling: 'internal',
    approval: 'none',
    approvers: 1,
    reason: 'It is what it is for.',
    days: 30,
  })
}

/** Gives the approvals about something that people have not answered. */
export async function pendingAbout(house: House, subjectId: string): Promise<readonly Approval[]> {
  return (await house.register.approvalsAbout(subjectId)).filter((row) => row.state === 'pending')
}

/** Lets the first of these people who may answer all that is asked about something. */
export async function approve(house: House, cast: Cast, subjectId: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    for (const { id, votes } of await pendingAbout(house, subjectId)) {
      const caller = await person(house, cast, name)
      if (votes.some((each) => each.personId === caller.person.id)) continue
      await vote(house, caller, id, { verdict: 'approve', reason: 'It is known.' })
    }
  }
}

/** Registers an identity, all the way to active; `owner` answers for it, and Ada asks. */
export async function register(
  house: House,
  cast: Cast,
  name: string,
  terms: { readonly actionClass: ActionClass; readonly reach: Reach; readonly owner: string; readonly asks?: Asks },
): Promise<string> {
  const ada = await person(house, cast, 'ada')
  const { id } = (
    await draftByPerson(house, ada, {
      name,
      kind: 'agent',
      runtime: 'own',
      vendor: null,
      owner: noted(cast, terms.owner),
      sponsor: noted(cast, terms.owner === 'ada' ? 'grace' : 'ada'),
      purpose: 'work',
      autonomy: 'bounded',
      reach: terms.reach,
    })
  ).identity
  const binding = { kind: 'oidc', issuer: cast.issuer.url, subject: `workload:${name}`, claims: {}, keys: [] } as const
  await bindByPerson(house, ada, id, binding)
  await entitle(house, cast, id, terms.actionClass, terms.asks)
  await rehearseByPerson(house, ada, id)
  await submitByPerson(house, ada, id, undefined)
  await approve(house, cast, id, ['grace', 'lin'])
  cast.notes.set(name, id)
  return id
}

/** Lets one identity act for another: Ada answers for both and asks, and who sponsors them says yes. */
export async function letAct(house: House, cast: Cast, from: string, to: string): Promise<void> {
  const { grant } = await delegateByPerson(house, await person(house, cast, 'ada'), noted(cast, from), {
    to: noted(cast, to),
    scope: scopeOf('read'),
    classes: ['read'],
    ceiling: 'internal',
    depthMax: 0,
    reason: 'They work together.',
    days: 7,
  })
  await approve(house, cast, grant.id, ['grace', 'lin'])
}

/** What the stories ask for. */
export function taskOf(goal: string, actionClass: ActionClass = 'read'): TaskRequest {
  return {
    purpose: 'work',
    goal,
    ticket: null,
    scope: scopeOf(actionClass),
    ceiling: 'internal',
    budget: { callsMax: 10, writesMax: 0, bytesMax: 1_000 },
    lifeSeconds: 600,
  }
}

/** Exchanges for a token of a noted task; notes it under the same name. */
export async function exchange(house: House, cast: Cast, name: string, task: string): Promise<void> {
  const request = { taskId: noted(cast, task), audience: publicUrl }
  const { token } = await exchangeToken(house, await workload(house, cast, name), request)
  cast.notes.set(`token of ${task}`, token)
}

/** Gives the agent behind the token of a noted task. */
export async function agent(house: House, cast: Cast, task: string): Promise<AgentCaller> {
  const [token, url] = [noted(cast, `token of ${task}`), `${publicUrl}/access/v1/evaluation`]
  const jwt = await cast.key.prove('POST', url, token)
  const proof = await verifyProof({ jwt, method: 'POST', url, accessToken: token }, house.clock.nowMs())
  return house.authenticate.byAccessToken(token, publicUrl, proof)
}
