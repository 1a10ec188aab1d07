import { applyLoad, tryLoad } from './apply-load.ts'
import { findMedian, findMedianMs } from './find-median.ts'
import { COUNT, type Loaded, type LoadJob, SPARE_BODIES_PER_CONNECTION } from './load-job.ts'
import type { Stage } from './stage.ts'
import { measureSyncMs } from './sync.ts'

/** What is measured, by the name that the table shows. */
export type What =
  | 'JSON echo (fastify)'
  | 'durable record, bare (fastify)'
  | 'evaluation'
  | 'evaluation, no two alike'
  | 'token exchange'
  | 'MCP call, direct'
  | 'MCP call, gateway'

/** One row to measure; `against` is what its ratio is taken to, at the same number of connections. */
export interface Measure {
  readonly what: What
  readonly connections: number
  readonly against: What | null
}

/**
 * Every row. Those of as many connections are measured in turn, what is compared beside what it is compared with. The
 * gateway's calls stay at a quarter of what one chain may have open, so that calls of a run that found no answer in its time,
 * and is made again, may still be ending.
 */
export const MEASURES: readonly Measure[] = [
  { what: 'JSON echo (fastify)', connections: 64, against: null },
  { what: 'durable record, bare (fastify)', connections: 64, against: 'JSON echo (fastify)' },
  { what: 'evaluation', connections: 64, against: 'JSON echo (fastify)' },
  { what: 'evaluation, no two alike', connections: 64, against: 'JSON echo (fastify)' },
  { what: 'JSON echo (fastify)', connections: 16, against: null },
  { what: 'token exchange', connections: 16, against: 'JSON echo (fastify)' },
  { what: 'MCP call, direct', connections: 16, against: null },
  { what: 'MCP call, gateway', connections: 16, against: 'MCP call, direct' },
  { what: 'JSON echo (fastify)', connections: 1, against: null },
  { what: 'durable record, bare (fastify)', connections: 1, against: 'JSON echo (fastify)' },
  { what: 'evaluation', connections: 1, against: 'JSON echo (fastify)' },
  { what: 'token exchange', connections: 1, against: 'JSON echo (fastify)' },
  { what: 'MCP call, direct', connections: 1, against: null },
  { what: 'MCP call, gateway', connections: 1, against: 'MCP call, direct' },
]

/** A row as it was measured. */
export interface Measured extends Measure, Loaded {
  /** Requests a second, as a share of those of `against`; null where it is the baseline itself. */
  readonly ratio: number | null
}

/** How long each row is warmed and measured, in all of its turns together. */
export interface Durations {
  readonly warmSeconds: number
  readonly seconds: number
}

type Apply = (stage: Stage, connections: number, durations: Durations) => Promise<Loaded>

const APPLY: Readonly<Record<What, Apply>> = {
  'JSON echo (fastify)': (stage, connections, durations) =>
    sendQuestions(stage, stage.echo.url, connections, durations),
  'durable record, bare (fastify)': (stage, connections, durations) =>
    sendQuestions(stage, stage.record.url, connections, durations),
  evaluation: evaluateUnderLoad,
  'evaluation, no two alike': (stage, connections, durations) =>
    evaluateUnderLoad(stage, connections, durations, `of-${COUNT}`),
  'token exchange': exchangeUnderLoad,
  'MCP call, direct': (stage, connections, durations) =>
    applyLoad({ ...durations, ...callOf(stage.mcp.url, {}), connections, expects: 'Work starts' }),
  'MCP call, gateway': callThroughGateway,
}

function sendQuestions(stage: Stage, url: string, connections: number, durations: Durations): Promise<Loaded> {
  const bodies = [questionAbout(stage)]
  return applyLoad({ ...durations, connections, url, headers: JSON_HEADERS, bodies, expects: 'note' })
}

const JSON_HEADERS = { 'content-type': 'application/json' }

/** How often each row is measured, its time shared out: of so many turns one may be disturbed. */
export const TURNS = 3
/** Everything is asked beforehand, so many times as long as a row is measured. */
export const WARMING_TIMES = 2
const WARMING_CONNECTIONS = 16

/** What one run came to: its rows, and the time of one `fdatasync` between the turns of those that wait for one each. */
export interface Run {
  readonly rows: readonly Measured[]
  readonly syncMs: number
}

/**
 * Measures all rows, those of as many connections in turn, and takes the median of each: what slows the machine for a while slows
 * what is compared alike. `tell` hears each row as it is done. Everything is asked before, and not counted: a server that has
 * only just started is still being compiled, and that would be most of what the first rows show.
 */
export async function measureAll(stage: Stage, durations: Durations, tell: (measured: Measured) => void): Promise<Run> {
  const warming = { warmSeconds: 0, seconds: WARMING_TIMES * durations.seconds }
  for (const apply of Object.values(APPLY)) await apply(stage, WARMING_CONNECTIONS, warming)
  const rows: Measured[] = []
  const syncsMs: number[] = []
  for (const connections of new Set(MEASURES.map((measure) => measure.connections))) {
    const group = MEASURES.filter((measure) => measure.connections === connections)
    const loads = await measureInTurn(stage, group, durations, () => {
      if (connections === 1) syncsMs.push(measureSyncMs(stage.folder))
    })
    for (const measured of compare(group, loads)) {
      rows.push(measured)
      tell(measured)
    }
  }
  return { rows, syncMs: findMedianMs(syncsMs) }
}

