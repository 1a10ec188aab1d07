import type { Approval } from '../src/contract/approval/approval.ts'
import type { Envelope } from '../src/contract/approval/envelope.ts'
import type { Kept } from '../src/contract/change.ts'
import type { Limit } from '../src/contract/counters/limit.ts'
import type { Cutoff } from '../src/contract/cutoff.ts'
import type { Binding } from '../src/contract/register/binding.ts'
import type { Composition } from '../src/contract/register/composition.ts'
import type { Entitlement } from '../src/contract/register/entitlement.ts'
import type { IdentityState } from '../src/contract/register/identity.ts'
import type { Person, Role } from '../src/contract/register/person.ts'
import type { PersonRight } from '../src/contract/register/person-right.ts'
import type { Purpose, ResourceRule, ToolRule } from '../src/contract/register/purpose.ts'
import type { Task, TaskState } from '../src/contract/task.ts'
import { createAccessDesk } from './access.ts'
import { at, type PageQuery } from './address.ts'
import type * as A from './answers.ts'
import type { ApprovalList, ApprovalShown, Voted } from './approval-answers.ts'
import { type BaseUrl, type Caller, createCaller, type Fetch } from './call.ts'
import { actingOf, delegationsOf } from './delegations.ts'
import { evaluationOf } from './evaluation.ts'
import type { Explanation } from './explanation.ts'
import type { IdentityList } from './identity-answers.ts'
import type * as I from './issuer-answers.ts'
import { keysOf } from './keys.ts'
import { loginsOf } from './logins.ts'
import { pathsOf } from './paths.ts'
import type {
  LinkMade,
  PersonAdded,
  PersonChanged,
  PersonDraft,
  PersonLeft,
  PersonWhole,
  SignedIn,
} from './people-answers.ts'
import { domainsOf, policiesOf } from './policies.ts'
import type * as U from './used-answers.ts'

/** What a client needs. */
export interface ClientOptions {
  /** The server's public URL, such as `http://127.0.0.1:7460`; of several servers on one log, each, the public one first. */
  readonly baseUrl: BaseUrl
  /** Secret of a person's session (`rms_…`); without one only the open addresses answer. */
  readonly session?: string
  /** Another `fetch` than the runtime's own. */
  readonly fetch?: Fetch
}

/** What a person can do with Remit, one method an address. Every refusal is thrown as `RemitProblem`. */
export type Client = ReturnType<typeof createClient>

/** Makes a client for a person. Workloads use `createAgent`. */
export function createClient(options: ClientOptions) {
  const proof = options.session === undefined ? {} : { authorization: `Bearer ${options.session}` }
  const caller = createCaller({
    baseUrl: options.baseUrl,
    headers: async () => proof,
    ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
  })
  return {
    baseUrl: caller.baseUrl,
    sessions: sessionsOf(caller),
    people: peopleOf(caller),
    logins: loginsOf(caller),
    catalogue: catalogueOf(caller),
    identities: identitiesOf(caller),
    clients: clientsOf(caller),
    delegations: delegationsOf(caller),
    acting: actingOf(caller),
    paths: pathsOf(caller),
    approvals: approvalsOf(caller),
    tasks: tasksOf(caller),
    tokens: tokensOf(caller),
    evaluation: evaluationOf(caller),
    access: createAccessDesk((method, path, parts) => caller.json(method, path, parts)),
    domains: domainsOf(caller),
    cutoffs: cutoffsOf(caller),
    keys: keysOf(caller),
    entries: entriesOf(caller),
    log: logOf(caller),
    evidence: evidenceOf(caller),
    policies: policiesOf(caller),
    doctor: doctorOf(caller),
  }
}

const sessionsOf = (caller: Caller) => ({
  /** Spends a one-time link (`rml_…`). Errors: `login_link_invalid`. */
  open: (link: string) => caller.json<SignedIn>('POST', at('sessions'), { body: { link } }),
  /** Ends the session of this client. */
  end: () => caller.json<A.Explained>('DELETE', at('sessions', 'current')),
  /** Makes a one-time link for oneself, to sign in with a browser: good for 10 minutes; its session ends with this one. */
  link: () => caller.json<LinkMade>('POST', at('me', 'links')),
  /** Gives who this session belongs to. */
  me: () => caller.json<{ readonly person: Kept<Person> }>('GET', at('me')),
})

/** What a person may do, and so what agents may do on their behalf, for `days` days (1 to 366). */
type RightDraft = Omit<A.EntitlementDraft, 'approval' | 'approvers' | 'counts'>

