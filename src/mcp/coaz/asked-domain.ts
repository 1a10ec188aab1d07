/** The domain that is asked before a request goes on to a server, and who it is asked about. */
export interface AskedDomain {
  readonly domain: string
  /** The identity at the root of the chain (`sub` of the token), or the person on whose behalf the task is. */
  readonly subject: 'identity' | 'person'
}

/** Gives the domains of the servers that have one, as the configuration says. */
export function mapDomains(
  upstreams: readonly { readonly name: string; readonly authzen?: AskedDomain | undefined }[],
): ReadonlyMap<string, AskedDomain> {
  return new Map(upstreams.flatMap(({ name, authzen }) => (authzen === undefined ? [] : [[name, authzen] as const])))
}
