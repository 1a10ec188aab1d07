import type { AlgorithmName } from '../../ground/jws-names.ts'
import { type ToldFault, tellFault } from '../../ground/thread-fault.ts'
import { type ProofSaid, type ShownProof, verifyDpopProof } from '../dpop/proof.ts'
import { type VerifyKey, verifySignature } from '../jws-algorithms.ts'

/** A proof as it was shown at a moment. */
export interface ProofAsked {
  readonly shown: ShownProof
  readonly nowMs: number
}

/** A signature, and whose it should be. */
export interface SignatureAsked {
  readonly algorithm: AlgorithmName
  readonly key: VerifyKey
  readonly signingInput: string
  readonly signature: Uint8Array
}

/** What is verified beside the event loop: what comes of it depends on nothing but what is asked. */
const WORK = {
  proof: ({ shown, nowMs }: ProofAsked): ProofSaid => verifyDpopProof(shown, nowMs),
  signature: ({ algorithm, key, signingInput, signature }: SignatureAsked): boolean =>
    verifySignature(algorithm, key, signingInput, signature),
} as const

export type WorkName = keyof typeof WORK
export type Asked<Name extends WorkName> = Parameters<(typeof WORK)[Name]>[0]
export type Found<Name extends WorkName> = ReturnType<(typeof WORK)[Name]>

/** One piece of work. */
export type Job = { readonly [Name in WorkName]: { readonly name: Name; readonly asked: Asked<Name> } }[WorkName]

/** What came of one. */
export type Told = { readonly found: Found<WorkName> } | ToldFault

/** Pieces of work in one message. `first` is the number of the first of them, of all that the thread was ever told. */
export interface Jobs {
  readonly first: number
  readonly jobs: readonly Job[]
}

/** What came of some of them, in their order; `first` is the number of the first of these. */
export interface Answers {
  readonly first: number
  readonly told: readonly Told[]
}

/** Does one piece of work. */
export function doJob(job: Job): Told {
  try {
    return { found: WORK[job.name](job.asked as never) } // what is asked is of that name
  } catch (error) {
    return tellFault(error)
  }
}
