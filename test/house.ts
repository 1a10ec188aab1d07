import { createPrivateKey } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { findPort } from '../cli/demo/port.ts'
import { type Client, createClient } from '../sdk/client.ts'
import type { Role } from '../sdk/nouns.ts'
import { type Config, checkConfig } from '../src/config.ts'
import { type Clock, systemClock } from '../src/ground/clock.ts'
import { createIds } from '../src/ground/ids.ts'
import { readMasterKey } from '../src/ground/master-key.ts'
import { openSecret } from '../src/ground/seal.ts'
import { type Running, serve } from '../src/main.ts'
import { type Log, openLog } from '../src/record/log.ts'
import { createSigner } from '../src/record/signer.ts'
import { openStore, type Store, type StoreConfig } from '../src/store/store.ts'
import { type Audited, auditLog } from './audit-log.ts'
import { type AnswerCheck, createAnswerCheck, type Description } from './http/description.ts'
import { type Issuer, startIssuer } from './issuer/issuer.ts'
import { makeTrustBundle, type TrustBundle } from './issuer/trust-bundle.ts'

/** Somebody with a session. */
export interface Somebody {
  readonly id: string
  readonly session: string
  readonly client: Client
}

const PEOPLE = {
  grace: ['owner', 'approver'],
  lin: ['approver', 'auditor'],
  sam: ['responder'],
} as const satisfies Readonly<Record<string, readonly Role[]>>

/** Ada administers, Grace owns and approves, Lin approves and audits, Sam responds. */
export type People = Readonly<Record<keyof typeof PEOPLE | 'ada', Somebody>>

/** The inside of a house without its doors. */
export interface Inside {
  readonly store: Store
  readonly log: Log
  readonly masterKey: Uint8Array
}

/** A whole Remit in this process, on real parts, with people who have signed in. */
export interface House {
  readonly url: string
  /** Folder of the documents that the MCP server `docs` serves. */
  readonly documents: string
  readonly dataDir: string
  readonly issuer: Issuer
  readonly trust: TrustBundle
  readonly people: People
  readonly firstLink: string
  /** Sends a request and fails where the answer is not as the API describes itself. */
  readonly fetch: typeof fetch
  signIn(link: string): Promise<Somebody>
  stop(): Promise<void>
  start(): Promise<void>
  /** Opens store and log of the stopped house, as a process would that is to crash half-way, or has another clock. */
  whileStopped(run: (inside: Inside) => Promise<unknown>, clock?: Clock): Promise<void>
  /** Stops, audits the whole log, which must hold so many entries at least, and removes everything. */
  end(entriesMin?: number): Promise<Audited>
}

/** How a house is run where it is not as most are: in this process, on the embedded store in its own folder. */
export interface HouseOptions {
  /** Starts the server: a process of its own can be killed. */
  readonly serve?: (config: Config) => Promise<Running>
  readonly store?: StoreConfig
  /** Rows of issuers that are trusted beside its own. */
  readonly issuers?: readonly object[]
}

/** Starts a house. `more` goes into its configuration. */
export async function startHouse(
  more: Readonly<Record<string, unknown>> = {},
  { serve: start = serve, store, issuers = [] }: HouseOptions = {},
): Promise<House> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'remit-house-')))
  const [issuer, trust] = await Promise.all([startIssuer(), makeTrustBundle({ trustDomain: 'example.org' })])
  await trust.writeTo(join(folder, 'bundle.json'))
  const documents = join(folder, 'documents')
  writeDocuments(documents)
  const surroundings = { folder, documents, issuerUrl: issuer.url, issuers, port: await findPort(0) }
  const keeping = store?.kind === 'postgres' ? { store } : {}
  const kept = await keepHouse(configure(surroundings, { ...keeping, ...more }), start)
  const checked = createCheckedFetch(kept.url)
  const signIn = (link: string): Promise<Somebody> => signInAt(kept.url, checked, link)
  const { audit, ...open } = kept
  const end = async (entriesMin = 10): Promise<Audited> => {
    await kept.stop()
    await issuer.stop()
    const audited = await audit()
    rmSync(folder, { recursive: true, force: true })
    if (audited.entries >= entriesMin) return audited
    throw new Error(`the story left ${audited.entries} entries, and ${entriesMin} at least were expected`)
  }
  const people = await invitePeople({ signIn, firstLink: kept.firstLink })
  return { ...open, documents, issuer, trust, people, fetch: checked, signIn, end }
}

interface HouseParts {
  readonly folder: string
  readonly documents: string
  readonly issuerUrl: string
  readonly issuers: readonly object[]
  readonly port: number
}

function configure(parts: HouseParts, more: Readonly<Record<string, unknown>>): Config {
  const config = {
    address: { host: '127.0.0.1', port: parts.port },
    dataDir: join(parts.folder, 'data'),
    issuers: [{ issuer: parts.issuerUrl, algorithms: ['ES256'], allowInsecureHttp: true }, ...parts.issuers],
    trustDomains: [{ name: 'example.org', bundleFile: join(parts.folder, 'bundle.json') }],
    upstreams: [
      { name: 'docs', transport: stdio('server-filesystem', parts.documents) },
      { name: 'everything', transport: stdio('server-everything', 'stdio') },
    ],
    ...more,
  }
  return checkConfig(config, parts.folder)
}

