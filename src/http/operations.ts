import type { PersonCaller } from '../authenticate/caller.ts'
import { examineHouse } from '../flow/examine-house.ts'
import { RemitError } from '../ground/errors.ts'
import { type Context, Reply } from './route.ts'

export async function examine({ house }: Context<null, PersonCaller>): Promise<object> {
  return { checks: await examineHouse(house) }
}

export async function readHealth(): Promise<object> {
  return { ok: true }
}

/** Ready is: the log takes entries. Without it every answer would be no. */
export async function readReadiness({ house }: Context<null, null>): Promise<object> {
  const condition = house.log.condition()
  if (condition.state !== 'open') throw new RemitError(condition.state === 'broken' ? 'log_broken' : 'log_unavailable')
  return { ok: true, entries: house.log.head().size }
}

export async function readMetrics({ house }: Context<null, null>): Promise<Reply> {
  return new Reply(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }, house.metrics.write())
}

export async function readConsole({ house }: Context<null, null>): Promise<Reply> {
  return new Reply(200, { 'content-type': 'text/html; charset=utf-8' }, house.consolePage)
}
