import { open } from 'node:fs/promises'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { OutboundFetch } from '../../ground/outbound.ts'
import type { Court } from '../assertion/assertion-kinds.ts'
import { createKeySource, type KeySource, type LoadedKeys } from '../assertion/key-source.ts'
import { isTrustDomain, parseSpiffeId } from '../assertion/spiffe-id.ts'
import type { Liveness } from '../issuer-trust.ts'
import { findUrlFault } from '../read-json.ts'
import type { Certificate } from '../x509/certificate.ts'
import { readBundle } from './bundle.ts'
import { readEndpoint } from './endpoint.ts'
import { type BundleShelf, findKeptKeys, keepBundle } from './kept-bundle.ts'
import { fetchBundle, readSocketPath } from './workload-api.ts'

/** A SPIFFE trust domain whose SVIDs count, and the one place where its bundle is. */
export interface TrustDomain {
  readonly name: string
  readonly bundleFile?: string | undefined
  readonly bundleUrl?: string | undefined
  /** Whether its JWT-SVIDs count once, the default, or again, as agents hand them out, by the key that showed them first. */
  readonly liveness?: Liveness | undefined
  /**
   * How the address proves that it is the one: `https_web`, the default, by a certificate of the Web; `https_spiffe` by an
   * X.509-SVID of `endpointSpiffeId`. Where that is of the same trust domain, `bundleFile` holds the first bundle.
   */
  readonly profile?: 'https_web' | 'https_spiffe' | undefined
  readonly endpointSpiffeId?: string | undefined
  /** The socket of a Workload API, `unix:///path`, as the agent of SPIRE has it. */
  readonly workloadApi?: string | undefined
  /** Takes whatever bundle is there at the next start, be it older than the one that is kept: of a domain that was set up anew. */
  readonly forgetSequence?: boolean | undefined
  /** Lets a bundle on loopback be read without TLS. For tests. */
  readonly allowInsecureHttp: boolean
  /** Lets the address of its bundle lie inside: loopback, link-local, private. Default false. */
  readonly allowInternal?: boolean | undefined
}

/** What reading bundles needs beside the court. */
export interface BundleParts {
  readonly fetch: OutboundFetch
  readonly shelf: BundleShelf
  /** Gives the source of another trust domain, whose member serves the bundle. */
  readonly sourceOf: (domain: string) => KeySource | undefined
}

/**
 * Makes the source of a trust domain's keys. Errors: `config_invalid` for a bad name, or a bundle that is not in exactly
 * one place.
 */
export function createBundleKeys(domain: TrustDomain, court: Court, parts: BundleParts): KeySource {
  const fault = findDomainFault(domain)
  if (fault !== undefined)
    throw new RemitError('config_invalid', { detail: `The trust domain ${domain.name} cannot be trusted: ${fault}.` })
  const { name, workloadApi } = domain
  if (workloadApi !== undefined)
    return createKeySource({
      name,
      clock: court.clock,
      staleMs: LIMITS.bundleStaleMs,
      load: () => fetchBundle(workloadApi, name, court.clock),
    })
  return createKeySource({
    name,
    clock: court.clock,
    staleMs: LIMITS.bundleStaleMs,
    kept: () => (domain.forgetSequence === true ? Promise.resolve(undefined) : findKeptKeys(parts.shelf, name)),
    load: async (previous?: LoadedKeys) => {
      const text = await readText(domain, { court, parts, previous })
      const keys = readBundle(text, name, previous?.sequence ?? null)
      await keepBundle(parts.shelf, name, text, keys)
      return keys
    },
  })
}

/**
 * Refuses (`config_invalid`) an endpoint that is proved by another trust domain which is not here, or which is itself read
 * from such an endpoint: each would wait for the other.
 */
export function refuseRings(domains: readonly TrustDomain[]): void {
  for (const domain of domains) {
    if (domain.endpointSpiffeId === undefined || isOwn(domain)) continue
    const { trustDomain } = parseSpiffeId(domain.endpointSpiffeId)
    const other = domains.find(({ name }) => name === trustDomain)
    if (other === undefined || other.profile === 'https_spiffe')
      throw new RemitError('config_invalid', {
        detail: `The trust domain ${domain.name} cannot be trusted: the trust domain of its endpoint, ${trustDomain}, has to be configured too, and not by another such endpoint.`,
      })
  }
}

interface Reading {
  readonly court: Court
  readonly parts: BundleParts
  readonly previous: LoadedKeys | undefined
}

async function readText(domain: TrustDomain, { court, parts, previous }: Reading): Promise<string> {
  const { bundleFile = '', bundleUrl: url, endpointSpiffeId: id } = domain
  if (url === undefined) return await readBundleFile(bundleFile)
  const { allowInsecureHttp, allowInternal } = domain
  const endpoint = { url, allowInsecureHttp, allowInternal }
  if (domain.profile !== 'https_spiffe' || id === undefined) return await readEndpoint(endpoint, court, parts.fetch)
  const authorities = await findAuthorities(domain, id, { parts, previous })
  return await readEndpoint({ ...endpoint, spiffe: { id, authorities } }, court, parts.fetch)
}

/** By whom the endpoint is judged: by the newest bundle of its trust domain, and at the very first by the one in the file. */
async function findAuthorities(
  { name, bundleFile = '' }: TrustDomain,
  id: string,
  { parts, previous }: Pick<Reading, 'parts' | 'previous'>,
): Promise<readonly Certificate[]> {
  const { trustDomain } = parseSpiffeId(id)
  if (trustDomain !== name) return (await parts.sourceOf(trustDomain)?.findAuthorities((known) => known)) ?? []
  return previous?.authorities ?? readBundle(await readBundleFile(bundleFile), name, null).authorities
}

function findDomainFault(domain: TrustDomain): string | undefined {
  if (!isTrustDomain(domain.name)) return 'its name is not one'
  const isServedByItself = domain.profile === 'https_spiffe' && isOwn(domain)
  const places = [isServedByItself ? undefined : domain.bundleFile, domain.bundleUrl, domain.workloadApi]
  if (places.filter((place) => place !== undefined).length !== 1)
    return 'it needs a bundle file, a bundle URL or a Workload API'
  if ((domain.profile === 'https_spiffe') !== (domain.endpointSpiffeId !== undefined))
    return 'an endpoint of the profile https_spiffe has a SPIFFE ID, and no other one has'
  if (isServedByItself && domain.bundleFile === undefined)
    return 'it is served by a member of its own, whose first bundle has to lie in bundleFile'
  if (domain.workloadApi !== undefined && readSocketPath(domain.workloadApi) === undefined)
    return 'its Workload API is no unix socket'
  return domain.bundleUrl === undefined ? undefined : findUrlFault(domain.bundleUrl, domain.allowInsecureHttp)
}

function isOwn({ name, endpointSpiffeId }: TrustDomain): boolean {
  return endpointSpiffeId?.startsWith(`spiffe://${name}/`) === true
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
