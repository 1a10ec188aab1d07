import { systemClock } from '../../ground/clock.ts'
import { type Connection, runBatch } from './connection.ts'
import type { Done, Fault, Order, Reply } from './order.ts'

/** Does what an order says. Whatever fails ends the transaction, and nothing of it is kept that was not committed. */
export function obey(connection: Connection, order: Order): Reply {
  const stage = { isCommitting: false }
  try {
    return play(connection, order, stage)
  } catch (error) {
    const { database } = connection
    if (database.isTransaction) database.exec('rollback')
    return { fault: sayFault(error), isDoubtful: stage.isCommitting }
  }
}

function play(connection: Connection, { begins, statements, ends }: Order, stage: { isCommitting: boolean }): Done {
  const { database } = connection
  if (begins) database.exec('begin immediate')
  const outcomes = runBatch(connection, statements)
  const last = outcomes.length === statements.length ? outcomes.at(-1) : undefined
  const mark = statements.at(-1)?.ends
  const isCommitted = ends === 'commit' || (mark !== undefined && last?.violated === false && last.count === mark)
  // a disk that fails to sync may have taken the commit into the write-ahead log: it comes back if we end before the next
  stage.isCommitting = isCommitted
  const beganMs = isCommitted ? systemClock.monotonicMs() : 0
  if (isCommitted) database.exec('commit')
  else if (ends === 'rollback' && database.isTransaction) database.exec('rollback')
  return { outcomes, isCommitted, commitMs: isCommitted ? systemClock.monotonicMs() - beganMs : 0 }
}

/** Says an error so that it comes through a message whole. */
export function sayFault(error: unknown): Fault {
  const message = error instanceof Error ? error.message : String(error)
  const errcode = error instanceof Error && 'errcode' in error ? Number(error.errcode) : null
  return { message, errcode }
}
