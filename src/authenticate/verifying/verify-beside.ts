import { systemClock } from '../../ground/clock.ts'
import { reportUnknown } from '../../ground/report.ts'
import { startThread } from '../../ground/start-thread.ts'
import type { ThreadStanding } from '../../ground/thread-standing.ts'
import { believeProof, type DpopProof, type ShownProof } from '../dpop/proof.ts'
import { Verifier } from './verifier.ts'
import type { SignatureAsked } from './work.ts'

/** Verifies a DPoP proof as `verifyDpopProof` does, beside the event loop. Error: `proof_invalid`. */
export async function verifyProof(shown: ShownProof, nowMs: number): Promise<DpopProof> {
  return believeProof(await ours().verify('proof', { shown, nowMs }))
}

/** As `verifySignature`, beside the event loop. */
export function isSignedBy(asked: SignatureAsked): Promise<boolean> {
  return ours().verify('signature', asked)
}

/** Whether that goes on beside the event loop, and how often the thread for it has ended since the start of the process. */
export function verifierStanding(): ThreadStanding {
  return ours().standing()
}

/** One for the process, from the first proof on: it remembers nothing but keys. */
let verifier: Verifier | undefined

function ours(): Verifier {
  const start = () => startThread('verify-thread', import.meta.url, null)
  verifier ??= new Verifier({ start, clock: systemClock, report: reportUnknown })
  return verifier
}
