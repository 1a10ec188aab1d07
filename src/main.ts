import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Config } from './config.ts'
import type { House } from './flow/house.ts'
import { announcePolicies } from './flow/policy/begin-policies.ts'
import { renewAdminLink, resumeHouse, welcomeFirstAdmin } from './flow/upkeep/begin-house.ts'
import { findDeadServers } from './flow/upkeep/examine-house.ts'
import { listAddresses } from './ground/addresses.ts'
import { systemClock } from './ground/clock.ts'
import { RemitError } from './ground/errors.ts'
import { createIds } from './ground/ids.ts'
import { keepPrivate, readHouseKeys } from './ground/key-file.ts'
import { LIMITS } from './ground/limits.ts'
import { createMetrics } from './ground/metrics.ts'
import { claimPort } from './ground/port.ts'
import { makePrivateFolder } from './ground/private-folder.ts'
import { reportInside, reportUnknown } from './ground/report.ts'
import { nameDatabase, sayNext, toStartFault } from './ground/start-fault.ts'
import { toError } from './ground/to-error.ts'
import {
  boundConnections,
  type ConnectionBounds,
  findConnectionsMax,
  readOpenFilesMax,
} from './http/entrance/bound-connections.ts'
import { holdConnections } from './http/entrance/hold-connections.ts'
import { listen } from './http/listen.ts'
import { createHttpDoor } from './http/server.ts'
import { makeDevTls } from './http/tls/dev-tls.ts'
import { readPeer } from './http/tls/mtls-listener.ts'
import { readTls } from './http/tls/read-tls.ts'
import { type Built, buildHouse } from './main/build-house.ts'
import { renewTls } from './main/keep-tls.ts'
import { claimMutualPort, openMutualTls, openStandBy, readForwarded } from './main/mutual-tls.ts'
import { fingerprint, openHouseLog, refuseOtherKey } from './main/open-house-log.ts'
import { nameDoor } from './main/own-address.ts'
import { findPlaceCautions } from './main/place-cautions.ts'
import { readCommandLine } from './main/read-command-line.ts'
import { serveWhileFree } from './main/serve-while-free.ts'
import { startSweeps } from './main/sweeps.ts'
import { raiseWhenFree, type StandBy } from './main/take-over.ts'
import { wrapMasterKey } from './main/wrap-master-key.ts'
import type { Log } from './record/log.ts'
import { openStore, type Store } from './store/store.ts'

const clock = systemClock
const ids = createIds(() => clock.nowMs())

/** A Remit that runs: where it is, and how to end it. */
export interface Running {
  readonly url: string
  readonly logKey: string
  /** The first administrator's one-time link, until somebody has signed in. */
  readonly firstLink: string | null
  /** Where clients show certificates, where that is a listener of its own. */
  readonly mtlsUrl: string | null
  /** Finishes what was acknowledged, cuts what streams, and ends. */
  stop(): Promise<void>
}

/**
 * Builds the house out of its configuration and opens its doors. Refuses to start on any doubt; a server behind the
 * gateway that does not answer is none, and `noticeDead` is told of it. Where another process writes the log of a database
 * that several can open, it is a doubt too, unless `standBy` is given: then it waits until that process has ended.
 */
export async function serve(
  configured: Config,
  renewLink = false,
  noticeDead?: NoticeDead,
  standBy?: StandBy,
): Promise<Serving> {
  const { address } = configured
  makePrivateFolder(configured.dataDir)
  const port = await claimPort(address.host, address.port) // a start that cannot listen leaves no trace
  const config = await claimMutualPort(configured)
  const tls = await openTls(config)
  const scheme = tls === undefined ? 'http' : 'https'
  const publicUrl = nameDoor(config.publicUrl, { scheme, host: address.host, port })
  const raise = (): Promise<Raised> => raiseHouse(config, publicUrl)
  const { host } = config.address
  const atDoor = { host, port, tls, requestSeconds: config.limits.requestSeconds, ids }
  const openDoor = () => openStandBy(config, atDoor, boundsOf(config))
  const raised = await (standBy === undefined ? raise() : raiseWhenFree(raise, openDoor, { config, clock, standBy }))
  try {
    const running = await openDoors(config, { raised, publicUrl, port, tls }, renewLink)
    if (noticeDead !== undefined)
      void findDeadServers(raised.house).then((dead) => dead.forEach(noticeDead), reportUnknown)
    return running
  } catch (error) {
    await raised.close()
    throw error
  }
}

/** A Remit that runs in this process. */
interface Serving extends Running {
  readonly port: number
  /** True once another process has taken its log over. */
  isTaken(): boolean
}

