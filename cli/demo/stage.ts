import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Issuer, startIssuer } from '../../test/issuer/issuer.ts'
import { makeTrustBundle, type TrustBundle } from '../../test/issuer/trust-bundle.ts'
import { writeDocuments } from './documents.ts'
import { findPort } from './port.ts'
import { type ServerProcess, startServer } from './server-process.ts'

/** The trust domain in which the release agent's platform gives it a name. */
const TRUST_DOMAIN = 'example.org'

/** The parts around the story, all of them real: an issuer, a trust domain, documents, MCP servers, Remit. */
export interface Stage {
  readonly baseUrl: string
  /** The folder of documents, which the MCP server `docs` serves. */
  readonly documents: string
  /** Where the demo may write beside that. */
  readonly folder: string
  readonly issuer: Issuer
  readonly trust: TrustBundle
  readonly server: ServerProcess
  /** Where the wanted port was taken: the one that is used instead. */
  readonly otherPort: number | undefined
  /** Stops everything and removes what was made. */
  readonly strike: () => Promise<void>
}

/** Sets the stage: afterwards Remit listens, on a store that is empty. */
export async function setStage(wantedPort: number): Promise<Stage> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'remit-demo-')))
  const struck: (() => Promise<void>)[] = [async () => rmSync(folder, { recursive: true, force: true })]
  const strike = async (): Promise<void> => {
    for (const each of struck.splice(0).toReversed()) await each()
  }
  try {
    const documents = join(folder, 'documents')
    writeDocuments(documents)
    const issuer = await startIssuer()
    struck.push(() => issuer.stop())
    const trust = await makeTrustBundle({ trustDomain: TRUST_DOMAIN })
    const bundleFile = join(folder, 'trust-bundle.json')
    await trust.writeTo(bundleFile)
    const port = await findPort(wantedPort)
    const configFile = writeConfig(folder, { port, documents, issuer: issuer.url, bundleFile })
    const server = await startServer(configFile)
    struck.push(() => server.stop())
    const otherPort = wantedPort === 0 || port === wantedPort ? undefined : port
    return { baseUrl: server.listening.url, documents, folder, issuer, trust, server, otherPort, strike }
  } catch (error) {
    await strike()
    throw error
  }
}

interface ConfigParts {
  readonly port: number
  readonly documents: string
  readonly issuer: string
  readonly bundleFile: string
}

function writeConfig(folder: string, parts: ConfigParts): string {
  const file = join(folder, 'remit.json')
  const stdio = (...args: readonly string[]) => ({ kind: 'stdio', command: process.execPath, args })
  const config = {
    address: { host: '127.0.0.1', port: parts.port },
    dataDir: join(folder, 'data'),
    issuers: [{ issuer: parts.issuer, algorithms: ['ES256'], allowInsecureHttp: true }],
    trustDomains: [{ name: TRUST_DOMAIN, bundleFile: parts.bundleFile }],
    upstreams: [
      { name: 'docs', transport: stdio(findPackageFile('server-filesystem'), parts.documents) },
      { name: 'everything', transport: stdio(findPackageFile('server-everything'), 'stdio') },
    ],
  }
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 })
  writeFileSync(file, `${JSON.stringify(config, null, 2)}\n`)
  return file
}

function findPackageFile(name: string): string {
  const manifest = createRequire(import.meta.url).resolve(`@modelcontextprotocol/${name}/package.json`)
  return join(dirname(manifest), 'dist', 'index.js')
}
