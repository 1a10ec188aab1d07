import { type Change, insert, type Kept } from '../contract/change.ts'
import type { JsonObject } from '../contract/log-entry.ts'
import { isMembers } from '../contract/read-entry.ts'
import type { Binding } from '../contract/register/binding.ts'
import { type PresetName, presetOf, proposeClaims } from '../contract/register/presets.ts'
import { findUnheld } from '../contract/register/value-rule.ts'
import type { BindingStrength } from '../contract/task.ts'
import type { Possession } from '../contract/token/possession.ts'
import { RemitError } from '../ground/errors.ts'
import { type AssertionKind, type Court, readAssertion, type VerifiedAssertion } from './assertion/assertion-kinds.ts'
import { chooseBinding, findBindings, type MatchedBindings, readBound } from './assertion/bound-identity.ts'
import { holdAssertion } from './assertion/held-assertion.ts'
import { proveCaller, type Stranger, type WorkloadCaller } from './caller.ts'
import type { DpopProof } from './dpop/proof.ts'
import { type PresentedAs, requireRightName } from './presented.ts'
import type { PeerCertificate } from './x509/peer-certificate.ts'

/** The keys that were proved together with whatever says who is calling. */
export interface Proved {
  readonly proof?: DpopProof | undefined
  readonly certificate?: PeerCertificate | undefined
}

/** What somebody has proved of themselves, by an assertion or by a certificate. */
export interface Evidence {
  readonly bindingKind: VerifiedAssertion['bindingKind'] | 'certificate' | 'attestation'
  readonly issuer: string
  readonly subject: string
  readonly claims: JsonObject
  readonly strength: BindingStrength
  /** True where the issuer vouches for where the workload runs: with a key that the binding names, it is attested. */
  readonly attested?: boolean
  readonly preset?: PresetName | undefined
  readonly bindingId?: string | undefined
  readonly possession: Possession | null
  /** Marks what was shown as seen. */
  readonly changes: readonly Change[]
}

/** Finds the identity behind an assertion. `kinds` is tried in order on the claims as shown; the first that takes it decides. */
export async function findWorkload(
  court: Court,
  kinds: readonly AssertionKind[],
  shown: { readonly jwt: string; readonly as: PresentedAs },
  proved: Proved,
): Promise<WorkloadCaller | Stranger> {
  const jwt = readAssertion(shown.jwt)
  const kind = kinds.find((row) => row.takes(jwt.claims))
  if (kind === undefined) throw new RemitError('issuer_unknown')
  requireRightName(shown.as, kind.maker, jwt.header)
  const assertion = await kind.verify(jwt)
  const possession = heldBy(proved)
  requireOwnKey(assertion.claims, keysOf(proved))
  const first = await markShown(court, assertion, possession)
  await refuseSpentProof(court, proved)
  const changes = [...first, ...(proved.proof?.changes ?? [])]
  const evidence = { ...assertion, strength: rateStrength(assertion, possession), possession, changes }
  return await nameCaller(court, evidence, await findBindings(court.store, assertion, court.clock.nowMs()))
}

/** Gives the changes that mark an assertion as shown. An early answer; what makes sure is that no row is inserted twice. */
export async function markShown(
  { store }: Pick<Court, 'store'>,
  assertion: Pick<VerifiedAssertion, 'isCached' | 'seen'>,
  possession: Possession | null,
): Promise<readonly Change[]> {
  if (assertion.isCached === true) return await holdAssertion(store, assertion, possession?.thumbprint)
  if ((await store.getSeenProof(assertion.seen.id)) !== undefined) throw new RemitError('assertion_replayed')
  return [insert('seen_proofs', assertion.seen)]
}

/** The key that what comes of it is bound to: a proof is made for that alone, so it goes before the key of the connection. */
export function heldBy({ proof, certificate }: Proved): Possession | null {
  if (proof !== undefined) return { kind: 'jkt', thumbprint: proof.thumbprint }
  return certificate === undefined ? null : { kind: 'x5t#S256', thumbprint: certificate.thumbprint }
}

/** All keys that were proved, by the member of `cnf` that names each. */
export type ProvedKeys = { readonly [Kind in Possession['kind']]?: string | undefined }

/** Gives all keys that were proved; both may have been. */
export function keysOf({ proof, certificate }: Proved): ProvedKeys {
  return { jkt: proof?.thumbprint, 'x5t#S256': certificate?.thumbprint }
}

/**
 * An assertion that names a key (RFC 7800 `cnf`) counts only together with a proof of that key, and one that names a certificate
 * only over a connection with that certificate (RFC 8705 section 3); of one that names both, both are asked for.
 */
export function requireOwnKey({ cnf }: JsonObject, proved: ProvedKeys): void {
  if (cnf === undefined) return
  if (KEY_KINDS.every((kind) => proved[kind] === undefined))
    throw new RemitError('proof_missing', { detail: 'The assertion is bound to a key, and no proof of it was shown.' })
  const named = isMembers(cnf) ? KEY_KINDS.filter((kind) => Object.hasOwn(cnf, kind)) : []
  if (!isMembers(cnf) || named.length === 0 || named.some((kind) => cnf[kind] !== proved[kind]))
    throw new RemitError('proof_invalid', { detail: 'The assertion is bound to another key.' })
}

const KEY_KINDS: readonly Possession['kind'][] = ['jkt', 'x5t#S256']

