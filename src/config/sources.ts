import { z } from 'zod'
import { ACTION_CLASSES } from '../contract/action-class.ts'
import { IDENTITY_KINDS } from '../contract/register/identity.ts'
import { PRESET_NAMES, presetOf } from '../contract/register/presets.ts'
import { AUTONOMIES, REACHES } from '../contract/register/tier.ts'
import { ALGORITHM_NAMES } from '../ground/jws-names.ts'
import { LIMITS } from '../ground/limits.ts'
import { claimRules, line } from './value-shapes.ts'

export const url = z.url({ protocol: /^https?$/ })
const algorithm = z.enum(ALGORITHM_NAMES)
const name = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,99}$/, 'must be 1 to 100 of a-z, 0-9, ., _, -')

/** An issuer of assertions that workloads prove themselves with. */
export const issuer = z.strictObject({
  issuer: url,
  preset: z.enum(PRESET_NAMES).optional(),
  serves: z.enum(['workloads', 'people']).default('workloads'),
  algorithms: z.array(algorithm).min(1).optional(),
  audiences: z.array(line(1_000)).min(1).max(10).optional(),
  jwksUri: url.optional(),
  liveness: z.enum(['single-use', 'cached']).optional(),
  maxAgeSeconds: z.int().min(60).max(LIMITS.assertionLifetimeSecondsMax).optional(),
  requireJti: z.boolean().optional(),
  claimRules: claimRules.optional(),
  attests: z.boolean().default(false),
  vendor: name.optional(),
  adoption: z
    .strictObject({
      sponsor: z.email().max(200),
      purpose: name,
      kind: z.enum(IDENTITY_KINDS).default('agent'),
      autonomy: z.enum(AUTONOMIES).default('bounded'),
      reach: z.enum(REACHES).default('team'),
    })
    .optional(),
  discoveredMax: z.int().min(0).max(LIMITS.discoveredEverywhereMax).optional(),
  allowInsecureHttp: z.boolean().default(false),
  allowInternal: z.boolean().default(false),
})

/** What an issuer is trusted with where neither its row nor its platform says anything. */
const PLAIN = {
  algorithms: ['RS256', 'ES256'],
  liveness: 'single-use',
  maxAgeSeconds: LIMITS.assertionAgeSecondsMax,
  requireJti: true,
} as const

/** Fills in what a row does not say: as its platform does it, else as is strictest. */
export function completeIssuer(row: z.infer<typeof issuer>) {
  const { trust } = row.preset === undefined ? { trust: PLAIN } : presetOf(row.preset)
  return {
    ...row,
    algorithms: row.algorithms ?? trust.algorithms,
    liveness: row.liveness ?? trust.liveness,
    maxAgeSeconds: row.maxAgeSeconds ?? trust.maxAgeSeconds,
    // ID tokens seldom have a jti: what is signed is remembered in its place
    requireJti: row.requireJti ?? (row.serves === 'people' ? false : trust.requireJti),
  }
}

const domainName = z.string().regex(/^[a-z0-9._-]{1,255}$/, 'must be 1 to 255 of a-z, 0-9, ., _, -')

