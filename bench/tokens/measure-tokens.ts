import { readConfig } from '../../src/config.ts'
import { raiseHouse } from '../../src/main.ts'
import { type Crowd, gatherCrowd } from '../gather-crowd.ts'
import type { Loaded } from '../load-job.ts'
import { type Stage, setStage } from '../stage.ts'
import { askInTurn, type Pace } from './ask-in-turn.ts'
import { makeProviderClient, repeatBody, writeBareExchanges, writeExchanges } from './write-requests.ts'

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
  /** As `exchange`, in the turns of the crowded house. */
  readonly besideCrowd: Loaded
  readonly crowdedExchange: Loaded
  readonly acceptMicroseconds: number
}

/** A house that many others are bound in too, and what it trusts. */
export interface CrowdedHouse extends Crowd {
  readonly issuers: number
}

const ACCEPTED_TIMES = 20_000

/**
 * Measures all of it. What is held against each other is asked in turn, so that ratios mean something; `crowd` is the house
 * with many issuers and bindings.
 */
export async function measureTokens(pace: Pace, crowd: CrowdedHouse): Promise<TokenFigures> {
  const stage = await setStage()
  try {
    const among = await tellWhen('exchanges', exchangeBesideOthers(stage, pace))
    const fresh = askInTurn({ freshExchange: writeExchanges(stage, 'one each') }, pace)
    const { freshExchange } = await tellWhen('fresh exchanges', fresh)
    const asked = await tellWhen('introspections', introspectBesideEcho(stage, pace))
    const acceptMicroseconds = await tellWhen('accepting', measureAccepting(stage))
    const crowded = await tellWhen('crowd', exchangeInCrowd(stage, crowd, pace))
    return { ...among, freshExchange, ...asked, acceptMicroseconds, ...crowded }
  } finally {
    await stage.strike()
  }
}

async function exchangeBesideOthers(
  stage: Stage,
  pace: Pace,
): Promise<Pick<TokenFigures, 'bare' | 'provider' | 'exchange'>> {
  const client = makeProviderClient()
  const bare = await stage.begin('tokens/bare-server.ts')
  const provider = await stage.begin('tokens/provider-server.ts', JSON.stringify(client.publicJwk))
  const servers = {
    bare: writeBareExchanges(bare.url),
    provider: client.write(provider.url),
    exchange: writeExchanges(stage, 'one assertion'),
  }
  return askInTurn(servers, pace)
}

async function tellWhen<T>(what: string, measured: Promise<T>): Promise<T> {
  const found = await measured
  process.stderr.write(`measured: ${what}\n`)
  return found
}

/** Measuring the time to accept a token has started the first house anew, so that neither is old. */
async function exchangeInCrowd(
  few: Stage,
  crowd: CrowdedHouse,
  pace: Pace,
): Promise<Pick<TokenFigures, 'besideCrowd' | 'crowdedExchange'>> {
  const many = await setStage(crowd.issuers - 2) // beside the two of the agent
  try {
    await many.pause((configFile) => gatherCrowd(configFile, many.baseUrl, crowd))
    const servers = {
      besideCrowd: writeExchanges(few, 'one assertion'),
      crowdedExchange: writeExchanges(many, 'one assertion'),
    }
    return await askInTurn(servers, pace)
  } finally {
    await many.strike()
  }
}

/** An agent asks about its own token, again and again. */
async function introspectBesideEcho(stage: Stage, pace: Pace): Promise<Pick<TokenFigures, 'echo' | 'introspection'>> {
  const { value } = await stage.agent.exchange(stage.taskId, stage.baseUrl)
  const servers = {
    echo: repeatBody('{"token":"one"}', {
      url: stage.echo.url,
      headers: { 'content-type': 'application/json' },
      expects: 'one',
    }),
    introspection: repeatBody(new URLSearchParams({ token: value }).toString(), {
      url: `${stage.baseUrl}/oauth/introspect`,
      headers: { 'content-type': 'application/x-www-form-urlencoded', authorization: `Bearer ${value}` },
      expects: '"active":true',
    }),
  }
  return askInTurn(servers, pace)
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