/** A binding that names keys counts only together with a proof of one of them. */
function requirePinnedKey({ keyThumbprints = [] }: Binding, possession: Possession | null): void {
  if (keyThumbprints.length === 0) return
  if (possession?.kind !== 'jkt')
    throw new RemitError('proof_missing', { detail: 'The binding names keys, and no proof of one of them was shown.' })
  if (!keyThumbprints.includes(possession.thumbprint))
    throw new RemitError('proof_invalid', { detail: 'The binding names other keys.' })
}

/**
 * An early answer, of what this process has written lately or another one before it; what makes sure is that the same row
 * cannot be inserted twice.
 */
export async function refuseSpentProof(
  { store, spent }: Pick<Court, 'store' | 'spent'>,
  { proof }: Proved,
): Promise<void> {
  if (proof === undefined) return
  const isSpent = spent.has(proof.seenId) || (spent.mayPrecede(proof) && (await store.getSeenProof(proof.seenId)))
  if (isSpent) throw new RemitError('proof_invalid', { detail: 'The proof was shown before; each counts once.' })
}

/** Gives the identity whose binding matches what was proved, or the stranger that it is of. */
export async function nameCaller(
  { store }: Pick<Court, 'store'>,
  evidence: Evidence,
  { matching, missed }: MatchedBindings,
): Promise<WorkloadCaller | Stranger> {
  const chosen = chooseBinding(matching, (row) => isOfKey(row, evidence))
  const binding = evidence.bindingId === undefined ? chosen : requireSigner(matching, evidence.bindingId)
  if (binding === undefined) return describeStranger(evidence, missed)
  const { possession, changes } = evidence
  requirePinnedKey(binding, possession)
  const strength =
    evidence.attested === true && (binding.keyThumbprints ?? []).length > 0 ? 'attested' : evidence.strength
  const identity = await readBound(store, binding)
  return proveCaller<WorkloadCaller>({ kind: 'workload', identity, binding, strength, possession, changes })
}

/** Bindings are looked at again once the signature is verified: one that has ended meanwhile is not taken for its successor. */
function requireSigner<B extends Binding>(matching: readonly B[], bindingId: string): B {
  const signer = matching.find(({ id }) => id === bindingId)
  if (signer !== undefined) return signer
  throw new RemitError('assertion_signature', { detail: 'The key that signed it counts no more.' })
}

/** True where a binding is the one whose key was shown, as far as keys tell bindings apart. */
function isOfKey({ id, keyThumbprints = [] }: Binding, { bindingId = id, possession }: Evidence): boolean {
  return id === bindingId && (keyThumbprints.length === 0 || keyThumbprints.includes(possession?.thumbprint ?? ''))
}

/**
 * Without a proven key whatever comes of the assertion can be carried off, however the assertion was signed. And an issuer
 * vouches for where a workload runs only together with a key that somebody vouches for too: the assertion itself (`cnf`), or
 * the binding. With any other one, whoever reads an assertion in a log could show it as their own.
 */
function rateStrength(assertion: VerifiedAssertion, possession: Possession | null): BindingStrength {
  if (possession === null) return 'bearer'
  const { cnf } = assertion.claims
  const isNamed = isMembers(cnf) && cnf[possession.kind] === possession.thumbprint
  return assertion.attested && isNamed ? 'attested' : 'key-bound'
}

/** Claims that say which workload it is and name no person: these a stranger is shown with. */
const TELLING_CLAIMS = [
  'repository',
  'repository_owner',
  'workflow_ref',
  'job_workflow_ref',
  'ref',
  'environment',
  'event_name',
  'namespace_path',
  'project_path',
  'pipeline_source',
  'client_id',
  'azp',
  'appid',
  'oid',
  'tid',
  'agent_name',
]
const toldCharsMax = 200

function describeStranger(evidence: Evidence, missed: readonly Kept<Binding>[]): Stranger {
  const { bindingKind, issuer, subject, claims, preset, changes } = evidence
  // its binding was ended since its key was read, or nobody said of this very certificate whose it is
  if (bindingKind === 'certificate')
    throw new RemitError('issuer_unknown', {
      detail:
        'No identity is bound to this certificate, nor to a name in it for which an authority of clientAuthorities vouches.',
    })
  if (bindingKind !== 'oidc' && bindingKind !== 'spiffe') throw new RemitError('issuer_unknown')
  const told = preset === 'vendor' ? tellProperties(claims) : tellClaims(claims, TELLING_CLAIMS)
  return {
    kind: 'stranger',
    bindingKind,
    issuer,
    subject,
    claims: Object.fromEntries(told),
    proposed: preset === undefined ? {} : proposeClaims(presetOf(preset), claims),
    missed: missed.map((row) => ({ identityId: row.identityId, claims: findUnheld(row.claims, claims) })),
    changes,
  }
}

type Told = readonly (readonly [string, string])[]

function tellClaims(claims: JsonObject, names: readonly string[]): Told {
  return names.flatMap((name) => {
    const value = Object.hasOwn(claims, name) ? claims[name] : undefined
    const text = Array.isArray(value) ? value.filter((each) => typeof each === 'string').join(', ') : value
    return typeof text === 'string' && text !== '' ? [[name, clip(text)] as const] : []
  })
}

/** What a vendor says of its agent (draft-carleton-workload-authz-grant): claims of their own, or members of one. */
const AGENT_PROPERTIES = ['name', 'namespace', 'groups', 'roles', 'ctx']

function tellProperties(claims: JsonObject): Told {
  const { properties } = claims
  return tellClaims(isMembers(properties) ? { ...properties, ...claims } : claims, AGENT_PROPERTIES)
}

/** Takes out what could not be shown or logged. */
function clip(text: string): string {
  return text.replace(/\p{C}/gu, '').slice(0, toldCharsMax).toWellFormed()
}