interface KeptHouse extends Pick<House, 'url' | 'dataDir' | 'firstLink' | 'stop' | 'start' | 'whileStopped'> {
  readonly audit: () => Promise<Audited>
}

/** Starts the server, and gives how to stop it, start it again, and look inside in between. */
async function keepHouse(config: Config, startServer: (config: Config) => Promise<Running>): Promise<KeptHouse> {
  let running: Running | null = await startServer(config)
  const { url, logKey, firstLink } = running
  const { dataDir, org } = config
  const origin = logKey.split('+', 1)[0] ?? ''
  const withStore = async <T>(use: (store: Store) => Promise<T>): Promise<T> => {
    const ids = createIds(systemClock.nowMs)
    const kept: StoreConfig =
      config.store.kind === 'sqlite' ? { kind: 'sqlite', path: join(dataDir, 'remit.db') } : config.store
    const store = await openStore(kept, { org, log: origin }, systemClock, ids)
    try {
      return await use(store)
    } finally {
      await store.close()
    }
  }
  return {
    url,
    dataDir,
    firstLink: firstLink ?? '',
    stop: async () => {
      await running?.stop()
      running = null
    },
    start: async () => {
      running ??= await startServer(config)
    },
    whileStopped: (run, clock) =>
      withStore(async (store) => {
        const masterKey = readMasterKey(join(dataDir, 'master.key'))
        const log = await openStoppedLog({ store, masterKey, clock: clock ?? systemClock }, dataDir, origin)
        await run({ store, log, masterKey })
        await log.close()
      }),
    audit: () => withStore((store) => auditLog({ store: store.record, vkey: logKey, origin })),
  }
}

function openStoppedLog(
  { store, masterKey, clock }: Omit<Inside, 'log'> & { readonly clock: Clock },
  dataDir: string,
  origin: string,
): Promise<Log> {
  const sealed = readFileSync(join(dataDir, 'log.key'), 'utf8').trim()
  const key = Buffer.from(openSecret(masterKey, sealed, 'log'))
  const signer = createSigner(origin, createPrivateKey({ key, format: 'der', type: 'pkcs8' }))
  const headFile = join(dataDir, 'log.head')
  const ids = createIds(systemClock.nowMs)
  return openLog({ store: store.record, org: 'main', origin, signer, clock, ids, headFile })
}

const DOCUMENTS: Readonly<Record<string, string>> = {
  'public/handbook.md': 'The one who breaks the build brings cake.\n',
  'internal/plans.md': 'Next year: umlauts.\n',
  'confidential/salaries.csv': 'name,salary\nada,1\n',
}

function writeDocuments(folder: string): void {
  for (const [name, text] of Object.entries(DOCUMENTS)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
}

function stdio(name: string, ...args: readonly string[]): object {
  const manifest = createRequire(import.meta.url).resolve(`@modelcontextprotocol/${name}/package.json`)
  return { kind: 'stdio', command: process.execPath, args: [join(dirname(manifest), 'dist', 'index.js'), ...args] }
}

async function signInAt(url: string, send: typeof fetch, link: string): Promise<Somebody> {
  const { session, person } = await createClient({ baseUrl: url, fetch: send }).sessions.open(link)
  return { id: person.id, session, client: createClient({ baseUrl: url, session, fetch: send }) }
}

async function invitePeople(house: Pick<House, 'signIn' | 'firstLink'>): Promise<People> {
  const ada = await house.signIn(house.firstLink)
  const invite = async (name: keyof typeof PEOPLE): Promise<Somebody> => {
    const added = await ada.client.people.add({ name, email: `${name}@example.org`, roles: PEOPLE[name] })
    return house.signIn(added.link)
  }
  return { ada, grace: await invite('grace'), lin: await invite('lin'), sam: await invite('sam') }
}

/** Makes a fetch that holds every answer of a house to the house's own description; the gateway has its own tests. */
function createCheckedFetch(url: string): typeof fetch {
  let check: Promise<AnswerCheck> | undefined
  const readCheck = async (): Promise<AnswerCheck> =>
    createAnswerCheck((await (await fetch(`${url}/api/openapi.json`)).json()) as Description)
  return async (input, init) => {
    const response = await fetch(input, init)
    const { pathname } = new URL(input instanceof Request ? input.url : input)
    const method = init?.method ?? (input instanceof Request ? input.method : 'GET')
    if (pathname.startsWith('/mcp/') || method === 'HEAD') return response
    check ??= readCheck()
    const answer = {
      status: response.status,
      contentType: response.headers.get('content-type') ?? '',
      text: await response.clone().text(),
    }
    const fault = (await check).findFault(method, pathname, answer)
    if (fault === null) return response
    throw new Error(
      `${method} ${pathname} answered ${response.status}, which is not as described: ${fault}\n${answer.text.slice(0, 2_000)}`,
    )
  }
}
