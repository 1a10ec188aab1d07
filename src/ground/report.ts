import { systemClock } from './clock.ts'
import { listCauses, RemitError } from './errors.ts'

/** Errors of the inside go to stderr as one JSON line, with their cause; callers see only the sentence of the table. */
export function reportInside(requestId: string, error: RemitError): void {
  const said = { level: 'error', atMs: systemClock.nowMs(), requestId, code: error.code, causes: listCauses(error) }
  process.stderr.write(`${JSON.stringify(said)}\n`)
}

/** Reports whatever went wrong where nobody had asked for anything. */
export function reportUnknown(error: unknown): void {
  reportInside('-', error instanceof RemitError ? error : new RemitError('internal', { cause: error }))
}
