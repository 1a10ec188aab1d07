import { RemitError } from '../ground/errors.ts'
import { type Context, Reply } from './route.ts'

/** The bundle of our own trust domain, as an `https_web` endpoint serves it (SPIFFE Federation section 5.1). */
export async function readTrustBundle({ house }: Context<null, null>): Promise<Reply> {
  if (house.svids === null) throw new RemitError('not_found', { detail: 'There is no trust domain of our own here.' })
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-cache' }
  return new Reply(200, headers, JSON.stringify(await house.svids.readBundle()))
}