const peopleOf = (caller: Caller) => ({
  list: (query: PageQuery = {}) =>
    caller.json<A.Part & { readonly people: readonly Kept<Person>[] }>('GET', at('people'), { query }),
  add: (draft: PersonDraft) => caller.json<PersonAdded>('POST', at('people'), { body: draft }),
  /** Shows a person, and how many identities they own. */
  show: (id: string) => caller.json<PersonWhole>('GET', at('people', id)),
  /** Makes a new one-time sign-in link. */
  link: (id: string) => caller.json<LinkMade>('POST', at('people', id, 'links')),
  /** Gives the person these roles and no others. Errors: `transition_needs` for the last administrator. */
  setRoles: (id: string, roles: readonly Role[]) =>
    caller.json<PersonChanged>('POST', at('people', id, 'roles'), { body: { roles } }),
  /** Changes the name, the mail address, or both. */
  rename: (id: string, profile: Partial<Pick<PersonDraft, 'name' | 'email'>>) =>
    caller.json<PersonChanged>('POST', at('people', id, 'profile'), { body: profile }),
  /** Lists what a person may do: it bounds what agents do on their behalf. */
  rights: (id: string) =>
    caller.json<{ readonly rights: readonly Kept<PersonRight>[] }>('GET', at('people', id, 'rights')),
  /** Gives another person a right. Errors: `self_approval`. */
  grantRight: (id: string, draft: RightDraft) =>
    caller.json<A.Explained & A.Cautioned & { readonly right: PersonRight }>('POST', at('people', id, 'rights'), {
      body: draft,
    }),
  endRight: (id: string, rightId: string, reason: string) =>
    caller.json<A.Explained>('POST', at('people', id, 'rights', rightId, 'end'), { body: { reason } }),
  /**
   * Records that the person has left: nothing that they owned is let do anything from then on. What few identities they owned is
   * suspended when it is answered; of many the rest follows, and `show` says how many are left. May be asked again.
   */
  leave: (id: string) => caller.json<PersonLeft>('POST', at('people', id, 'leave')),
})

const catalogueOf = (caller: Caller) => ({
  purposes: (query: PageQuery = {}) =>
    caller.json<A.Part & { readonly purposes: readonly Kept<Purpose>[] }>('GET', at('purposes'), { query }),
  definePurpose: (purpose: Purpose) => caller.json<A.PurposeDefined>('POST', at('purposes'), { body: purpose }),
  resources: (query: PageQuery = {}) =>
    caller.json<A.Part & { readonly rules: readonly Kept<ResourceRule>[] }>('GET', at('resources'), { query }),
  classifyResource: (rule: ResourceRule) => caller.json<A.ResourceClassified>('POST', at('resources'), { body: rule }),
  limits: (query: PageQuery = {}) =>
    caller.json<A.Part & { readonly limits: readonly Kept<Limit>[] }>('GET', at('limits'), { query }),
  setLimit: (limit: Limit) =>
    caller.json<A.Cautioned & { readonly limit: Limit }>('POST', at('limits'), { body: limit }),
  tools: (query: PageQuery = {}) =>
    caller.json<A.Part & { readonly rules: readonly Kept<ToolRule>[] }>('GET', at('tools'), { query }),
  /** Classifies a tool; its definition is pinned as the live server gives it now. */
  classifyTool: (review: A.ToolReview) => caller.json<A.ToolClassified>('POST', at('tools'), { body: review }),
  issuers: () => caller.json<{ readonly issuers: readonly I.IssuerShown[] }>('GET', at('issuers')),
  presets: () => caller.json<{ readonly presets: readonly I.PresetShown[] }>('GET', at('presets')),
  servers: () => caller.json<{ readonly servers: readonly A.UpstreamServer[] }>('GET', at('servers')),
})

