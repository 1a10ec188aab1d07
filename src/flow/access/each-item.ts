import { type ErrorCode, RemitError } from '../../ground/errors.ts'

/** What can be wrong with one of several that are asked together; anything else is wrong with all of them. */
const OF_ITEM: readonly ErrorCode[] = [
  'not_requestable',
  'expired_denial',
  'invalid_denial_binding',
  'duplicate_request',
  'request_invalid',
]

/** Why one of several is refused. */
interface ItemFault {
  /** Its place, from 0. */
  readonly at: number
  readonly code: ErrorCode
  readonly detail: string
  /** The request in which it is being asked already, or was. */
  readonly task?: string
  /** Index of the entry of its denial, where it was decided. */
  readonly entry?: number
}

/**
 * Does something with each, one after the other and with all of them. Errors: of one that was asked by itself, as they are;
 * of several that of the first, with `items` that says of each that is refused which it is and why.
 */
export async function forEachItem<I, T>(
  items: readonly I[],
  isBundle: boolean,
  act: (item: I) => Promise<T> | T,
): Promise<readonly T[]> {
  const [done, faults]: [T[], ItemFault[]] = [[], []]
  for (const [at, item] of items.entries()) {
    try {
      done.push(await act(item))
    } catch (error) {
      const fault = isBundle ? toFault(error, at) : null
      if (fault === null) throw error
      faults.push(fault)
    }
  }
  if (faults.length > 0) throw refuseItems(faults, items.length)
  return done
}

/** Gives the error of one of several with its place; one that is of no item as it is. */
export function nameItem(error: unknown, at: number, of: number): unknown {
  const fault = toFault(error, at)
  return fault === null ? error : refuseItems([fault], of)
}

function toFault(error: unknown, at: number): ItemFault | null {
  if (!(error instanceof RemitError) || !OF_ITEM.includes(error.code)) return null
  const { entry, task } = error.facts
  return {
    at,
    code: error.code,
    detail: error.detail,
    ...(typeof task === 'string' ? { task } : {}),
    ...(typeof entry === 'number' ? { entry } : {}),
  }
}

function refuseItems(faults: readonly ItemFault[], of: number): RemitError {
  const entry = faults.find((fault) => fault.entry !== undefined)?.entry
  return new RemitError(faults[0]?.code ?? 'request_invalid', {
    detail: faults.map(({ at, detail }) => `Item ${at + 1} of ${of}: ${detail}`).join(' '),
    facts: { items: faults, ...(entry === undefined ? {} : { entry }) },
  })
}
