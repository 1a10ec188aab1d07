import { isOwnIssuer } from '../../authenticate/assertion/assertion-claims.ts'
import { isTrustDomain, parseSpiffeId, type SpiffeId } from '../../authenticate/assertion/spiffe-id.ts'
import { importVerifyKey } from '../../authenticate/jws-algorithms.ts'
import type { BindingKind } from '../../contract/register/binding.ts'
import type { ClientTerms } from '../../contract/register/client.ts'
import { findWidth, type PresetName, presetNameOf, presetOf } from '../../contract/register/presets.ts'
import { isRedirectUri } from '../../contract/register/redirect-uri.ts'
import { areDisjoint, headOf } from '../../contract/register/value-rule.ts'
import { RemitError } from '../../ground/errors.ts'
import { unique } from '../../ground/unique.ts'
import type { BindingProfile } from '../../register/identity.ts'
import type { House } from '../house.ts'
import type { Cautions } from '../look-twice.ts'
import { lookAtCertificate } from './look-at-certificate.ts'

/** A way to prove an identity as it is put: by its whole subject, or by a pattern of it. */
export interface BindingDraft extends Pick<BindingProfile, 'kind' | 'claims' | 'keys'> {
  /** The platform that it runs on, where it is not known by the issuer. */
  readonly preset?: PresetName | undefined
  /** May be left out where the platform has one for everybody. */
  readonly issuer?: string | undefined
  /** Why it may let in more than one workload. */
  readonly acceptWide?: string | undefined
  readonly subject?: string | undefined
  readonly subjectPattern?: string | undefined
  readonly keyThumbprints?: readonly string[] | undefined
  readonly client?: ClientTerms | undefined
}

/** Reads what was put. Errors: `request_invalid` unless it has exactly one of subject and pattern, and a platform only if it is by OIDC. */
export function readBindingDraft(draft: BindingDraft): BindingProfile {
  const { subject, subjectPattern, keyThumbprints, client, kind, claims, keys } = draft
  if (draft.preset !== undefined && kind !== 'oidc')
    throw refusal(`A preset is of a platform whose tokens are OIDC; a binding by ${kind} has none.`)
  const issuer = draft.issuer ?? (draft.preset === undefined ? null : presetOf(draft.preset).issuer)
  if (issuer === null) throw refusal('Say which issuer it is of.')
  if ((subject === undefined) === (subjectPattern === undefined))
    throw refusal('A binding has either a subject or a subjectPattern.')
  const known = {
    kind,
    issuer,
    claims,
    keys,
    ...(keyThumbprints === undefined ? {} : { keyThumbprints }),
    ...(client === undefined ? {} : { client }),
  }
  return subjectPattern === undefined
    ? { ...known, subject: subject ?? '' }
    : { ...known, subject: headOf(subjectPattern), subjectPattern }
}

/** What a binding lets in beside the one workload that was meant, and why that is accepted. */
export interface AcceptedWidth {
  readonly lets: readonly string[]
  readonly reason: string
}

/**
 * Refuses a binding that lets in more than one workload of its platform (`binding_wide`), unless somebody says why it may;
 * null where it does not. The platform is that of the draft, of the row of its issuer, or of an issuer that is everybody's.
 */
export function weighWidth(house: House, profile: BindingProfile, draft: BindingDraft): AcceptedWidth | null {
  const lets = widthOf(house, profile, draft.preset)
  if (lets.length === 0) return null
  const { acceptWide: reason } = draft
  if (reason !== undefined) return { lets, reason }
  throw new RemitError('binding_wide', {
    detail: `The binding is wide: ${lets.join('; ')}. Pin it down, or accept that with a reason.`,
    facts: { wide: lets },
  })
}

/** Says, a sentence each, what a binding lets in beside one workload, as far as its platform is known. */
export function widthOf(house: House, profile: BindingProfile, said?: PresetName): readonly string[] {
  if (profile.kind !== 'oidc') return []
  const name = platformOf(house, profile, said)
  return name === undefined ? [] : findWidth(presetOf(name), profile)
}

function platformOf(house: House, { issuer }: BindingProfile, said?: PresetName): PresetName | undefined {
  return said ?? house.authenticate.trustOf(issuer)?.preset ?? presetNameOf(issuer)
}

type Look = (house: House, profile: BindingProfile, said?: PresetName) => Promise<Cautions>

