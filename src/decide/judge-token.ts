import type { WorkloadCaller } from '../authenticate/caller.ts'
import { type Change, insert, type Kept, update } from '../contract/change.ts'
import type { Credential } from '../contract/credential.ts'
import type { Decision } from '../contract/decision.ts'
import { freezeCanonical } from '../contract/log/canonical-json.ts'
import type { Binding } from '../contract/register/binding.ts'
import type { Composition } from '../contract/register/composition.ts'
import { TIER_TERMS } from '../contract/register/tier.ts'
import type { Scope } from '../contract/scope.ts'
import { type BindingStrength, isMeantFor, type Task } from '../contract/task.ts'
import { isOwnDoor } from '../contract/token/gateway-address.ts'
import { bindTo, type Possession } from '../contract/token/possession.ts'
import { LIMITS } from '../ground/limits.ts'
import { type AcrossGranted, judgeAcross } from './across/judge-across.ts'
import { describeIdentity, describeTask, tellRemembered } from './describe.ts'
import { shortenText, type UsedFacts } from './facts/fit-data.ts'
import { deny, denyByLaw, type Hearing, permit } from './hearing.ts'
import { labelsOf } from './laws/act.ts'
import { COMPOSITION_LAWS } from './laws/composition.ts'
import { findBroken, type Law, over } from './laws/law.ts'
import { holdToMayAct, type MayAct } from './laws/may-act.ts'
import { PROOF_LAWS, STANDING_LAWS } from './laws/standing.ts'
import { found, guardStanding, type Lineage, readLineage, readMemory } from './lineage.ts'
import { askPolicies } from './policy/ask-policies.ts'
import { refuseByPolicy } from './policy/refuse-by-policy.ts'
import { askAboutToken } from './policy/slice.ts'
import type { TokenRequest } from './requests.ts'
import { readHeldScope } from './reviewed/held-scope.ts'

/** All that bounds a token. */
export interface TokenLawFacts {
  readonly lineage: Lineage
  readonly binding: Binding
  readonly strength: BindingStrength
  readonly possession: Possession | null
  /** What runs, as it says itself. */
  readonly running: Composition | undefined
  /** True where it is to be a certificate of a key, and no token. */
  readonly isAboutCertificate: boolean
  /** The one task that the proof is good for, of a proof that came out of a task itself. */
  readonly within: WorkloadCaller['within']
  /** What of the scope of the task is still granted. */
  readonly held: Scope
  /** True where each act by the token is judged anew, here. */
  readonly isJudgedHere: boolean
}

const termsOf = (facts: TokenLawFacts): (typeof TIER_TERMS)['T0'] => TIER_TERMS[facts.lineage.own.identity.tier]

const strengthAsked = ({ lineage }: TokenLawFacts): string => lineage.own.task.takenBy?.minStrength ?? 'bearer'

/** Of a workload for which a task is not meant: true where nothing but its proof is in the way. */
const isTooWeak = ({ lineage, binding }: TokenLawFacts): boolean => isMeantFor(lineage.own.task, binding, 'attested')

