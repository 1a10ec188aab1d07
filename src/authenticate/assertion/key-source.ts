import type { HeldKey } from '../../contract/register/trust-bundle.ts'
import type { Clock } from '../../ground/clock.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { computeThumbprint } from '../dpop/proof.ts'
import type { VerifyKey } from '../jws-algorithms.ts'
import type { Certificate } from '../x509/certificate.ts'

/** The keys as they were read, and how long they may be used without looking again. */
export interface LoadedKeys {
  readonly keys: readonly VerifyKey[]
  /** The authorities of a trust domain's certificates; an issuer has none. */
  readonly authorities?: readonly Certificate[]
  readonly maxAgeMs: number
  /** The `spiffe_sequence` of a bundle. */
  readonly sequence: bigint | null
  /** How far the clock of who publishes them was ahead of ours; null or absent where that was not told. */
  readonly skewMs?: number | null
}

/** What a source of keys is made of. */
export interface KeySourceOptions {
  readonly name: string
  readonly clock: Clock
  /** Reads the keys; is given those of before, if any. Rejects when they cannot be had. */
  readonly load: (previous: LoadedKeys | undefined) => Promise<LoadedKeys>
  /** Gives the keys that were kept over a restart, and how old they are; asked once, before the first read. */
  readonly kept?: () => Promise<{ readonly value: LoadedKeys; readonly ageMs: number } | undefined>
  /** How long past their age keys that cannot be read again are still believed. */
  readonly staleMs: number
}

interface Loaded {
  readonly value: LoadedKeys
  readonly atMs: number
}

/** How a source does, for those who run the house. */
export interface KeySourceStatus {
  readonly name: string
  readonly keys: number
  /** The ids of its keys, as far as they have some: each at most 100 characters. */
  readonly keyIds: readonly string[]
  /** What tells its keys apart from others, and its authorities, whatever they are called. */
  readonly held: readonly HeldKey[]
  /** How far its clock is ahead of ours; null where that is not known. */
  readonly skewMs: number | null
  /** Since the keys were read; null where they never were. */
  readonly ageMs: number | null
  /** Why the last attempt failed; null where it did not. */
  readonly problem: string | null
}

/** Gives those of what is published that will do; while it gives none, what is published is read once more. */
type Pick<T> = (published: readonly T[]) => readonly T[]

/** The published keys of one issuer or trust domain, kept for a while. */
export interface KeySource {
  /** Gives the keys that `pick` picks, none where none is published. Errors: `issuer_unavailable`. */
  find(pick: Pick<VerifyKey>): Promise<readonly VerifyKey[]>
  /** As `find`, for the authorities of certificates. */
  findAuthorities(pick: Pick<Certificate>): Promise<readonly Certificate[]>
  /** Gives all that is published. Errors: `issuer_unavailable`. */
  all(): Promise<LoadedKeys>
  /** Reads the keys if that may be done now, and says how the source does. */
  check(): Promise<KeySourceStatus>
}

/**
 * Keeps the keys of one issuer. One read at a time; after a success none within `LIMITS.jwksCooldownMs`, however many
 * unknown key ids are shown; after a failure none within a pause that doubles from `LIMITS.jwksRetryMs` to the
 * cooldown. Where a read fails, the keys of before go on to count for `staleMs`.
 */
export function createKeySource(options: KeySourceOptions): KeySource {
  const { clock, name } = options
  let loaded: Loaded | undefined
  let reading: Promise<void> | undefined
  let lastAttemptMs = Number.NEGATIVE_INFINITY
  let failures = 0
  let problem: unknown

  const ageMs = (): number => (loaded === undefined ? Number.POSITIVE_INFINITY : clock.monotonicMs() - loaded.atMs)
  const pauseMs = (): number =>
    failures === 0
      ? LIMITS.jwksCooldownMs
      : Math.min(LIMITS.jwksRetryMs * 2 ** Math.min(failures - 1, 16), LIMITS.jwksCooldownMs)

  const read = async (): Promise<void> => {
    try {
      loaded ??= await recall(options)
      const value = await options.load(loaded?.value)
      loaded = { value, atMs: clock.monotonicMs() }
      failures = 0
      problem = undefined
    } catch (cause) {
      failures += 1
      problem = cause // kept, and told by `unavailable` and `check`
    } finally {
      lastAttemptMs = clock.monotonicMs()
      reading = undefined
    }
  }
  /** Joins a read under way, or starts one unless it is too early for another. */
  const refresh = async (): Promise<void> => {
    if (reading === undefined && clock.monotonicMs() - lastAttemptMs < pauseMs()) return
    reading ??= read()
    await reading
  }
  const all = async (): Promise<LoadedKeys> => {
    if (ageMs() >= (loaded?.value.maxAgeMs ?? 0)) await refresh()
    if (loaded === undefined || ageMs() >= loaded.value.maxAgeMs + options.staleMs) throw unavailable(name, problem)
    return loaded.value
  }
  const look = async <T>(pick: (value: LoadedKeys) => readonly T[]): Promise<readonly T[]> => {
    const value = await all()
    const found = pick(value)
    if (found.length > 0) return found
    await refresh()
    if (failures > 0) throw unavailable(name, problem) // the key may be one that we could not read
    return pick(loaded?.value ?? value)
  }

  return {
    all,
    find: (pick) => look(({ keys }) => pick(keys)),
    findAuthorities: (pick) => look(({ authorities = [] }) => pick(authorities)),
    async check() {
      await refresh()
      const { keys = [], authorities = [], skewMs = null } = loaded?.value ?? {}
      return {
        name,
        keys: keys.length,
        keyIds: keys.flatMap(({ kid }) => (kid === null ? [] : [clipName(kid)])),
        held: [...keys.map(holdKey), ...authorities.map(({ thumbprint }) => ({ id: thumbprint, thumbprint }))],
        skewMs,
        ageMs: loaded === undefined ? null : Math.round(ageMs()),
        problem: failures === 0 ? null : describe(problem),
      }
    },
  }
}

/** Why is for those who run the house: whoever shows an assertion does not probe our network by it. */
function unavailable(name: string, cause: unknown): RemitError {
  return new RemitError('issuer_unavailable', { detail: `The keys of ${name} cannot be read now.`, cause })
}

/** What was kept is as old as it is, and counts no longer for that; but what is older than it is refused from the start. */
async function recall({ kept, clock }: KeySourceOptions): Promise<Loaded | undefined> {
  const found = await kept?.()
  return found === undefined ? undefined : { value: found.value, atMs: clock.monotonicMs() - found.ageMs }
}

function holdKey({ kid, object }: VerifyKey): HeldKey {
  const thumbprint = computeThumbprint({ ...object.export({ format: 'jwk' }) })
  return { id: kid === null ? thumbprint : clipName(kid), thumbprint }
}

/** Others name their keys: what is told of it can be shown and logged. */
function clipName(kid: string): string {
  return kid.replace(/\p{C}/gu, '').slice(0, 100).toWellFormed()
}

function describe(problem: unknown): string {
  return problem instanceof RemitError ? problem.detail : 'Something unexpected happened.'
}
