import type { Cosignature } from '../../contract/log/cosignature.ts'
import { formatNote, parseNote } from '../../contract/log/note.ts'
import { RemitError } from '../../ground/errors.ts'
import { createInTurn } from '../../ground/one-by-one.ts'
import type { Log } from '../log.ts'
import type { LogHead } from '../store.ts'
import { type Asking, askWitness, type Unsigned, type Witness } from './ask-witness.ts'

/** How a witness stands. */
export interface WitnessStanding {
  readonly name: string
  /** What it signed last, and when by its own clock; null where it has signed nothing since the start. */
  readonly signed: { readonly size: number; readonly atMs: number } | null
  /** Why it did not sign when it was asked last; null where it did. */
  readonly unsigned: Unsigned | null
}

/** Those elsewhere who sign that this log only grows, so that not even its own key can tell two stories of it. */
export interface Witnesses {
  /**
   * Has the newest head signed by all who answer in time, and gives it with what they signed; those who did not are told of in
   * `standing`. One that was signed by all is not sent again. Whoever comes while they are asked shares the next time with all
   * others who do: nobody waits for one that does not answer more than twice.
   */
  cosign(): Promise<LogHead>
  /** The newest checkpoint, with the signatures of those who have signed this very one. */
  checkpoint(): string
  standing(): readonly WitnessStanding[]
}

/** What witnesses are asked with, and who is told where one has seen another log. */
export interface WitnessParts extends Omit<Asking, 'prove'> {
  readonly log: Pick<Log, 'head' | 'checkpoint' | 'consistencyProof'>
  readonly report: (error: RemitError) => void
}

/** Makes what asks these witnesses. */
export function createWitnesses(rows: readonly Witness[], { log, report, ...parts }: WitnessParts): Witnesses {
  const asking: Asking = { ...parts, prove: (from, to) => log.consistencyProof(from, to) }
  const states = rows.map((witness): State => ({ witness, signed: null, unsigned: null }))
  const inTurn = createInTurn()
  let cosigned: LogHead | null = null
  let next: Promise<LogHead> | null = null
  const cosign = async (): Promise<LogHead> => {
    const head = log.head()
    if (head.size === 0 || states.length === 0) return head
    if (cosigned?.size === head.size && states.every(({ unsigned }) => unsigned === null)) return cosigned
    const found = await Promise.all(states.map((state) => ask(asking, state, head, report)))
    cosigned = { size: head.size, note: addLines(head.note, found) }
    return cosigned
  }
  return {
    cosign: () => {
      next ??= inTurn(() => {
        next = null // who comes from now on is given what may be newer
        return cosign()
      })
      return next
    },
    checkpoint: () => (cosigned !== null && cosigned.size === log.head().size ? cosigned.note : log.checkpoint()),
    standing: () =>
      states.map(({ witness, signed, unsigned }) => ({
        name: witness.key.name,
        signed: signed === null ? null : { size: signed.size, atMs: signed.cosignature.atMs },
        unsigned,
      })),
  }
}

interface State {
  readonly witness: Witness
  signed: { readonly size: number; readonly cosignature: Cosignature } | null
  unsigned: Unsigned | null
}

/** Gives what the witness has signed of this head; null where nothing. */
async function ask(
  asking: Asking,
  state: State,
  head: LogHead,
  report: WitnessParts['report'],
): Promise<Cosignature | null> {
  const { signed, unsigned: before } = state
  if (signed?.size === head.size && before === null) return signed.cosignature
  const said = await askWitness(asking, state.witness, head, signed?.size ?? 0)
  if ('line' in said) {
    state.signed = { size: head.size, cosignature: said }
    state.unsigned = null
    return said
  }
  state.unsigned = said
  if (said.isOther && before?.isOther !== true)
    report(new RemitError('log_broken', { detail: `The witness ${state.witness.key.name}: ${said.fault}` }))
  return null
}

function addLines(note: string, cosignatures: readonly (Cosignature | null)[]): string {
  const parsed = parseNote(note)
  if ('malformed' in parsed) return note // a head that we wrote is none
  return formatNote({
    ...parsed,
    signatures: [...parsed.signatures, ...cosignatures.flatMap((each) => each?.line ?? [])],
  })
}