type NoticeDead = (server: { readonly name: string; readonly reason: string }) => void

interface Site {
  readonly raised: Raised
  readonly publicUrl: string
  readonly port: number
  readonly tls: Awaited<ReturnType<typeof openTls>>
}

/** Whoever stands by has no house yet, which counts who is refused. */
function boundsOf({ limits, trustedProxies }: Config, count: () => void = () => undefined): ConnectionBounds {
  return {
    connectionsMax: findConnectionsMax(limits.connections, readOpenFilesMax()),
    isProxy: listAddresses(trustedProxies),
    clock,
    count,
    tell: (cause) => reportUnknown(new RemitError('rate_limited', { cause })),
  }
}

async function openDoors(config: Config, { raised, publicUrl, port, tls }: Site, renewLink: boolean): Promise<Serving> {
  const { house } = raised
  const common = {
    house,
    mcp: (request: Parameters<typeof raised.mcp.handle>[0]) => raised.mcp.handle(request),
    tls,
    publicLog: config.log.public,
    requestsPerSecond: config.limits.requestsPerSecond,
    requestSeconds: config.limits.requestSeconds,
    trustedProxies: config.trustedProxies,
    browserOrigins: config.browserOrigins,
    report: reportInside,
  }
  const app = createHttpDoor({
    ...common,
    isMutual: false,
    reachedAt: publicUrl,
    peerOf: readForwarded(config, house.metrics),
  })
  const mutualTls = openMutualTls(config, tls)
  const mutual = {
    ...common,
    tls: mutualTls,
    isMutual: true,
    reachedAt: house.mutual?.url ?? publicUrl,
    peerOf: readPeer,
  }
  const apps = [app, ...(config.mtls?.port === undefined ? [] : [createHttpDoor(mutual)])]
  const servers = apps.map(({ server }) => server)
  const closeOnAll = servers.map(holdConnections)
  const countRefused = house.metrics.counter('remit_connections_refused_total', {})
  boundConnections(servers, boundsOf(config, countRefused)) // before one of them listens, so that it knows of all
  const firstLink = await wakeHouse(house, renewLink)
  const { host } = config.address
  await listen(app, host, port)
  if (config.mtls?.port !== undefined && apps[1] !== undefined) await listen(apps[1], host, config.mtls.port)
  const sweeps = startSweeps(raised, raised.store)
  const renewals = renewTls([
    { server: app.server, isMutual: false, files: tls, read: () => openTls(config) },
    {
      server: apps[1]?.server,
      isMutual: true,
      files: mutualTls,
      read: async () => openMutualTls(config, await openTls(config)),
    },
  ])
  return {
    url: publicUrl,
    port,
    logKey: raised.house.log.vkey,
    firstLink,
    mtlsUrl: config.mtls?.port === undefined ? null : (house.mutual?.url ?? null),
    isTaken: () => raised.house.log.condition().state === 'taken',
    async stop() {
      const swept = Promise.all([sweeps.stop(), renewals.stop()])
      const closed = Promise.all(apps.map((each) => each.close())) // takes no new request, and waits for those under way
      const patience = new AbortController()
      const tooLong = clock.sleep(LIMITS.stopGraceMs, patience.signal).catch(() => undefined)
      await Promise.race([closed, tooLong])
      patience.abort()
      await raised.mcp.close()
      for (const close of closeOnAll) close() // whoever still holds on has been told
      await closed
      await swept // it still writes: the store is there until it has ended
      await raised.close()
    },
  }
}

/** A house with its gateway and its store, without doors. */
export interface Raised extends Built {
  readonly store: Store
  /** Ends the upstreams, the log and the store. */
  close(): Promise<void>
}

/** Builds everything but the doors, in a data folder that is there. `open` opens the store. */
export async function raiseHouse(config: Config, publicUrl: string, open = openStore): Promise<Raised> {
  const keys = readHouseKeys({ ...config, traces: ['log.head', 'remit.db'].map((name) => join(config.dataDir, name)) })
  const { logKey } = keys
  const origin = config.log.origin ?? `${config.org}.remit/log/${fingerprint(logKey)}`
  if (config.store.kind === 'sqlite') {
    if (keys.isNew) keys.keep() // before the store, which is the trace of it
    keepPrivate(join(config.dataDir, 'remit.db'))
  }
  const store = await open(storeOf(config), { org: config.org, log: origin }, clock, ids).catch((error: unknown) => {
    throw config.store.kind === 'postgres' ? nameDatabase(error, config.store.url) : error
  })
  let log: Log | undefined
  try {
    await refuseOtherKey(config, store, origin, keys.isNew)
    keys.keep()
    const metrics = createMetrics()
    const opened = await openHouseLog(config, { store, origin, privateKey: logKey, metrics, clock, ids })
    log = opened
    const built = await buildHouse(config, { ...keys, store, log: opened, publicUrl, metrics, ids })
    const close = async (): Promise<void> => {
      await built.closeOutward()
      await opened.close()
      await store.close()
    }
    return { ...built, store, close }
  } catch (error) {
    await log?.close()
    await store.close()
    throw error
  }
}

