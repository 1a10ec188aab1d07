import { z } from 'zod'
import { isDomainName } from '../contract/policy.ts'
import { type DraftName, isSpoken } from '../contract/token/drafts.ts'
import { url } from './sources.ts'
import { line, rowName } from './value-shapes.ts'

export const transport = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('stdio'),
    command: z.string().min(1),
    args: z.array(z.string()).default([]),
    cwd: z.string().optional(),
    env: z.record(z.string(), z.string()).default({}),
  }),
  z.strictObject({ kind: z.literal('http'), url, headers: z.record(z.string(), z.string()).default({}) }),
])

/** The domain that decides on a server's requests too. */
const authzen = z.strictObject({
  domain: z.string().refine(isDomainName, 'must be the name of a domain'),
  subject: z.enum(['identity', 'person']).default('identity'),
})

/** By which credential the gateway reaches a server: that of its transport, the same for everybody, or none at all. */
const credential = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('static') }),
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({
    kind: z.literal('exchanged'),
    tokenEndpoint: url,
    issuer: url,
    clientId: line(200),
    resource: url.optional(),
    scope: line(500).optional(),
    allowInternal: z.boolean().default(false),
  }),
])

/** An MCP server behind the gateway. */
export const upstream = z.strictObject({
  name: rowName,
  transport,
  authzen: authzen.optional(),
  credential: credential.default({ kind: 'static' }),
  passMeta: z.array(line(200)).max(50).default([]),
  transactionToken: z.boolean().default(false),
})

interface Rows {
  readonly upstreams: readonly z.infer<typeof upstream>[]
  readonly drafts: Readonly<Partial<Record<DraftName, boolean>>>
}

/** Refuses rows that contradict themselves or each other. */
export function refuseBadUpstreams({ upstreams, drafts }: Rows, refuse: (key: string, why: string) => never): void {
  const names = upstreams.map((row) => row.name)
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) refuse(`upstreams.${twice}`, 'is named twice')
  for (const row of upstreams) {
    const { name, credential: by, transport: way, transactionToken } = row
    const given = Object.keys(givenBy(row))
    if (by.kind === 'none' && given.length > 0)
      refuse(`upstreams.${name}.credential`, `is none, and its transport gives it ${given.join(', ')}`)
    if (by.kind === 'exchanged' && way.kind === 'stdio')
      refuse(`upstreams.${name}.credential`, 'is exchanged, and only a server over http gets one with each call')
    if (by.kind === 'exchanged' && !by.tokenEndpoint.startsWith('https:') && !by.allowInternal)
      refuse(`upstreams.${name}.credential.tokenEndpoint`, 'is not https; one that lies inside needs allowInternal')
    if (transactionToken && way.kind === 'stdio')
      refuse(`upstreams.${name}.transactionToken`, 'travels in a header, which a server over stdio has none of')
    if (transactionToken && !isSpoken('transaction-tokens', drafts))
      refuse(`upstreams.${name}.transactionToken`, 'needs drafts.transaction-tokens to be true')
  }
}

/** What a server is given of ours, whoever calls. */
const givenBy = ({ transport: way }: z.infer<typeof upstream>): Readonly<Record<string, string>> =>
  way.kind === 'stdio' ? way.env : way.headers
