import { z } from 'zod'
import { isDomainName } from '../contract/policy.ts'
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
])

/** An MCP server behind the gateway. */
export const upstream = z.strictObject({
  name: rowName,
  transport,
  authzen: authzen.optional(),
  credential: credential.default({ kind: 'static' }),
  passMeta: z.array(line(200)).max(50).default([]),
})

/** Refuses rows that contradict themselves or each other. */
export function refuseBadUpstreams(
  { upstreams }: { readonly upstreams: readonly z.infer<typeof upstream>[] },
  refuse: (key: string, why: string) => never,
): void {
  const names = upstreams.map((row) => row.name)
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) refuse(`upstreams.${twice}`, 'is named twice')
  for (const row of upstreams) {
    if (row.credential.kind === 'none' && Object.keys(givenBy(row)).length > 0)
      refuse(
        `upstreams.${row.name}.credential`,
        `is none, and its transport gives it ${Object.keys(givenBy(row)).join(', ')}`,
      )
  }
}

/** What a server is given of ours, whoever calls. */
const givenBy = ({ transport: way }: z.infer<typeof upstream>): Readonly<Record<string, string>> =>
  way.kind === 'stdio' ? way.env : way.headers
