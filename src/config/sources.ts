import { z } from 'zod'
import { ALGORITHM_NAMES } from '../ground/jws-names.ts'

export const url = z.url({ protocol: /^https?$/ })
const algorithm = z.enum(ALGORITHM_NAMES)

/** An issuer of assertions that workloads prove themselves with. */
export const issuer = z.strictObject({
  issuer: url,
  algorithms: z.array(algorithm).min(1).default(['RS256', 'ES256']),
  jwksUri: url.optional(),
  requireJti: z.boolean().default(true),
  attests: z.boolean().default(false),
  allowInsecureHttp: z.boolean().default(false),
  allowInternal: z.boolean().default(false),
})

/** Where the keys of a SPIFFE trust domain come from. */
export const trustDomain = z.strictObject({
  name: z.string().regex(/^[a-z0-9._-]{1,255}$/),
  bundleFile: z.string().min(1).optional(),
  bundleUrl: url.optional(),
  allowInsecureHttp: z.boolean().default(false),
  allowInternal: z.boolean().default(false),
})

interface Sources {
  readonly issuers: readonly z.infer<typeof issuer>[]
  readonly trustDomains: readonly z.infer<typeof trustDomain>[]
}

/** Refuses rows that contradict themselves. */
export function refuseBadSource({ issuers, trustDomains }: Sources, refuse: (key: string, why: string) => never): void {
  for (const domain of trustDomains) {
    if ((domain.bundleFile === undefined) === (domain.bundleUrl === undefined))
      refuse(`trustDomains.${domain.name}`, 'needs exactly one of bundleFile and bundleUrl')
  }
  const insecure = issuers.find((row) => row.issuer.startsWith('http:') && !row.allowInsecureHttp)
  if (insecure !== undefined)
    refuse('issuers.issuer', `${insecure.issuer} is not https; set allowInsecureHttp for a loopback test issuer`)
}
