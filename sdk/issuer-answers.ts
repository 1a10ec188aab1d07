import type { JsonWebKeyPublic } from '../src/contract/register/binding.ts'
import type { PresetName } from '../src/contract/register/presets.ts'

/** What takes the place of what proves an identity now; both count for `overlapSeconds` (0 to 30 days; a day) once approved. */
export interface RotationDraft {
  readonly issuer?: string
  /** Of a certificate that is registered by itself: its new SHA-256. */
  readonly subject?: string
  readonly keys?: readonly JsonWebKeyPublic[]
  readonly keyThumbprints?: readonly string[]
  readonly overlapSeconds?: number
  readonly reason: string
}

/** An issuer or trust domain: what it is trusted with, and how it does. */
export interface IssuerShown {
  readonly name: string
  readonly kind: 'oidc' | 'spiffe'
  readonly preset: PresetName | null
  readonly serves: 'workloads' | 'people'
  readonly liveness: 'single-use' | 'cached'
  readonly attests: boolean
  readonly vendor: string | null
  readonly audiences: readonly string[]
  readonly keys: number
  readonly keyIds: readonly string[]
  /** How far its clock is ahead of ours; null where that is not known. */
  readonly skewMs: number | null
  /** Since its keys were read; null where they never were. */
  readonly ageMs: number | null
  readonly problem: string | null
}

/** A platform whose tokens are known: how they live, and which claims pin one of its workloads down. */
export interface PresetShown {
  readonly name: PresetName
  readonly issuer: string | null
  readonly issuerLike: string
  readonly subjectLike: string
  readonly trust: {
    readonly liveness: 'single-use' | 'cached'
    readonly requireJti: boolean
    readonly maxAgeSeconds: number
    readonly algorithms: readonly string[]
  }
  readonly pins: readonly {
    readonly oneOf: readonly string[]
    /** As one of these values alone; as any, where that is left out. */
    readonly to?: readonly (string | boolean)[]
    readonly lets: string
  }[]
  readonly proposes: readonly string[]
}
