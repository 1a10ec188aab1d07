import type { House } from '../flow/house.ts'
import { isError, RemitError } from '../ground/errors.ts'
import { describeOutward, replyKeys } from './oauth/federation.ts'
import { type Context, Reply } from './route.ts'

/** The bundle of our own trust domain, as an `https_web` endpoint serves it (SPIFFE Federation section 5.1). */
export async function readTrustBundle({ house }: Context<null, null>): Promise<Reply> {
  const svids = requireSvids(house)
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-cache' }
  return new Reply(200, headers, JSON.stringify(await svids.readBundle()))
}

/**
 * Our bundle, and those of the trust domains that our workloads are to trust, as a map (SPIFFE Trust Domain and Bundle section
 * 4.3). One that could not be read for `LIMITS.bundleStaleMs` is left out: nobody goes on to trust what nobody can take back.
 */
export async function readTrustBundles({ house }: Context<null, null>): Promise<Reply> {
  const svids = requireSvids(house)
  const others = await Promise.all(
    svids.federates.map(async (name) => {
      const bundle = await house.authenticate.bundleOf(name).catch(leaveOut)
      return bundle === undefined ? [] : [[name, bundle] as const]
    }),
  )
  const domains = Object.fromEntries([[svids.trustDomain, await svids.readBundle()], ...others.flat()])
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-cache' }
  return new Reply(200, headers, JSON.stringify({ trust_domains: domains }))
}

function leaveOut(error: unknown): undefined {
  if (!isError(error, 'issuer_unavailable')) throw error
}

/** Our own trust domain as an OIDC issuer, for clouds that federate to it. */
export async function describeSvidIssuer({ house }: Context<null, null>): Promise<object> {
  return describeOutward(requireSvids(house).issuer, 'ES256')
}

/** The keys of that issuer. They verify nothing else, and no token of a task. */
export async function listSvidKeys({ house }: Context<null, null>): Promise<Reply> {
  return replyKeys(requireSvids(house).keys.published())
}

function requireSvids({ svids }: House): NonNullable<House['svids']> {
  if (svids === null) throw new RemitError('not_found', { detail: 'There is no trust domain of our own here.' })
  return svids
}