const identitiesOf = (caller: Caller) => ({
  list: (query: PageQuery & { readonly state?: IdentityState } = {}) =>
    caller.json<IdentityList>('GET', at('identities'), { query }),
  /** Shows one, by id or by name. */
  show: (idOrName: string) => caller.json<A.IdentityShown>('GET', at('identities', idOrName)),
  /** Shows what was granted against what was used; while the answer is not whole, ask again: each reads on. */
  used: (idOrName: string) => caller.json<U.UsedShown>('GET', at('identities', idOrName, 'used')),
  draft: (draft: A.IdentityDraft) => caller.json<A.IdentityChanged>('POST', at('identities'), { body: draft }),
  /** Answers for a discovered one. Error: `request_invalid` for what neither this nor the row of its issuer says. */
  adopt: (id: string, adoption: A.Adoption = {}) =>
    caller.json<A.IdentityChanged>('POST', at('identities', id, 'adopt'), { body: adoption }),
  bind: (id: string, draft: A.BindingDraft) =>
    caller.json<A.Cautioned & { readonly binding: Binding }>('POST', at('identities', id, 'bindings'), {
      body: draft,
    }),
  /** Makes a static secret, told here once; `clientId` is the name of the identity where none is given. */
  addSecret: (id: string, draft: A.SecretDraft) =>
    caller.json<A.SecretAdded>('POST', at('identities', id, 'secrets'), { body: draft }),
  /** Asks for another key, certificate or issuer in place of a binding, while the identity acts; what is not said stays. */
  rotate: (id: string, bindingId: string, draft: I.RotationDraft) =>
    caller.json<A.Cautioned & { readonly approval: Approval }>(
      'POST',
      at('identities', id, 'bindings', bindingId, 'rotate'),
      { body: draft },
    ),
  endBinding: (id: string, bindingId: string, reason: string) =>
    caller.json<A.Explained>('POST', at('identities', id, 'bindings', bindingId, 'end'), { body: { reason } }),
  entitle: (id: string, draft: A.EntitlementDraft) =>
    caller.json<A.IdentityChanged & A.Cautioned & { readonly entitlement: Entitlement }>(
      'POST',
      at('identities', id, 'entitlements'),
      { body: draft },
    ),
  /** Narrows an entitlement at once. Errors: `scope_exceeded` for what would be allowed and was not. */
  narrow: (id: string, entitlementId: string, draft: U.NarrowingDraft) =>
    caller.json<A.Explained & { readonly entitlement: Entitlement }>(
      'POST',
      at('identities', id, 'entitlements', entitlementId, 'narrow'),
      { body: draft },
    ),
  endEntitlement: (id: string, entitlementId: string, reason: string) =>
    caller.json<A.Explained>('POST', at('identities', id, 'entitlements', entitlementId, 'end'), { body: { reason } }),
  /** Opens a task of the identity on behalf of whose session this is; the workload takes it over with its first token. */
  openTask: (id: string, request: Omit<A.TaskRequest, 'composition'>) =>
    caller.json<A.TaskOpened>('POST', at('identities', id, 'tasks'), { body: { ticket: null, ...request } }),
  /** Takes a canary credential of the identity back, the way a real one would be, and times it. */
  rehearse: (id: string) => caller.json<A.Rehearsed>('POST', at('identities', id, 'rehearse')),
  /**
   * Puts it up for approval, with what it is made of where that is said (null: anything): from its next activation on just that gets
   * tokens.
   */
  submit: (id: string, composition?: Composition | null) =>
    caller.json<A.IdentityChanged & A.Cautioned & { readonly approval: Approval }>(
      'POST',
      at('identities', id, 'submit'),
      {
        body: { composition },
      },
    ),
  sendBack: (id: string, reason: string) => changeIdentity(caller, id, 'return', reason),
  suspend: (id: string, reason: string) => changeIdentity(caller, id, 'suspend', reason),
  retire: (id: string, reason: string) => changeIdentity(caller, id, 'retire', reason),
  /** Lets it have people asked again: what they said no to until now counts no more against what it asks. */
  hear: (id: string, reason: string) => changeIdentity(caller, id, 'hear', reason),
  /** Gives it another owner; an active one is suspended, and can be submitted again. */
  reassign: (id: string, to: A.Reassignment) =>
    caller.json<A.IdentityChanged>('POST', at('identities', id, 'reassign'), { body: to }),
})

const clientsOf = (caller: Caller) => ({
  /** Lists the bindings of OAuth and MCP clients, ended ones too. */
  list: (query: PageQuery = {}) =>
    caller.json<A.Part & { readonly clients: readonly Kept<Binding>[] }>('GET', at('clients'), { query }),
  /** Registers a client that speaks for an identity. Errors: `already_exists`, `request_invalid`, `transition_invalid`. */
  add: (draft: A.ClientDraft) => caller.json<A.ClientAdded>('POST', at('clients'), { body: draft }),
})

function changeIdentity(caller: Caller, id: string, verb: string, reason: string): Promise<A.IdentityChanged> {
  return caller.json<A.IdentityChanged>('POST', at('identities', id, verb), { body: { reason } })
}