const BINDING_LOOKS: Readonly<Partial<Record<BindingKind, Look>>> = {
  oidc: lookAtOidc,
  spiffe: lookAtSpiffe,
  key: lookAtKeys,
  client: lookAtClient,
  attestation: lookAtAttestation,
  certificate: lookAtCertificate,
}

/** Refuses a binding that can never prove anything (`request_invalid`); gives cautions for one that does not yet. */
export async function lookAtBinding(house: House, profile: BindingProfile, said?: PresetName): Promise<Cautions> {
  const look = BINDING_LOOKS[profile.kind]
  if (look === undefined) throw refusal(`A binding by ${profile.kind} cannot be added in this way.`)
  return look(house, profile, said)
}

async function lookAtOidc(house: House, profile: BindingProfile, said?: PresetName): Promise<Cautions> {
  const { issuer } = profile
  if (!URL.canParse(issuer)) throw refusal(`The issuer of an OIDC token is an address, and ${issuer} is none.`)
  if (house.authenticate.trustOf(issuer)?.serves === 'people')
    throw refusal(`The issuer ${issuer} serves people: its tokens prove who has a login there, and never a workload.`)
  if (isOwnIssuer(issuer, house.publicUrl))
    throw refusal(`The issuer ${issuer} is our own: what we make for identities proves none of them here.`)
  refuseKeys(profile)
  refuseOtherThanText(house, profile, said)
  refuseContradictions(profile)
  const literal = [...lookAtStars(profile), ...lookAtForm(profile, platformOf(house, profile, said))]
  return house.authenticate.trusts('oidc', issuer)
    ? literal
    : [
        ...literal,
        `The issuer ${issuer} is not configured here; until it stands in issuers, this binding proves nothing.`,
      ]
}

/** Its issuer signs what proves it: keys beside that would pin nothing, and whoever named them meant to pin it. */
function refuseKeys({ kind, keys }: BindingProfile): void {
  if (keys.length > 0)
    throw refusal(
      `A binding by ${kind} has no keys of its own; pin it to a key by its thumbprint (keyThumbprints, --pin).`,
    )
}

/** Claims that are texts whoever signs them (RFC 7519 section 4.1). */
const TEXT_CLAIMS = ['iss', 'sub', 'jti']

/** Refuses a number, a yes or a no for a claim that is always a text: it would hold for nobody. */
function refuseOtherThanText(house: House, profile: BindingProfile, said?: PresetName): void {
  const name = platformOf(house, profile, said)
  const texts = [...TEXT_CLAIMS, ...(name === undefined ? [] : presetOf(name).pins.flatMap(({ oneOf }) => oneOf))]
  for (const [claim, rule] of Object.entries(profile.claims))
    if (texts.includes(claim) && (typeof rule === 'number' || typeof rule === 'boolean'))
      throw refusal(`The claim ${claim} is a text in these tokens, and ${rule} is none: say ${claim}=${rule}.`)
}

/** Refuses a claim rule that says of the issuer or the subject what the binding does not: both would hold for nobody. */
function refuseContradictions({ issuer, subject, subjectPattern, claims }: BindingProfile): void {
  const bound = { iss: issuer, ...(subjectPattern === undefined ? { sub: subject } : {}) }
  if (areDisjoint(claims, bound))
    throw refusal('A claim says another issuer or subject than the binding itself: it would hold for nobody.')
}

/** A `*` outside of a pattern is a `*`, which no platform puts there: somebody meant a pattern. */
function lookAtStars({ subject, subjectPattern, claims }: BindingProfile): Cautions {
  const stars = Object.entries(claims).filter(([, rule]) => typeof rule === 'string' && rule.includes('*'))
  return [
    ...(subjectPattern === undefined && subject.includes('*')
      ? ['The * of its subject stands for itself; for any name there, say it as a pattern (--subject-pattern).']
      : []),
    ...stars.map(
      ([name]) => `The * of its claim ${name} stands for itself; for any name there, say it as a pattern (${name}~=…).`,
    ),
  ]
}

/** A subject that is not of the form of its platform is a slip, but where the platform was told to make others. */
function lookAtForm({ subject, subjectPattern }: BindingProfile, name?: PresetName): Cautions {
  if (name === undefined) return []
  const whole = subjectPattern ?? subject
  const { subjectLike } = presetOf(name)
  const head = /^[a-z_]+:/.exec(subjectLike)?.[0] ?? ''
  if (whole.startsWith(head) || whole.startsWith('*')) return []
  return [`A subject of ${name} begins with ${head} unless it was told to make others: it is like ${subjectLike}.`]
}

