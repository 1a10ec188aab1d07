import { atLeast, atMost, type Bar, writeBars } from '../bars.ts'
import { readSeconds, runBench } from '../run-bench.ts'
import { type CrowdedHouse, measureTokens, type TokenFigures } from './measure-tokens.ts'

/** A large organisation: what everybody is asked of is one agent in it. */
const LARGE: CrowdedHouse = { issuers: 1_000, identities: 100_000, entitlementsEach: 1, tasks: 0 }

/** The first seconds of a server are no measure of the next; of five, two may be disturbed. */
const TURNS = { warmingTurns: 4, measuredTurns: 5 }

/** Holds the figures of one run against each other: each bar is a ratio, but for what is measured in process. */
export function findTokenBars(figures: TokenFigures): readonly Bar[] {
  const { exchange, provider, bare, introspection, echo, besideCrowd, crowdedExchange, acceptMicroseconds } = figures
  const ratio = (of: { readonly perSecond: number }, to: { readonly perSecond: number }): number =>
    of.perSecond / to.perSecond
  return [
    atLeast('token exchanges a second of client credentials of oidc-provider', ratio(exchange, provider), 1),
    atLeast('token exchanges a second of two verifications and a signature, bare', ratio(exchange, bare), 0.6),
    atLeast('introspections a second of echoes', ratio(introspection, echo), 0.6),
    atLeast(
      'token exchanges a second among many issuers and bindings, of those among few',
      ratio(crowdedExchange, besideCrowd),
      0.9,
    ),
    atMost('microseconds to accept a token that was seen before, in process', acceptMicroseconds, 15),
  ]
}

/** Lays the rates out, a line each. */
export function writeTokenRates(figures: TokenFigures): readonly string[] {
  const rows = [
    ['two verifications and a signature, bare', figures.bare],
    ['client credentials, oidc-provider', figures.provider],
    ['token exchange with assertion and DPoP proof', figures.exchange],
    ['the same, each assertion shown once', figures.freshExchange],
    ['the former again', figures.besideCrowd],
    ['in its turns, among many issuers and bindings', figures.crowdedExchange],
    ['JSON echo (fastify)', figures.echo],
    ['introspection', figures.introspection],
  ] as const
  return rows.map(([what, { perSecond, p50Ms, p99Ms }]) =>
    [
      what.padEnd(46),
      Math.round(perSecond).toLocaleString('en').padStart(8),
      p50Ms.toFixed(2).padStart(8),
      p99Ms.toFixed(2).padStart(8),
    ].join(' '),
  )
}

async function measure(seconds: number): Promise<void> {
  const figures = await measureTokens({ seconds, ...TURNS }, LARGE)
  const head = `${'at 50 connections'.padEnd(46)} ${'a second'.padStart(8)} ${'p50 ms'.padStart(8)} ${'p99 ms'.padStart(8)}`
  process.stdout.write(`${[head, ...writeTokenRates(figures), '', ...writeBars(findTokenBars(figures))].join('\n')}\n`)
}

if (import.meta.main) await runBench('bench:tokens', readSeconds, measure)