const approvalsOf = (caller: Caller) => ({
  list: (query: PageQuery & { readonly state?: Approval['state'] } = {}) =>
    caller.json<ApprovalList>('GET', at('approvals'), { query }),
  show: (id: string) => caller.json<ApprovalShown>('GET', at('approvals', id)),
  /** Takes back a yes to a call, such as the rest of an envelope. Errors: `approval_closed`. */
  withdraw: (id: string, reason: string) =>
    caller.json<A.Explained & { readonly approval: Approval }>('POST', at('approvals', id, 'withdraw'), {
      body: { reason },
    }),
  /**
   * Answers a question: about a call with a yes to exactly this, once, or to an envelope around it. Errors:
   * `self_approval`, `seat_missing`, `approval_closed`, `request_invalid` (an envelope that cannot be given for it),
   * `conflict` (those who said yes before said it to something else).
   */
  vote: (id: string, verdict: 'approve' | 'deny', reason: string, envelope?: Envelope) =>
    caller.json<Voted>('POST', at('approvals', id, 'votes'), {
      body: { verdict, reason, ...(envelope === undefined ? {} : { envelope }) },
    }),
})

/** Which tasks: `living` are those that have not ended; `identity` by id or name, `parent` by id. */
export type TaskQuery = PageQuery & {
  readonly state?: TaskState | 'living'
  readonly identity?: string
  readonly parent?: string
}

const tasksOf = (caller: Caller) => ({
  list: (query: TaskQuery = {}) =>
    caller.json<A.Part & { readonly tasks: readonly Kept<Task>[] }>('GET', at('tasks'), { query }),
  show: (id: string) => caller.json<A.TaskShown>('GET', at('tasks', id)),
  /** Ends a task and all below it. */
  revoke: (id: string, reason: string) =>
    caller.json<A.TaskEnded>('POST', at('tasks', id, 'revoke'), { body: { reason } }),
})

const tokensOf = (caller: Caller) => ({
  /** Says whether a token counts now (RFC 7662). */
  introspect: (token: string) => caller.json<A.Introspection>('POST', '/oauth/introspect', { form: { token } }),
  /** Takes one token back (RFC 7009). */
  revoke: (token: string) => caller.text('POST', '/oauth/revoke', { form: { token } }),
})

const cutoffsOf = (caller: Caller) => ({
  make: (draft: A.CutoffDraft) => caller.json<A.CutoffMade>('POST', at('cutoffs'), { body: draft }),
  list: (query: PageQuery = {}) =>
    caller.json<A.Part & { readonly cutoffs: readonly Kept<Cutoff>[] }>('GET', at('cutoffs'), { query }),
})

const entriesOf = (caller: Caller) => ({
  list: (query: { readonly from?: number; readonly limit?: number } = {}) =>
    caller.json<A.EntryPage>('GET', at('entries'), { query }),
  show: (index: number) => caller.json<A.EntryShown>('GET', at('entries', index)),
  why: (index: number) => caller.json<{ readonly explanation: Explanation }>('GET', at('entries', index, 'why')),
  /** Gives the proof that the entry is in the log (c2sp.org/tlog-proof). */
  receipt: (index: number) => caller.text('GET', at('entries', index, 'receipt')),
})

const logOf = (caller: Caller) => ({
  /** Gives the signed head (c2sp.org/tlog-checkpoint). */
  checkpoint: () => caller.text('GET', '/log/checkpoint'),
  /** Gives the log's public key (vkey of c2sp.org/signed-note). */
  key: async () => (await caller.text('GET', '/log/key')).trim(),
  /** Proves the entry in the tree of `size` entries, the newest checkpoint's where none is given. */
  inclusionProof: (index: number, size?: number) =>
    caller.json<A.InclusionProof>('GET', '/log/proof/inclusion', { query: { index, size } }),
  /** Proves that the tree of `from` entries, 1 and up, begins that of `to`, the newest checkpoint's where none is given. */
  consistencyProof: (from: number, to?: number) =>
    caller.json<A.ConsistencyProof>('GET', '/log/proof/consistency', { query: { from, to } }),
})

const evidenceOf = (caller: Caller) => ({
  /** Gives an evidence pack, one JSON document a line: of all of the log, or of what is about one thing. */
  pack: (about?: { readonly kind: string; readonly id: string }) =>
    caller.stream('POST', at('evidence'), { body: about === undefined ? {} : { about } }),
})

const doctorOf = (caller: Caller) => ({
  check: () => caller.json<{ readonly checks: readonly A.Check[] }>('GET', at('doctor')),
})