async function lookAtSpiffe(house: House, profile: BindingProfile): Promise<Cautions> {
  const { issuer, subject, subjectPattern } = profile
  refuseKeys(profile)
  if (!isTrustDomain(issuer)) throw refusal('The issuer is a trust domain by its name alone, such as example.org.')
  const whole = (subjectPattern ?? subject).replace(/\*\*?/g, 'any')
  const id = readSpiffeId(whole)
  if (id?.trustDomain !== issuer || id.path === '')
    throw refusal(`The subject is not a SPIFFE ID of a workload of the trust domain ${issuer}: spiffe://${issuer}/…`)
  if (house.svids?.trustDomain === issuer)
    throw refusal(
      `${issuer} is our own trust domain: what we make for identities proves no other binding of theirs here.`,
    )
  return house.authenticate.trusts('spiffe', issuer)
    ? []
    : [
        `The trust domain ${issuer} is not configured here; until it stands in trustDomains, this binding proves nothing.`,
      ]
}

function readSpiffeId(subject: string): SpiffeId | null {
  try {
    return parseSpiffeId(subject)
  } catch {
    return null // whatever is wrong with it, it names no workload
  }
}

async function lookAtKeys(_house: House, { issuer, keys, subjectPattern }: BindingProfile): Promise<Cautions> {
  if (subjectPattern !== undefined) throw refusal('The subject of a key is one name.')
  if (issuer !== 'self') throw refusal('The issuer of a key is self.')
  if (keys.length === 0 || keys.some((key) => importVerifyKey({ ...key }) === undefined))
    throw refusal('A binding by key needs a public key (JWK) that signatures can be verified with.')
  return []
}

const CLIENT_ID = /^[A-Za-z0-9][A-Za-z0-9._~-]{0,99}$/

async function lookAtClient(house: House, { subject, client }: BindingProfile): Promise<Cautions> {
  if (client === undefined || !CLIENT_ID.test(subject))
    throw refusal('A client_id is 1 to 100 of A-Z, a-z, 0-9, ., _, ~, -; register a client with remit client add.')
  if (client.redirectUris.length === 0 || !client.redirectUris.every(isRedirectUri))
    throw refusal(
      'A client needs the addresses that answers may be sent to: https, http on this machine, or a private scheme with a dot in it; none with a fragment.',
    )
  if (client.server === null || house.servers.some(({ name }) => name === client.server)) return []
  return [`There is no server ${client.server} behind the gateway.`]
}

/** Whoever attests must be known: by keys that the binding holds, or by a row of the configuration. */
async function lookAtAttestation(house: House, { issuer, keys, subjectPattern }: BindingProfile): Promise<Cautions> {
  if (subjectPattern !== undefined) throw refusal('The subject of an attestation is one client_id.')
  if ((issuer === 'self') !== keys.length > 0 || keys.some((key) => importVerifyKey({ ...key }) === undefined))
    throw refusal('An attester is known by its public keys (issuer self), or by the issuer of its row in issuers.')
  const off = house.speaks('client-attestation') ? [] : ['Client attestations are switched off here (drafts).']
  if (issuer === 'self' || house.authenticate.trustOf(issuer)?.attests === true) return off
  if (house.authenticate.trusts('oidc', issuer))
    return [...off, `The row of ${issuer} in issuers has no attests: its clients count as key-bound, not as attested.`]
  return [
    ...off,
    `The attester ${issuer} is not configured here; until it stands in issuers, this binding proves nothing.`,
  ]
}

/** Says so where none of these bindings can prove anything now: whoever approves the identity would do it in vain. */
export function lookAtUnproven(house: Pick<House, 'authenticate'>, bindings: readonly BindingProfile[]): Cautions {
  const idle = bindings.filter((each) => !canProve(house, each))
  if (idle.length === 0 || idle.length < bindings.length) return []
  const which = unique(idle.map(({ kind, issuer }) => `${kind} ${issuer}`)).join(', ')
  return [`Nothing proves it now (${which}): whoever signs that is not configured here, or no key of it is left.`]
}

function canProve({ authenticate }: Pick<House, 'authenticate'>, { kind, issuer, keys }: BindingProfile): boolean {
  if (kind === 'oidc' || kind === 'spiffe') return authenticate.trusts(kind, issuer)
  if (kind === 'attestation' && issuer !== 'self') return authenticate.trusts('oidc', issuer)
  return kind !== 'key' || keys.length > 0
}

function refusal(detail: string): RemitError {
  return new RemitError('request_invalid', { detail })
}
