import { startThread } from '../../ground/start-thread.ts'
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

/** One for the process, from the first proof on: it remembers nothing but keys. */
let verifier: Verifier | undefined

function ours(): Verifier {
  verifier ??= new Verifier(() => startThread('verify-thread', import.meta.url, null))
  return verifier
}