/** Gives how long each turn lasts. */
export function shareOut({ warmSeconds, seconds }: Durations): Durations {
  return { warmSeconds: warmSeconds / TURNS, seconds: seconds / TURNS }
}

/** Gives the median load of each row. `endTurn` is called behind each turn of all. */
async function measureInTurn(
  stage: Stage,
  group: readonly Measure[],
  durations: Durations,
  endTurn: () => void,
): Promise<readonly Loaded[]> {
  const perTurn = shareOut(durations)
  const loads = group.map((): Loaded[] => [])
  for (let turn = 0; turn < TURNS; turn += 1) {
    for (const [at, { what, connections }] of group.entries())
      loads[at]?.push(await APPLY[what](stage, connections, perTurn))
    endTurn()
  }
  return loads.map(findMedian)
}

/** Puts each load beside the one that its row is taken to. */
function compare(group: readonly Measure[], loads: readonly Loaded[]): readonly Measured[] {
  return group.flatMap((measure, at) => {
    const loaded = loads[at]
    if (loaded === undefined) return []
    const base = loads[group.findIndex(({ what }) => what === measure.against)]
    return { ...measure, ...loaded, ratio: base === undefined ? null : loaded.perSecond / base.perSecond }
  })
}

function questionAbout({ taskId }: Stage, note = 'one'): string {
  return JSON.stringify({
    subject: { type: 'task', id: taskId },
    action: { name: 'bench/read_note' },
    resource: { type: 'note', id: note },
  })
}

/**
 * Asks one question again and again, as enforcement points do, or about a note of another name each time, so that nothing
 * is known of it: each answer comes after its entry.
 */
export async function evaluateUnderLoad(
  stage: Stage,
  connections: number,
  durations: Durations,
  note?: string,
): Promise<Loaded> {
  const { value } = await stage.agent.exchange(stage.taskId, stage.baseUrl)
  return applyLoad({
    ...durations,
    connections,
    url: `${stage.baseUrl}/access/v1/evaluation`,
    headers: { ...JSON_HEADERS, authorization: `Bearer ${value}` },
    bodies: [questionAbout(stage, note)],
    expects: '"decision":true',
  })
}

async function callThroughGateway(stage: Stage, connections: number, durations: Durations): Promise<Loaded> {
  const url = stage.agent.gatewayUrl('bench')
  const { value } = await stage.agent.exchange(stage.taskId, url)
  const call = callOf(url, { authorization: `Bearer ${value}` })
  return applyLoad({ ...durations, ...call, connections, expects: 'dev.remit/permit' })
}

function callOf(url: string, headers: Readonly<Record<string, string>>): Pick<LoadJob, 'url' | 'headers' | 'bodies'> {
  const version = '2026-07-28'
  const params = {
    name: 'read_note',
    arguments: { id: 'one' },
    _meta: {
      'io.modelcontextprotocol/protocolVersion': version,
      'io.modelcontextprotocol/clientCapabilities': {},
    },
  }
  return {
    url,
    headers: {
      ...JSON_HEADERS,
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': version,
      'mcp-method': 'tools/call',
      'mcp-name': 'read_note',
      ...headers,
    },
    bodies: [JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params })],
  }
}

/** How many exchanges say roughly how fast they are. */
const PILOT_EXCHANGES = 200
/** How often the guess is doubled: a server that is warm may be many times faster than the pilot found it. */
const GUESSES_MAX = 6

/**
 * Each exchange spends an assertion, so as many are minted before as a short run says will be needed, and twice as
 * many where they were spent before half of the time was over.
 */
async function exchangeUnderLoad(stage: Stage, connections: number, durations: Durations): Promise<Loaded> {
  const { warmSeconds, seconds } = durations
  const pilot = await exchangeMany(stage, connections, PILOT_EXCHANGES, 0)
  let guess = Math.ceil(pilot.perSecond * (warmSeconds + seconds))
  for (let guesses = 0; guesses < GUESSES_MAX; guesses++) {
    const loaded = await exchangeMany(stage, connections, guess, warmSeconds)
    if (loaded.requests > 0 && loaded.tookSeconds >= seconds / 2) return loaded
    guess = 2 * Math.max(guess, PILOT_EXCHANGES)
  }
  throw new Error(`The exchanges ended before ${seconds / 2} s were measured, however many there were.`)
}

async function exchangeMany(stage: Stage, connections: number, wanted: number, warmSeconds: number): Promise<Loaded> {
  const count = Math.max(wanted, PILOT_EXCHANGES) + connections * SPARE_BODIES_PER_CONNECTION
  const bodies: string[] = []
  while (bodies.length < count) bodies.push(await writeExchange(stage))
  return tryLoad({
    url: `${stage.baseUrl}/oauth/token`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    bodies,
    connections,
    warmSeconds,
    seconds: 0,
    expects: '"access_token"',
  })
}

async function writeExchange({ assertion, taskId, baseUrl }: Stage): Promise<string> {
  return new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: await assertion(),
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    resource: baseUrl,
    authorization_details: JSON.stringify([{ type: 'urn:remit:task', task_id: taskId }]),
  }).toString()
}
