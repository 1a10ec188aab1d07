import type { Approval } from '../src/contract/approval/approval.ts'
import type { Envelope } from '../src/contract/approval/envelope.ts'
import type { Kept } from '../src/contract/change.ts'
import type { Limit } from '../src/contract/counters/limit.ts'
import type { Cutoff } from '../src/contract/cutoff.ts'
import type { PolicyDomain, PolicyVersion } from '../src/contract/policy.ts'
import type { Binding } from '../src/contract/register/binding.ts'
import type { Composition } from '../src/contract/register/composition.ts'
import type { Entitlement } from '../src/contract/register/entitlement.ts'
import type { Identity, IdentityState } from '../src/contract/register/identity.ts'
import type { Person, Role } from '../src/contract/register/person.ts'
import type { PersonRight } from '../src/contract/register/person-right.ts'
import type { Purpose, ResourceRule, ToolRule } from '../src/contract/register/purpose.ts'
import type { Task, TaskState } from '../src/contract/task.ts'
import { createAccessDesk } from './access.ts'
import type * as A from './answers.ts'
import type { ApprovalShown, Voted } from './approval-answers.ts'
import { type BaseUrl, type Caller, createCaller, type Fetch } from './call.ts'
import { actingOf, delegationsOf } from './delegations.ts'
import type * as E from './evaluation-answers.ts'
import type { Explanation } from './explanation.ts'
import type * as I from './issuer-answers.ts'
import { keysOf } from './keys.ts'
import { loginsOf } from './logins.ts'
import { pathsOf } from './paths.ts'
import type * as P from './policy-answers.ts'
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

/** A part of a list, by rising key: what comes after `after`, at most `limit` rows (default and most: 200). The answer's `next` is the `after` of the next part. */
export type PageQuery = { readonly after?: string; readonly limit?: number }

const at = (...parts: readonly (string | number)[]): string => `/api/v1/${parts.map(encodeURIComponent).join('/')}`

const sessionsOf = (caller: Caller) => ({
  /** Spends a one-time link (`rml_…`). Errors: `login_link_invalid`. */
  open: (link: string) => caller.json<A.SignedIn>('POST', at('sessions'), { body: { link } }),
  /** Ends the session of this client. */
  end: () => caller.json<A.Explained>('DELETE', at('sessions', 'current')),
  /** Makes a one-time link for oneself, to sign in with a browser: good for 10 minutes; its session ends with this one. */
  link: () => caller.json<A.LinkMade>('POST', at('me', 'links')),
  /** Gives who this session belongs to. */
  me: () => caller.json<{ readonly person: Kept<Person> }>('GET', at('me')),
})

/** What a person may do, and so what agents may do on their behalf, for `days` days (1 to 366). */
type RightDraft = Omit<A.EntitlementDraft, 'approval' | 'approvers' | 'counts'>

