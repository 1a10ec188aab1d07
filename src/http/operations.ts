import type { PersonCaller } from '../authenticate/caller.ts'
import { rotateKeysBy } from '../flow/token/rotate-keys.ts'
import { examineHouse } from '../flow/upkeep/examine-house.ts'
import { RemitError } from '../ground/errors.ts'
import { ownPath } from './pages/own-path.ts'
import { type BodyOf, type Context, Reply } from './route.ts'

export async function examine({ house, caller }: Context<null, PersonCaller>): Promise<object> {
  return { checks: await examineHouse(house, caller) }
}

export async function rotateKeys({
  house,
  caller,
  body,
}: Context<BodyOf<'keyRotation'>, PersonCaller>): Promise<object> {
  return rotateKeysBy(house, caller, body)
}

export async function readHealth(): Promise<object> {
  return { ok: true }
}

/** Ready is: the log takes entries. Without it every answer would be no. What is wrong beside it is said, not held against it. */
export async function readReadiness({ house }: Context<null, null>): Promise<object> {
  const { state, detail } = house.log.condition()
  if (state === 'broken') throw new RemitError('log_broken', { cause: detail }) // where, is for those who may read the log
  if (state === 'late') throw new RemitError('clock_behind')
  if (state === 'taken') throw new RemitError('store_locked', { detail })
  if (state !== 'open') throw new RemitError('log_unavailable', detail === '' ? {} : { detail })
  return { ok: true, entries: house.log.head().size, ...(detail === '' ? {} : { caution: detail }) }
}

export async function readMetrics({ house }: Context<null, null>): Promise<Reply> {
  return new Reply(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }, house.metrics.write())
}

/** Its links lead from the root of the house, also where the address at which it is read has no slash at its end. */
export async function readConsole({ house }: Context<null, null>): Promise<Reply> {
  const page = house.consolePage.replaceAll('href="./', `href="${ownPath(house, '/')}`)
  return new Reply(200, { 'content-type': 'text/html; charset=utf-8' }, page)
}