/** What must hold before a token is made. */
const TOKEN_LAWS: readonly Law<TokenLawFacts>[] = [
  {
    rule: 'law:task-approved',
    code: 'approval_required',
    holds: (facts) => facts.lineage.own.task.state !== 'waiting',
    says: () => 'The task waits for a person to approve it.',
    ask: () => 'Ask again once the approval of the task is answered.',
  },
  ...over((facts: TokenLawFacts) => facts.lineage.standing, STANDING_LAWS),
  {
    rule: 'law:same-binding',
    code: 'task_not_active',
    // a cutoff of one binding has to reach every token that came out of it
    holds: (facts) =>
      [null, facts.binding.id, facts.binding.replacesId ?? null].includes(facts.lineage.own.task.bindingId),
    says: () => 'The task was opened by another workload of this identity.',
    ask: () => 'Open a task with the binding that will use it.',
  },
  {
    rule: 'law:taken-by',
    code: 'task_not_active',
    // its tests, or whoever got hold of a weaker proof, take nothing that was handed to its production
    holds: (facts) => isMeantFor(facts.lineage.own.task, facts.binding, facts.strength),
    says: (facts) =>
      isTooWeak(facts)
        ? `The task was handed to those that prove themselves more strongly: ${strengthAsked(facts)} at least, and this proof is ${facts.strength}.`
        : 'The task was handed to other workloads of this identity.',
    ask: (facts) =>
      isTooWeak(facts)
        ? 'Prove yourself so, or have it handed over again where takenBy and the grant (remit identity delegate) ask for less.'
        : 'Have the task handed over again, and say in takenBy who takes it.',
  },
  {
    rule: 'law:own-svid',
    code: 'task_not_active',
    // else a certificate of ours would renew itself, long after the workload could prove itself no more
    holds: ({ within, lineage, isAboutCertificate }) =>
      within === undefined || (within.taskId === lineage.own.task.id && !isAboutCertificate),
    says: () => 'A certificate that was given in a task counts for tokens of that task, and for nothing else.',
    ask: () => 'Prove yourself by what the identity is bound to.',
  },
  {
    rule: 'law:possession',
    code: 'proof_missing',
    holds: (facts) => termsOf(facts).proofOfPossession === 'optional' || facts.possession !== null,
    says: (facts) => `A token of tier ${facts.lineage.own.identity.tier} is bound to a key, and no key was shown.`,
    ask: () => 'Show a DPoP proof with the request, or come with a certificate.',
  },
  ...over(
    ({ lineage, strength, binding }: TokenLawFacts) => ({
      identity: lineage.own.identity,
      strength,
      bindingKind: binding.kind,
    }),
    PROOF_LAWS,
  ),
  ...over(({ lineage, running }: TokenLawFacts) => ({ identity: lineage.own.identity, running }), COMPOSITION_LAWS),
  {
    rule: 'law:granted',
    code: 'scope_exceeded',
    // servers of others judge by the token alone: one of which nothing is left lets nobody in; here it may still complete its task
    holds: ({ held, isJudgedHere }) => isJudgedHere || held.length > 0,
    says: () => 'Nothing of what the task was opened for is granted any more.',
    ask: () => 'Open a task for what the identity is entitled to now.',
  },
]

/** Decides whether a workload gets a token inside one of its tasks. */
export async function judgeToken(
  hearing: Hearing<'token'>,
  caller: WorkloadCaller,
  request: TokenRequest,
): Promise<Decision<'token'>> {
  const { store, atMs } = hearing
  const [[asked], [binding]] = await Promise.all([store.tasks([request.taskId]), store.bindings([caller.binding.id])])
  if (asked === undefined || asked.identityId !== caller.identity.id) return denyForeign(hearing, caller, request)
  const lineage = await readLineage(store, asked, { atMs, binding: found(binding, 'binding') })
  const held = await readHeldScope(store, lineage)
  const facts: TokenLawFacts = {
    lineage,
    held: held.scope,
    isJudgedHere:
      request.across === undefined && hearing.issuer !== undefined && isOwnDoor(hearing.issuer, request.audience),
    binding: caller.binding,
    strength: caller.strength,
    possession: request.certify === undefined ? caller.possession : { kind: 'jkt', ...request.certify },
    running: request.composition,
    isAboutCertificate: request.certify !== undefined,
    within: caller.within,
  }
  const { own } = lineage
  const known: UsedFacts = {
    identityId: own.identity.id,
    taskId: own.task.id,
    identity: describeIdentity(own.identity),
    task: describeTask(own.task),
    binding: { id: caller.binding.id, strength: caller.strength },
    asked: { ...request },
    possession: caller.possession !== null,
    labels: labelsOf(own.usage),
  }
  const inChain: Hearing<'token'> = { ...hearing, actor: { ...hearing.actor, chain: freezeCanonical(own.task.chain) } }
  const broken = findBroken(TOKEN_LAWS, facts)
  if (broken !== undefined) return denyByLaw(inChain, broken, facts, known)
  const memory = await readMemory(store, lineage, true)
  const usage = { ...own.usage, ...memory.ranks } // whoever takes the token knows of no other task
  const used: UsedFacts = { ...known, ...tellRemembered(memory) }
  const proof = { strength: caller.strength, possession: caller.possession !== null }
  const across = request.across && (await judgeAcross(inChain, lineage, request.across, { memory, proof, used }))
  if (across !== undefined && 'outcome' in across) return across
  const verdict = askPolicies(inChain, [
    askAboutToken(own.identity, { task: own.task, usage }, request.audience, proof, hearing.surroundings),
    ...(across?.asks ?? []),
  ])
  // obligations are of acts, and there is nobody elsewhere on whom one of ours could be laid
  const no = refuseByPolicy(inChain, verdict, { used, supported: [] })
  if (no !== null) return no
  const credential = makeCredential(hearing, { ...facts, across }, request.audience, holdToMayAct(lineage.standing))
  const { task, changes } = bindTask(lineage, caller.binding.id)
  return permit(inChain, {
    asked: verdict.asked,
    grant: { credential, task: { ...task, scope: held.scope }, usage, identity: own.identity },
    reasons: [
      { rule: 'law:task-live', sentence: 'The task and all above it stand, and the token ends before they do.' },
      ...verdict.reasons,
    ],
    facts: { ...used, ...tellCredential(credential), ...tellAcross(across) },
    // guards come before what this changes itself
    changes: [...(across?.changes ?? []), ...held.guards, ...changes, insert('credentials', credential)],
    subject: { kind: 'credential', id: credential.id },
  })
}