/** Where the keys of a SPIFFE trust domain come from. */
export const trustDomain = z.strictObject({
  name: domainName,
  bundleFile: z.string().min(1).optional(),
  bundleUrl: url.optional(),
  workloadApi: z
    .string()
    .regex(/^unix:(\/\/)?\/[^/?#][^?#]*$/, 'must be unix:///path')
    .optional(),
  profile: z.enum(['https_web', 'https_spiffe']).default('https_web'),
  endpointSpiffeId: z.string().startsWith('spiffe://').max(2_048).optional(),
  liveness: z.enum(['single-use', 'cached']).default('single-use'),
  forgetSequence: z.boolean().default(false),
  allowInsecureHttp: z.boolean().default(false),
  allowInternal: z.boolean().default(false),
})

/** Our own trust domain, and for whom its SVIDs are. */
export const ownSpiffe = z.strictObject({
  trustDomain: domainName,
  audiences: z.array(z.string().min(1).max(1_000)).max(100).default([]),
  federates: z.array(z.string()).max(100).default([]),
})

/** A server of others that takes our access tokens, and the identity by which it asks whether one still counts. */
export const resourceServer = z.strictObject({
  resource: url.regex(/^[^#@]+$/, 'must hold no user and no fragment').max(1_000),
  identity: z.string().min(1).max(200).optional(),
})

/** For whom clouds are told who an identity is, as each of them names itself. */
export const federation = z.strictObject({ audiences: z.array(line(1_000)).min(1).max(100) })

/**
 * The authorization server of another domain for which grants are made, and as which client whoever shows them is known there.
 */
export const target = z.strictObject({
  issuer: url.max(1_000),
  clientId: line(1_000),
  resources: z.array(url.max(1_000)).min(1).max(100),
  scopes: z
    .record(
      z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/, 'must be a scope of RFC 6749'),
      z.enum(ACTION_CLASSES),
    )
    .refine((scopes) => Object.keys(scopes).length > 0, 'must name a scope'),
})

interface Sources {
  readonly targets: readonly z.infer<typeof target>[]
  readonly federation?: z.infer<typeof federation> | undefined
  readonly resourceServers: readonly z.infer<typeof resourceServer>[]
  readonly spiffe?: z.infer<typeof ownSpiffe> | undefined
  readonly issuers: readonly ReturnType<typeof completeIssuer>[]
  readonly trustDomains: readonly z.infer<typeof trustDomain>[]
}

/** Refuses rows that contradict themselves. */
export function refuseBadSource(
  { issuers, trustDomains, spiffe, resourceServers, federation, targets }: Sources,
  refuse: (key: string, why: string) => never,
): void {
  if (trustDomains.some(({ name }) => name === spiffe?.trustDomain))
    refuse('spiffe.trustDomain', 'is that of others in trustDomains')
  const unknown = spiffe?.federates.find((each) => trustDomains.every(({ name }) => name !== each))
  if (unknown !== undefined) refuse('spiffe.federates', `${unknown} is none of trustDomains`)
  for (const domain of trustDomains) {
    // the first bundle of an endpoint that its own trust domain proves lies in a file
    const isOwn = domain.endpointSpiffeId?.startsWith(`spiffe://${domain.name}/`) === true
    const places = [isOwn ? undefined : domain.bundleFile, domain.bundleUrl, domain.workloadApi]
    if (places.filter((place) => place !== undefined).length !== 1)
      refuse(`trustDomains.${domain.name}`, 'needs exactly one of bundleFile, bundleUrl and workloadApi')
  }
  refuseTwice({ spiffe, federation, resourceServers }, refuse)
  const known = targets.map(({ issuer }) => issuer)
  const again = known.find((each, at) => known.indexOf(each) !== at)
  if (again !== undefined) refuse('targets.issuer', `${again} is named twice`)
  const insecure = issuers.find((row) => row.issuer.startsWith('http:') && !row.allowInsecureHttp)
  if (insecure !== undefined)
    refuse('issuers.issuer', `${insecure.issuer} is not https; set allowInsecureHttp for a loopback test issuer`)
}

/** An audience says which kind of token is made for it: it is named once. */
function refuseTwice(
  { spiffe, federation, resourceServers }: Pick<Sources, 'spiffe' | 'federation' | 'resourceServers'>,
  refuse: (key: string, why: string) => never,
): void {
  const kinds: readonly (readonly [string, readonly string[]])[] = [
    ['spiffe.audiences', spiffe?.audiences ?? []],
    ['federation.audiences', federation?.audiences ?? []],
    ['resourceServers.resource', resourceServers.map(({ resource }) => resource)],
  ]
  const before = new Set<string>()
  for (const [key, audiences] of kinds)
    for (const audience of audiences) {
      if (before.has(audience)) refuse(key, `${audience} is named twice, here or for another kind of token`)
      before.add(audience)
    }
}
