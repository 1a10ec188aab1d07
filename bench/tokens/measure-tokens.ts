import { readConfig } from '../../src/config.ts'
import { raiseHouse } from '../../src/main.ts'
import { applyLoad, tryLoad } from '../apply-load.ts'
import { type Crowd, gatherCrowd } from '../gather-crowd.ts'
import { type Loaded, SPARE_BODIES_PER_CONNECTION } from '../load-job.ts'
import { type Stage, setStage } from '../stage.ts'
import { makeProviderClient, type WriteRequests, writeBareExchanges, writeExchanges } from './write-requests.ts'

/** The figures of one run; `acceptMicroseconds` is the median time to accept a token that was seen before, in process. */
export interface TokenFigures {
  readonly echo: Loaded
  readonly introspection: Loaded
  readonly bare: Loaded
  readonly provider: Loaded
  /** Of an assertion that is shown again and again, as the one that a pod finds in a file. */
  readonly exchange: Loaded
  /** Of assertions that are shown once each. */
  readonly freshExchange: Loaded
  readonly crowdedExchange: Loaded
  readonly acceptMicroseconds: number
}

/** A house that many others are bound in too, and what it trusts. */
export interface CrowdedHouse extends Crowd {
  readonly issuers: number
}

const CONNECTIONS = 50
const PILOT_REQUESTS = 200
/** So many times over each server is asked before it is measured. */
const WARMING_ROUNDS = 4
/** A guess of how many requests fill the time may be too low by so many doublings beyond that. */
const ROUNDS_MAX = WARMING_ROUNDS + 6
const ACCEPTED_TIMES = 20_000

/** Measures all of it, one after the other, so that ratios mean something; `crowd` is the house with many issuers and bindings. */
export async function measureTokens(seconds: number, crowd: CrowdedHouse): Promise<TokenFigures> {
  const stage = await setStage()
  const client = makeProviderClient()
  try {
    const bare = await stage.begin('tokens/bare-server.ts')
    const provider = await stage.begin('tokens/provider-server.ts', JSON.stringify(client.publicJwk))
    const figures = {
      bare: await tellWhen('bare', askForTokens(writeBareExchanges(bare.url), seconds)),
      provider: await tellWhen('oidc-provider', askForTokens(client.write(provider.url), seconds)),
      exchange: await tellWhen('exchange', askForTokens(writeExchanges(stage, 'one assertion'), seconds)),
      freshExchange: await tellWhen('fresh exchange', askForTokens(writeExchanges(stage, 'one each'), seconds)),
      echo: await tellWhen('echo', echo(stage, seconds)),
      introspection: await tellWhen('introspection', introspect(stage, seconds)),
      acceptMicroseconds: await tellWhen('accepting', measureAccepting(stage)),
    }
    return { ...figures, crowdedExchange: await tellWhen('crowd', exchangeInCrowd(crowd, seconds)) }
  } finally {
    await stage.strike()
  }
}

async function tellWhen<T>(what: string, measured: Promise<T>): Promise<T> {
  const found = await measured
  process.stderr.write(`measured: ${what}\n`)
  return found
}

async function exchangeInCrowd(crowd: CrowdedHouse, seconds: number): Promise<Loaded> {
  const stage = await setStage(crowd.issuers - 2) // beside the two of the agent
  try {
    await stage.pause((configFile) => gatherCrowd(configFile, stage.baseUrl, crowd))
    return await askForTokens(writeExchanges(stage, 'one assertion'), seconds)
  } finally {
    await stage.strike()
  }
}

/**
 * Each request spends what it shows, so as many are made before as fill the time. Each server is asked several times as much
 * before it is measured: one that has only just started is still being compiled, the longer the more there is of it.
 */
async function askForTokens(write: WriteRequests, seconds: number): Promise<Loaded> {
  const ask = async (count: number): Promise<Loaded> =>
    tryLoad({
      ...(await write(Math.max(count, PILOT_REQUESTS) + CONNECTIONS * SPARE_BODIES_PER_CONNECTION)),
      connections: CONNECTIONS,
      warmSeconds: 0,
      seconds: 0,
    })
  let loaded = await ask(PILOT_REQUESTS)
  for (let rounds = 0; rounds < ROUNDS_MAX; rounds += 1) {
    loaded = await ask(Math.ceil(loaded.perSecond * seconds))
    if (loaded.tookSeconds >= seconds / 2 && rounds >= WARMING_ROUNDS) return loaded
  }
  throw new Error(`The requests ended before ${seconds / 2} s were measured, however many there were.`)
}

const durationsOf = (seconds: number) => ({ connections: CONNECTIONS, warmSeconds: seconds, seconds })

function echo({ echo: { url } }: Stage, seconds: number): Promise<Loaded> {
  const headers = { 'content-type': 'application/json' }
  return applyLoad({ ...durationsOf(seconds), url, headers, bodies: ['{"token":"one"}'], expects: 'one' })
}

/** An agent asks about its own token, again and again. */
async function introspect({ agent, taskId, baseUrl }: Stage, seconds: number): Promise<Loaded> {
  const { value } = await agent.exchange(taskId, baseUrl)
  return applyLoad({
    ...durationsOf(seconds),
    url: `${baseUrl}/oauth/introspect`,
    headers: { 'content-type': 'application/x-www-form-urlencoded', authorization: `Bearer ${value}` },
    bodies: [new URLSearchParams({ token: value }).toString()],
    expects: '"active":true',
  })
}

/** Accepts one token many times in this process, over the store of the house, and gives the median in microseconds. */
async function measureAccepting({ agent, taskId, baseUrl, pause }: Stage): Promise<number> {
  const { value } = await agent.exchange(taskId, baseUrl)
  return pause(async (configFile) => {
    const raised = await raiseHouse(readConfig(configFile, {}), baseUrl)
    try {
      return await timeAccepting(() => raised.house.authenticate.byAccessToken(value, baseUrl, null))
    } finally {
      await raised.close()
    }
  })
}

async function timeAccepting(accept: () => Promise<unknown>): Promise<number> {
  for (let at = 0; at < ACCEPTED_TIMES; at += 1) await accept()
  const times = new Float64Array(ACCEPTED_TIMES)
  for (let at = 0; at < ACCEPTED_TIMES; at += 1) {
    const startedMs = performance.now()
    await accept()
    times[at] = (performance.now() - startedMs) * 1000
  }
  return times.sort()[ACCEPTED_TIMES / 2] ?? Number.NaN
}
