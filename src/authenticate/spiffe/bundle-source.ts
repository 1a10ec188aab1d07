import { open } from 'node:fs/promises'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { OutboundFetch } from '../../ground/outbound.ts'
import type { Court } from '../assertion/assertion-kinds.ts'
import { createKeySource, type KeySource, type LoadedKeys } from '../assertion/key-source.ts'
import { mayLieInside } from '../assertion/oidc-assertion.ts'
import { isTrustDomain } from '../assertion/spiffe-id.ts'
import { fetchText, findUrlFault } from '../read-json.ts'
import { readBundle } from './bundle.ts'
import { type BundleShelf, findKeptKeys, keepBundle } from './kept-bundle.ts'
import { fetchBundle, readSocketPath } from './workload-api.ts'

/** A SPIFFE trust domain whose SVIDs count, and the one place where its bundle is. */
export interface TrustDomain {
  readonly name: string
  readonly bundleFile?: string | undefined
  readonly bundleUrl?: string | undefined
  /** The socket of a Workload API, `unix:///path`, as the agent of SPIRE has it. */
  readonly workloadApi?: string | undefined
  /** Takes whatever bundle is there at the next start, be it older than the one that is kept: of a domain that was set up anew. */
  readonly forgetSequence?: boolean | undefined
  /** Lets a bundle on loopback be read without TLS. For tests. */
  readonly allowInsecureHttp: boolean
  /** Lets the address of its bundle lie inside: loopback, link-local, private. Default false. */
  readonly allowInternal?: boolean | undefined
}

/**
 * Makes the source of a trust domain's keys. Redirects are not followed (SPIFFE Federation section 7.5.1 leaves that
 * to the operator). Errors: `config_invalid` for a bad name, or a bundle that is not in exactly one place.
 */
export function createBundleKeys(
  domain: TrustDomain,
  court: Court,
  { fetch, shelf }: { readonly fetch: OutboundFetch; readonly shelf: BundleShelf },
): KeySource {
  const fault = findDomainFault(domain)
  if (fault !== undefined)
    throw new RemitError('config_invalid', { detail: `The trust domain ${domain.name} cannot be trusted: ${fault}.` })
  const bounds = {
    fetch,
    clock: court.clock,
    bytesMax: LIMITS.jwksBytesMax,
    timeoutMs: LIMITS.jwksTimeoutMs,
    allowInternal: mayLieInside(domain),
  }
  const { name, workloadApi } = domain
  if (workloadApi !== undefined)
    return createKeySource({
      name,
      clock: court.clock,
      staleMs: LIMITS.bundleStaleMs,
      load: () => fetchBundle(workloadApi, name, court.clock),
    })
  const read = async (): Promise<string> =>
    domain.bundleUrl === undefined
      ? await readBundleFile(domain.bundleFile ?? '')
      : await fetchText(domain.bundleUrl, bounds)
  return createKeySource({
    name: domain.name,
    clock: court.clock,
    staleMs: LIMITS.bundleStaleMs,
    kept: () => (domain.forgetSequence === true ? Promise.resolve(undefined) : findKeptKeys(shelf, domain.name)),
    load: async (previous?: LoadedKeys) => {
      const text = await read()
      const keys = readBundle(text, previous?.sequence ?? null)
      await keepBundle(shelf, domain.name, text, keys)
      return keys
    },
  })
}

function findDomainFault(domain: TrustDomain): string | undefined {
  if (!isTrustDomain(domain.name)) return 'its name is not one'
  const places = [domain.bundleFile, domain.bundleUrl, domain.workloadApi].filter((place) => place !== undefined)
  if (places.length !== 1) return 'it needs a bundle file, a bundle URL or a Workload API'
  if (domain.workloadApi !== undefined && readSocketPath(domain.workloadApi) === undefined)
    return 'its Workload API is no unix socket'
  return domain.bundleUrl === undefined ? undefined : findUrlFault(domain.bundleUrl, domain.allowInsecureHttp)
}

async function readBundleFile(path: string): Promise<string> {
  try {
    const file = await open(path)
    try {
      const buffer = Buffer.alloc(LIMITS.jwksBytesMax + 1)
      const { bytesRead } = await file.read(buffer, 0, buffer.length, 0)
      if (bytesRead === buffer.length)
        throw new RemitError('issuer_unavailable', {
          detail: `Its bundle file holds more than ${LIMITS.jwksBytesMax} bytes.`,
        })
      return buffer.toString('utf8', 0, bytesRead)
    } finally {
      await file.close()
    }
  } catch (cause) {
    throw cause instanceof RemitError
      ? cause
      : new RemitError('issuer_unavailable', { detail: 'Its bundle file cannot be read.', cause })
  }
}