/**
 * What a house does first: lets its first administrator in, says what decides, and carries on what was cut short. One thing that
 * cannot be carried on keeps nobody from starting it: no door takes that, and it is tried again.
 */
export async function wakeHouse(house: House, renewLink: boolean): Promise<string | null> {
  const firstLink = (await welcomeFirstAdmin(house)) ?? (renewLink ? await renewAdminLink(house) : null)
  await announcePolicies(house)
  await resumeHouse(house).catch((error: unknown) => house.carryOnLater(toError(error)))
  return firstLink
}

const storeOf = (config: Config): Parameters<typeof openStore>[0] =>
  config.store.kind === 'sqlite' ? { kind: 'sqlite', path: join(config.dataDir, 'remit.db') } : config.store

async function openTls(config: Config): Promise<{ readonly cert: string; readonly key: string } | undefined> {
  if (config.devTls) return makeDevTls(config.dataDir, config.address.host, clock.nowMs())
  return config.tls === undefined ? undefined : readTls(config.tls)
}

/** Starts, says where in one line, and ends on a signal. */
async function runCommandLine(argv: readonly string[], environment: NodeJS.ProcessEnv): Promise<void> {
  const { config, configFile, renewLink, wrapKey } = readCommandLine(argv, environment)
  if (wrapKey !== undefined) return say(wrapMasterKey(config, wrapKey.from))
  const leave = new AbortController()
  let isHeeding = false
  const heed = (): void => {
    if (!isHeeding) for (const signal of SIGNALS) stopOn(signal, leave)
    isHeeding = true
  }
  const note = (line: string): void => void (leave.signal.aborted || process.stderr.write(`remit: ${line}\n`))
  for (const caution of findPlaceCautions(config, configFile)) note(`look at ${caution}.`)
  const noticeDead: NoticeDead = ({ name, reason }) => note(`the MCP server ${name} does not answer: ${reason}`)
  const notice = (detail: string): void => {
    heed() // one that stands by may do so for days
    note(`standing by until the log is free. ${detail}`)
  }
  let before: Serving | undefined
  const open = (): Promise<Serving> => {
    const standBy = { leave: leave.signal, notice, isAgain: before !== undefined }
    const address = { ...config.address, port: before?.port ?? config.address.port }
    return serve({ ...config, address }, before === undefined && renewLink, noticeDead, standBy)
  }
  const opened = (serving: Serving): void => {
    before = serving
    heed() // before anybody is told that it listens, who may stop it at once
    const { url, logKey, firstLink, mtlsUrl } = serving
    const more = { ...(mtlsUrl === null ? {} : { mtlsUrl }), ...(firstLink === null ? {} : { firstLink }) }
    say({ event: 'listening', url, logKey, ...more })
  }
  await serveWhileFree(open, { clock, leave: leave.signal, opened })
  say({ event: 'stopped' })
  process.exit(0)
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const

/**
 * The first one stops it. What comes with that is the same, as whoever tells all processes of a group has the ones before this
 * hand it on too; one that comes later ends it at once, as the platform does by itself.
 */
function stopOn(signal: (typeof SIGNALS)[number], leave: AbortController): void {
  const stop = (): void => {
    leave.abort()
    clock.after(LIMITS.stopTogetherMs, () => void process.off(signal, stop))
  }
  process.on(signal, stop)
}

/** A line of standard output is one event, for machines. */
function say(event: object): void {
  process.stdout.write(`${JSON.stringify(event)}\n`)
}

/** Says why it does not start, or did not stop: to machines in the one document that they read, to people on standard error. */
function fail(error: unknown): never {
  const { code, detail: sentence } = toStartFault(error)
  if (code === 'internal') reportInside('start', toStartFault(error))
  const next = sayNext(code)
  if (process.argv.includes('--json')) say({ error: { code, sentence, next } })
  else process.stderr.write(`remit: ${sentence}\n       ${next}\n`)
  process.exit(1)
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await runCommandLine(process.argv.slice(2), process.env).catch(fail)
