import { makeCertificateKey } from '../../sdk/certificate-request.ts'
import { isProblem } from '../../sdk/problem.ts'
import type { TrustBundle, TrustBundles } from '../../sdk/svid-answers.ts'
import type { SvidAgent } from './follow-key.ts'
import { readPemChain } from './pem.ts'

/** What a workload is shown of itself: its certificate with the key, and who signs in its trust domain. */
export interface ShownSvid {
  readonly spiffeId: string
  readonly trustDomain: string
  /** DER. */
  readonly certificate: Uint8Array
  /** PKCS #8, DER. */
  readonly privateKey: Uint8Array
  /** DER, one after the other. */
  readonly authorities: Uint8Array
  readonly bundle: TrustBundle
  /** The bundles of other trust domains that it is to trust, by name. */
  readonly federated: Readonly<Record<string, TrustBundle>>
  readonly expiresMs: number
  /** When half its time is over, or at once where it may be of an authority that counts no more. */
  readonly renewMs: number
}

/** An SVID that is renewed in time. */
export interface KeptSvid {
  /** What is shown now; undefined once the task has ended, or nothing new came before the end. */
  readonly current: () => ShownSvid | undefined
  /** Calls with each new one, and with undefined at the end. Gives what stops it. */
  readonly watch: (hear: (shown: ShownSvid | undefined) => void) => () => void
  /** Resolves with the code of the refusal once there will be no further one; never while it can still be had. */
  readonly ended: Promise<string>
  readonly stop: () => void
}

/** When it is, and what happens later. */
export interface Clock {
  readonly nowMs: () => number
  /** Gives what cancels it. */
  readonly after: (ms: number, run: () => void) => () => void
}

const SYSTEM: Clock = {
  nowMs: () => Date.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}

/** So long after a renewal that failed is it tried again; twice as long each time. */
const RETRY_MS = [1_000, 2_000, 4_000, 8_000, 16_000, 30_000] as const

/** Refusals after which there is nothing to be had by asking again: the task, the identity or the binding is over. */
const FINAL: ReadonlySet<string> = new Set([
  'task_not_active',
  'identity_inactive',
  'identity_unknown',
  'cut_off',
  'issuer_unknown',
])

/**
 * Gets an X.509-SVID of a key that is made for it, and one of another key when half its time is over, or the trust domain has
 * other keys. Rejects with the refusal where there is none at first.
 */
export async function keepSvid(
  agent: SvidAgent,
  taskId: string,
  { note, clock = SYSTEM }: { readonly note: (sentence: string) => void; readonly clock?: Clock },
): Promise<KeptSvid> {
  const watchers = new Set<(shown: ShownSvid | undefined) => void>()
  const over = Promise.withResolvers<string>()
  let shown: ShownSvid | undefined = await getSvid(agent, taskId, await agent.trustBundles(), clock)
  let failures = 0
  let cancel = (): void => undefined

  const show = (next: ShownSvid | undefined): void => {
    shown = next
    for (const hear of watchers) hear(next)
  }
  const renew = async (): Promise<void> => {
    try {
      const bundles = await agent.trustBundles()
      if (shown === undefined || isDue(shown, bundles, clock)) show(await getSvid(agent, taskId, bundles, clock))
      else if (hasChanged(shown, bundles)) show({ ...shown, ...pickBundles(bundles, shown.trustDomain) })
      failures = 0
    } catch (error) {
      if (isProblem(error) && FINAL.has(error.code)) {
        show(undefined)
        return over.resolve(error.code)
      }
      note(`The SVID could not be renewed: ${error instanceof Error ? error.message : String(error)}`)
      failures += 1
      if (shown !== undefined && shown.expiresMs <= clock.nowMs()) show(undefined)
    }
    plan()
  }
  const plan = (): void => {
    cancel = clock.after(failures === 0 ? restOf(shown, clock) : pauseAfter(failures), () => void renew())
  }
  plan()
  return {
    current: () => (shown !== undefined && shown.expiresMs > clock.nowMs() ? shown : undefined),
    watch: (hear) => {
      watchers.add(hear)
      return () => watchers.delete(hear)
    },
    ended: over.promise,
    stop: () => cancel(),
  }
}

const pauseAfter = (failures: number): number => RETRY_MS[Math.min(failures, RETRY_MS.length) - 1] ?? RETRY_MS[0]

/** Until half its time is over, and no longer than its bundle may be kept. */
function restOf(shown: ShownSvid | undefined, { nowMs }: Clock): number {
  if (shown === undefined) return RETRY_MS[0]
  const { renewMs, bundle, federated } = shown
  const hints = [bundle, ...Object.values(federated)].map(({ spiffe_refresh_hint: seconds }) => seconds * 1_000)
  return Math.max(RETRY_MS[0], Math.min(renewMs - nowMs(), ...hints))
}

/** True once half its time is over, and where the trust domain has other keys: its own authority may be one that leaked. */
function isDue(
  { renewMs, trustDomain, bundle }: ShownSvid,
  { trust_domains: domains }: TrustBundles,
  { nowMs }: Clock,
) {
  return renewMs <= nowMs() || domains[trustDomain]?.spiffe_sequence !== bundle.spiffe_sequence
}

/** True where other trust domains are told otherwise than before: the SVID itself stays. */
function hasChanged({ trustDomain, federated }: ShownSvid, bundles: TrustBundles): boolean {
  return JSON.stringify(pickBundles(bundles, trustDomain).federated) !== JSON.stringify(federated)
}

function pickBundles({ trust_domains: domains }: TrustBundles, own: string): Pick<ShownSvid, 'bundle' | 'federated'> {
  const { [own]: bundle, ...federated } = domains
  if (bundle === undefined) throw new Error(`the server tells no bundle of ${own}`)
  return { bundle, federated }
}

/** `before` are the bundles of just before: where the trust domain has got other keys since, it is renewed at once. */
async function getSvid(agent: SvidAgent, taskId: string, before: TrustBundles, clock: Clock): Promise<ShownSvid> {
  const { privateKey, request } = await makeCertificateKey()
  const made = await agent.certify(taskId, request)
  const nowMs = clock.nowMs()
  const trustDomain = new URL(made.spiffeId).host
  const { bundle, federated } = pickBundles(await agent.trustBundles(), trustDomain)
  const isOld = before.trust_domains[trustDomain]?.spiffe_sequence !== bundle.spiffe_sequence
  return {
    spiffeId: made.spiffeId,
    trustDomain,
    certificate: readPemChain(made.certificate),
    privateKey,
    authorities: readPemChain(made.authorities),
    bundle,
    federated,
    expiresMs: made.expiresMs,
    renewMs: isOld ? nowMs : nowMs + (made.expiresMs - nowMs) / 2,
  }
}
