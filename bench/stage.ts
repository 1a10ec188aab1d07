import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findPort } from '../cli/demo/port.ts'
import { type ServerProcess, startServer } from '../cli/demo/server-process.ts'
import { type Agent, createAgent } from '../sdk/agent.ts'
import type { Client } from '../sdk/client.ts'
import { createClient } from '../sdk/client.ts'
import { createProofKey } from '../sdk/dpop.ts'
import { type Issuer, startIssuer } from '../test/issuer/issuer.ts'
import { createRig, remove } from './rig.ts'
import { type SideServer, startSideServer } from './side-server.ts'

/** Everything that is measured, ready: each server in its own process, and an agent with a task. */
export interface Stage {
  readonly echo: SideServer
  /** Keeps what it is asked on disk before it answers, and does nothing else. */
  readonly record: SideServer
  readonly mcp: SideServer
  readonly baseUrl: string
  /** Where the store is. */
  readonly folder: string
  readonly agent: Agent
  readonly taskId: string
  /** The session of an administrator, who may ask about anybody. */
  readonly session: string
  /** Stops the server, does something to its folder, and starts it again at the same address. */
  readonly pause: <T>(work: (configFile: string) => Promise<T>) => Promise<T>
  /** Mints an assertion of the agent's workload, which counts once. */
  readonly assertion: () => Promise<string>
  /** The same workload in a pod, whose platform hands its assertions out again and again; with a task of its own. */
  readonly pod: { readonly taskId: string; readonly assertion: () => Promise<string> }
  /** Starts another server, which ends with the stage. */
  readonly begin: typeof startSideServer
  readonly strike: () => Promise<void>
}

const SUBJECT = 'workload:bench-agent'
const PURPOSE = 'measure'
const SCOPE = [{ action: 'bench/read_note', resource: 'note:*' }]
const CEILING = 'internal'

/**
 * Starts the servers, and lets people set up one agent through the API, as they would any other. `idleIssuers` are trusted
 * beside the agent's own, and nobody comes from them.
 */
export async function setStage(idleIssuers = 0): Promise<Stage> {
  const { keep, strike } = createRig()
  const begin = (file: string, ...words: readonly string[]): Promise<SideServer> =>
    keep(() => startSideServer(file, ...words), stop)
  try {
    const folder = await keep(() => realpathSync(mkdtempSync(join(tmpdir(), 'remit-bench-'))), remove)
    const echo = await begin('echo-server.ts')
    const record = await begin('record-server.ts', folder)
    const mcp = await begin('mcp-server.ts')
    const issuer = await keep(startIssuer, stop)
    const cluster = await keep(startIssuer, stop)
    const trusted = [trust(issuer), { ...trust(cluster), liveness: 'cached' }, ...idle(idleIssuers)]
    const configFile = writeConfig(folder, await findPort(0), trusted, mcp)
    const serve = (): Promise<ServerProcess> => keep(() => startServer(configFile), stop)
    let server = await serve()
    const pause = async <T>(work: (file: string) => Promise<T>): Promise<T> => {
      await server.stop()
      const done = await work(configFile)
      server = await serve()
      return done
    }
    const baseUrl = server.listening.url
    const session = await registerAgent(baseUrl, server.listening.firstLink ?? '', [issuer, cluster])
    const mint = (from: Issuer) => (): Promise<string> => from.mint({ sub: SUBJECT, aud: baseUrl })
    const assertion = mint(issuer)
    const agent = createAgent({ baseUrl, assertion })
    const inPod = { baseUrl, assertion: mint(cluster), key: await createProofKey() }
    const pod = { taskId: await openTask(createAgent(inPod)), assertion: inPod.assertion }
    const taskId = await openTask(agent)
    return { echo, record, mcp, baseUrl, folder, agent, taskId, session, pause, assertion, pod, begin, strike }
  } catch (error) {
    await strike()
    throw error
  }
}

const stop = (started: { readonly stop: () => Promise<void> }): Promise<void> => started.stop()

const trust = ({ url }: Issuer): object => ({ issuer: url, algorithms: ['ES256'], allowInsecureHttp: true })
const idle = (count: number): readonly object[] =>
  Array.from({ length: count }, (_, at) => ({ issuer: `https://idp-${at}.example.org` }))

function writeConfig(folder: string, port: number, issuers: readonly object[], mcp: SideServer): string {
  const file = join(folder, 'remit.json')
  const config = {
    address: { host: '127.0.0.1', port },
    dataDir: join(folder, 'data'),
    issuers,
    upstreams: [{ name: 'bench', transport: { kind: 'http', url: mcp.url } }],
    // All load comes from one address here; what one address may ask for is not what is measured.
    limits: { requestsPerSecond: 1_000_000 },
  }
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 })
  writeFileSync(file, JSON.stringify(config))
  return file
}

/** Gives the session of the administrator who did it. */
async function registerAgent(baseUrl: string, firstLink: string, issuers: readonly Issuer[]): Promise<string> {
  const ada = await signIn(baseUrl, firstLink)
  const added = await ada.client.people.add({ name: 'Grace', email: 'grace@example.org', roles: ['owner'] })
  const grace = await signIn(baseUrl, added.link)
  await writeLists(ada.client)
  const { identity } = await ada.client.identities.draft({
    name: 'bench-agent',
    kind: 'agent',
    runtime: 'own',
    owner: ada.id,
    sponsor: grace.id,
    purpose: PURPOSE,
    autonomy: 'bounded',
    reach: 'team',
  })
  for (const issuer of issuers) {
    const binding = { kind: 'oidc', issuer: issuer.url, subject: SUBJECT, claims: {}, keys: [] } as const
    await ada.client.identities.bind(identity.id, binding)
  }
  await ada.client.identities.entitle(identity.id, {
    scope: SCOPE,
    classes: ['read'],
    ceiling: CEILING,
    approval: 'none',
    reason: 'It is measured.',
    days: 1,
  })
  await ada.client.identities.rehearse(identity.id)
  const { approval } = await ada.client.identities.submit(identity.id)
  await grace.client.approvals.vote(approval.id, 'approve', 'It only reads.')
  return ada.session
}

async function signIn(
  baseUrl: string,
  link: string,
): Promise<{ readonly id: string; readonly session: string; readonly client: Client }> {
  const { session, person } = await createClient({ baseUrl }).sessions.open(link)
  return { id: person.id, session, client: createClient({ baseUrl, session }) }
}

async function writeLists({ catalogue }: Client): Promise<void> {
  await catalogue.definePurpose({ code: PURPOSE, title: 'Be measured', classes: ['read'], ceiling: CEILING })
  await catalogue.classifyResource({ pattern: 'note:*', sensitivity: CEILING })
  await catalogue.classifyTool({
    server: 'bench',
    tool: 'read_note',
    actionClass: 'read',
    resourceArgument: 'id',
    resourceKind: 'text',
    resourcePrefix: 'note:',
    resourceRoot: '',
    resultIntegrity: 'trusted',
  })
}

async function openTask(agent: Agent): Promise<string> {
  const { task } = await agent.openTask({
    purpose: PURPOSE,
    goal: 'Read notes as fast as it goes',
    scope: SCOPE,
    ceiling: CEILING,
    budget: { callsMax: 1_000_000, writesMax: 0, bytesMax: 16 * 1024 ** 3 },
    lifeSeconds: 8 * 3600,
  })
  return task.id
}