const peopleOf = (caller: Caller) => ({
  list: (query: PageQuery = {}) =>
    caller.json<A.Part & { readonly people: readonly Kept<Person>[] }>('GET', at('people'), { query }),
  add: (draft: A.PersonDraft) => caller.json<A.PersonAdded>('POST', at('people'), { body: draft }),
  /** Makes a new one-time sign-in link. */
  link: (id: string) => caller.json<A.LinkMade>('POST', at('people', id, 'links')),
  /** Gives the person these roles and no others. Errors: `transition_needs` for the last administrator. */
  setRoles: (id: string, roles: readonly Role[]) =>
    caller.json<A.PersonChanged>('POST', at('people', id, 'roles'), { body: { roles } }),
  /** Changes the name, the mail address, or both. */
  rename: (id: string, profile: Partial<Pick<A.PersonDraft, 'name' | 'email'>>) =>
    caller.json<A.PersonChanged>('POST', at('people', id, 'profile'), { body: profile }),
  /** Lists what a person may do: it bounds what agents do on their behalf. */
  rights: (id: string) =>
    caller.json<{ readonly rights: readonly Kept<PersonRight>[] }>('GET', at('people', id, 'rights')),
  /** Gives another person a right. Errors: `self_approval`. */
  grantRight: (id: string, draft: RightDraft) =>
    caller.json<A.Explained & { readonly right: PersonRight }>('POST', at('people', id, 'rights'), { body: draft }),
  endRight: (id: string, rightId: string, reason: string) =>
    caller.json<A.Explained>('POST', at('people', id, 'rights', rightId, 'end'), { body: { reason } }),
  /** Records that the person has left; what they owned is suspended. */
  leave: (id: string) =>
    caller.json<A.Explained & { readonly suspended: readonly string[] }>('POST', at('people', id, 'leave')),
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
    caller.json<A.Explained & { readonly limit: Limit }>('POST', at('limits'), { body: limit }),
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
    caller.json<A.Part & { readonly identities: readonly Kept<Identity>[] }>('GET', at('identities'), { query }),
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
  /** Puts it up for approval, with what it is made of where that is said (null: anything): from its next activation on just that gets tokens. */
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
    caller.json<A.Part & { readonly approvals: readonly Kept<Approval>[] }>('GET', at('approvals'), { query }),
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

const evaluationOf = (caller: Caller, base = '/access/v1') => ({
  /** Asks whether something would be allowed (OpenID AuthZEN 1.0). The question and its answer are recorded. */
  evaluate: (question: E.EvaluationQuestion) =>
    caller.json<E.EvaluationAnswer>('POST', `${base}/evaluation`, { body: question }),
  /** Asks several at once. What is wrong with one of them is a no to that one alone; at most 256. */
  evaluateAll: (questions: E.EvaluationQuestions) =>
    caller.json<{ readonly evaluations: readonly E.EvaluationAnswer[] }>('POST', `${base}/evaluations`, {
      body: questions,
    }),
  /** Finds which subjects of a type may do this; a part at a time, `page.next_token` names the next one. */
  searchSubjects: (question: E.Search<'subject'>) =>
    caller.json<E.SearchFound<{ readonly type: string; readonly id: string }>>('POST', `${base}/search/subject`, {
      body: question,
    }),
  /** Finds on which resources of a type the subject may do this. */
  searchResources: (question: E.Search<'resource'>) =>
    caller.json<E.SearchFound<{ readonly type: string; readonly id: string }>>('POST', `${base}/search/resource`, {
      body: question,
    }),
  /** Finds what the subject may do to this resource. */
  searchActions: (question: E.Search<'action'>) =>
    caller.json<E.SearchFound<{ readonly name: string }>>('POST', `${base}/search/action`, { body: question }),
})

const domainsOf = (caller: Caller) => ({
  list: (query: PageQuery = {}) =>
    caller.json<A.Part & { readonly domains: readonly Kept<PolicyDomain>[] }>('GET', at('domains'), { query }),
  versions: (domain: string, query: PageQuery = {}) =>
    caller.json<A.Part & { readonly versions: readonly Kept<PolicyVersion>[] }>(
      'GET',
      at('domains', domain, 'versions'),
      { query },
    ),
  show: (domain: string, number: number) =>
    caller.json<P.DomainVersionShown>('GET', at('domains', domain, 'versions', number)),
  /**
   * Puts `*.cedar`, `schema.cedarschema` and `entities.json` up for approval as a domain, or in shadow under observation.
   * Errors: `policies_invalid`, `already_exists`; `not_found` in shadow of nothing.
   */
  publish: (domain: string, files: readonly P.PolicyFile[], why: P.PublicationReason) =>
    caller.json<P.DomainPublished>('POST', at('domains', domain, 'versions'), { body: { files, ...why } }),
  /** Publishes an older version of a domain anew, by the same rules. */
  rollBack: (domain: string, number: number, why: P.PublicationReason) =>
    caller.json<P.DomainPublished>('POST', at('domains', domain, 'versions', number, 'rollback'), { body: why }),
  /** Finds what is wrong or odd in files of a domain; nothing is changed. */
  validate: (domain: string, files: readonly P.PolicyFile[]) =>
    caller.json<P.PolicyValidation>('POST', at('domains', domain, 'validate'), { body: { files } }),
  /** Asks files of a domain what the `*.test.json` among them expect. Errors: `policies_invalid`. */
  test: (domain: string, files: readonly P.PolicyFile[]) =>
    caller.json<P.PolicyTests>('POST', at('domains', domain, 'test'), { body: { files } }),
  /** Says how files differ from the version of a domain that decides, or from another. Errors: `policies_invalid`, `not_found`. */
  diff: (domain: string, files: readonly P.PolicyFile[], against?: number) =>
    caller.json<P.PolicyDifference>('POST', at('domains', domain, 'diff'), {
      body: { files, ...(against === undefined ? {} : { against }) },
    }),
  /** Says which actions of a domain no policy permits, and which policies decided nothing. Errors: `not_found`. */
  coverage: (domain: string) => caller.json<P.DomainCoverage>('GET', at('domains', domain, 'coverage')),
  /** Decides again what the log holds of a domain, a part a request. Errors: `policies_invalid`, `not_found`. */
  replay: (domain: string, order: P.ReplayOrder) =>
    caller.json<P.PolicyReplayed>('POST', at('domains', domain, 'replay'), { body: order }),
  /** Says where the version of a domain in shadow would have answered otherwise; a part a request. */
  shadow: (domain: string, query: { readonly version?: number; readonly from?: number } = {}) =>
    caller.json<P.PolicyShadow>('GET', at('domains', domain, 'shadow'), { query }),
  /** Asks a domain, as `evaluation` asks Remit's own. */
  of: (domain: string) => evaluationOf(caller, `/access/v1/domains/${encodeURIComponent(domain)}`),
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

const policiesOf = (caller: Caller) => ({
  /** Says which version decides now, what is observed beside it, and what is odd in it. */
  inForce: () => caller.json<P.PoliciesInForce>('GET', at('policies', 'in-force')),
  list: (query: PageQuery = {}) =>
    caller.json<A.Part & { readonly versions: readonly Kept<PolicyVersion>[] }>('GET', at('policies'), { query }),
  show: (number: number) => caller.json<P.PolicyVersionShown>('GET', at('policies', number)),
  /** Finds every fault and oddity; nothing is changed. */
  validate: (files: readonly P.PolicyFile[]) =>
    caller.json<P.PolicyValidation>('POST', at('policies', 'validate'), { body: { files } }),
  /** Asks the policies what the `*.test.json` among the files expect of them. Errors: `policies_invalid`. */
  test: (files: readonly P.PolicyFile[]) =>
    caller.json<P.PolicyTests>('POST', at('policies', 'test'), { body: { files } }),
  /** Holds the policies against the tools that there are, and against what was decided; for an admin or auditor. */
  coverage: () => caller.json<P.PolicyCoverage>('GET', at('policies', 'coverage')),
  /** Says how the files differ from the version in force, or from another. Errors: `policies_invalid`, `not_found`. */
  diff: (files: readonly P.PolicyFile[], against?: number) =>
    caller.json<P.PolicyDifference>('POST', at('policies', 'diff'), {
      body: { files, ...(against === undefined ? {} : { against }) },
    }),
  /** Puts a version up for approval, or in shadow under observation. Errors: `policies_invalid`, `already_exists`. */
  publish: (files: readonly P.PolicyFile[], why: P.PublicationReason) =>
    caller.json<P.PoliciesPublished>('POST', at('policies'), { body: { files, ...why } }),
  /** Decides again what the log holds, a part a request. Errors: `policies_invalid`, `not_found`. */
  replay: (order: P.ReplayOrder) => caller.json<P.PolicyReplayed>('POST', at('policies', 'replay'), { body: order }),
  /** Says where the version in shadow, or another that was, would have decided otherwise; a part a request. */
  shadow: (query: { readonly version?: number; readonly from?: number } = {}) =>
    caller.json<P.PolicyShadow>('GET', at('policies', 'shadow'), { query }),
  /** Publishes an older version anew, by the same rules. */
  rollBack: (number: number, why: P.PublicationReason) =>
    caller.json<P.PoliciesPublished>('POST', at('policies', number, 'rollback'), { body: why }),
})

const doctorOf = (caller: Caller) => ({
  check: () => caller.json<{ readonly checks: readonly A.Check[] }>('GET', at('doctor')),
})