/** However many its scopes are, of which a long list is cut, those who read the log learn of which classes they are. */
function tellAcross(across: AcrossGranted | undefined): UsedFacts {
  if (across === undefined) return {}
  const { resource, scopes, classes, told } = across
  return { ...told, across: { resource, scopes, classes } }
}

function tellCredential({ id, audience, expiresMs }: Credential): UsedFacts {
  return { credentialId: id, audience, expiresMs }
}

function makeCredential(
  hearing: Hearing,
  facts: TokenLawFacts & { readonly across: AcrossGranted | undefined },
  audience: string,
  _mayAct: MayAct,
): Credential {
  const { across, lineage } = facts
  const { own, links } = lineage
  const longestSeconds = Math.min(
    termsOf(facts).longestCredentialSeconds,
    facts.isAboutCertificate ? LIMITS.x509SvidSecondsMax : Number.POSITIVE_INFINITY,
    facts.across === undefined ? Number.POSITIVE_INFINITY : LIMITS.idJagSeconds,
  )
  const longestMs = Math.min(hearing.atMs + longestSeconds * 1000, facts.within?.untilMs ?? Number.POSITIVE_INFINITY)
  return {
    id: hearing.ids.next('credential'),
    kind: kindOf(facts),
    identityId: own.identity.id,
    taskId: own.task.id,
    audience,
    ...(across === undefined ? {} : { across: { resource: across.resource, scopes: across.scopes } }),
    ...bindTo(facts.possession),
    strength: facts.strength,
    issuedMs: hearing.atMs,
    expiresMs: Math.min(longestMs, ...links.map((link) => link.task.endsMs), ...secretEnds(facts)),
    state: 'intended',
  }
}

/** A secret ends by the clock alone: no entry says so, and where a token is looked up in a list nobody would be told. */
function secretEnds({ binding, lineage }: TokenLawFacts): readonly number[] {
  return [binding, ...lineage.links.map((link) => link.binding)].flatMap((row) => row?.secretEndsMs ?? [])
}

function kindOf({ isAboutCertificate, across }: Parameters<typeof makeCredential>[1]): Credential['kind'] {
  if (across !== undefined) return 'id_jag'
  return isAboutCertificate ? 'x509_svid' : 'access_token'
}

/** A task that was handed over belongs from its first token on to the binding that took it, and any to one that replaces its own. */
function bindTask(
  lineage: Lineage,
  bindingId: string,
): { readonly task: Kept<Task>; readonly changes: readonly Change[] } {
  const { task } = lineage.own
  const guards = guardStanding(lineage.standing)
  if (task.bindingId === bindingId) return { task, changes: guards }
  const bound = { ...task, bindingId }
  return { task: { ...bound, version: task.version + 1 }, changes: [...guards, update('tasks', task, bound)] }
}

/** A task of somebody else and one that never was sound alike. */
function denyForeign(hearing: Hearing<'token'>, caller: WorkloadCaller, request: TokenRequest): Decision<'token'> {
  return deny(hearing, {
    code: 'task_not_active',
    reasons: [{ rule: 'law:own-task', sentence: 'This identity has no such task.' }],
    facts: {
      identity: describeIdentity(caller.identity),
      asked: { taskId: shortenText(request.taskId, LIMITS.nameCharsMax), audience: request.audience },
    },
    ask: { sentence: 'Open a task first.' },
  })
}
