import type { IdentityKind } from '../contract/register/identity.ts'
import type { PresetName } from '../contract/register/presets.ts'
import type { Autonomy, Reach } from '../contract/register/tier.ts'
import type { ValueRule } from '../contract/register/value-rule.ts'
import type { AlgorithmName } from '../ground/jws-names.ts'

/**
 * How often an assertion of an issuer counts: once, or as often as it is shown until its end, but only together with the
 * key that showed it first.
 */
export type Liveness = 'single-use' | 'cached'

/** What is said once of all workloads of an issuer that come unknown; whoever adopts one answers for it. */
export interface AdoptionPreset {
  /** Mail address of the second accountable person. */
  readonly sponsor: string
  readonly purpose: string
  readonly kind: IdentityKind
  readonly autonomy: Autonomy
  readonly reach: Reach
}

/** An OIDC issuer whose assertions count. */
export interface IssuerTrust {
  /** Exactly as its tokens say `iss`. */
  readonly issuer: string
  /** The platform whose tokens it issues. */
  readonly preset?: PresetName | undefined
  readonly algorithms: readonly AlgorithmName[]
  /** Where its keys are; found by discovery when left out. */
  readonly jwksUri?: string | undefined
  /** Refuses assertions without `jti`; else what is signed is remembered instead. */
  readonly requireJti: boolean
  /** True where the issuer attests where a workload runs (a platform), not only who it is. Default false. */
  readonly attests?: boolean | undefined
  /** Whose tokens it issues: those of people never prove a workload. Default `workloads`. */
  readonly serves?: 'workloads' | 'people' | undefined
  /** The audiences of which an assertion must name exactly one, alone; our own issuer URL where none is given. */
  readonly audiences?: readonly string[] | undefined
  /** Default `single-use`. */
  readonly liveness?: Liveness | undefined
  /** For how long after `iat` an assertion counts; default `LIMITS.assertionAgeSecondsMax`. */
  readonly maxAgeSeconds?: number | undefined
  /** What claims of every assertion of it must be, whoever it is of. */
  readonly claimRules?: Readonly<Record<string, ValueRule>> | undefined
  /** Whose agents it speaks for, where it is a vendor's. */
  readonly vendor?: string | undefined
  /** What an unknown workload of it is adopted as where a person says nothing else: then that takes one click. */
  readonly adoption?: AdoptionPreset | undefined
  /** How many workloads that nobody registered may wait for a person; default `LIMITS.discoveredMax`. */
  readonly discoveredMax?: number | undefined
  /** Lets an issuer on loopback be reached without TLS. For tests. */
  readonly allowInsecureHttp: boolean
  /** Lets it, and where it says its keys are, lie inside: loopback, link-local, private. Default false. */
  readonly allowInternal?: boolean | undefined
}
