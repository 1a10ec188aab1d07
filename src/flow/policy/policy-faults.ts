import { systemActor } from '../../authenticate/actor.ts'
import type { Denial } from '../../contract/decision.ts'
import { findErred, ownDomain } from '../../contract/policy.ts'
import { membersIn, textIn } from '../../contract/told/data.ts'
import { shortenText } from '../../decide/facts/fit-data.ts'
import { describeMismatch, type Mismatch } from '../../decide/policy/checked-engine.ts'
import type { ReportMismatch } from '../../decide/policy/load-policies.ts'
import type { Clock } from '../../ground/clock.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { Log } from '../../record/log.ts'

/** Something wrong with a policy that showed while it decided, since the start of this server. */
export interface PolicyFault {
  /** Whose policy it is: `remit`, or a domain of another application. */
  readonly domain: string
  /** The policy; `engine` where the fault is of no single one. */
  readonly id: string
  /** `error`: it could not be evaluated, and the answer was no. `mismatch`: Cedar's own engine answered otherwise. */
  readonly what: 'error' | 'mismatch'
  readonly times: number
  readonly lastMs: number
  readonly sentence: string
}

/** Hears of policies that fail, and puts it before people: in the log, at most once a minute for each policy, and here. */
export interface PolicyFaults {
  /** Of every denial; those of a policy that errs are noted. Whatever becomes of the note, the answer stands. */
  readonly noteDenial: (denial: Denial) => void
  readonly noteMismatch: ReportMismatch
  /** The latest last. */
  readonly seen: () => readonly PolicyFault[]
}

/** What noting takes. */
export interface PolicyFaultsParts {
  readonly log: Pick<Log, 'record'>
  readonly clock: Pick<Clock, 'nowMs'>
  readonly report: (error: unknown) => void
}

interface Noted extends Pick<PolicyFault, 'domain' | 'what' | 'id'> {
  readonly said: string
  readonly policy?: string
}

interface Seen extends PolicyFault {
  readonly notedMs: number
}

const sentenceCharsMax = 500

/** Makes what hears of policies that fail. */
export function createPolicyFaults({ log, clock, report }: PolicyFaultsParts): PolicyFaults {
  const seen = new Map<string, Seen>()
  const note = ({ domain, what, id, said, policy }: Noted): void => {
    const [key, atMs, sentence] = [`${domain} ${what} ${id}`, clock.nowMs(), shortenText(said, sentenceCharsMax)]
    const before = seen.get(key)
    const isNoted = before !== undefined && atMs - before.notedMs < LIMITS.policyFaultEveryMs
    seen.delete(key)
    seen.set(key, {
      domain,
      id,
      what,
      sentence,
      times: (before?.times ?? 0) + 1,
      lastMs: atMs,
      notedMs: isNoted ? before.notedMs : atMs,
    })
    const [oldest] = seen.keys()
    if (seen.size > LIMITS.policyFaultsMax && oldest !== undefined) seen.delete(oldest)
    if (isNoted) return
    const ofDomain = domain === ownDomain ? {} : { domain: { name: domain } }
    const data = { ...ofDomain, policyId: id, what, sentence, times: (before?.times ?? 0) + 1 }
    const entry = { kind: 'policy.faulted', actor: systemActor, subject: { kind: 'policy', id }, data } as const
    log.record({ entry: policy === undefined ? entry : { ...entry, policy }, changes: [] }).catch(report)
  }
  return {
    noteDenial: ({ code, reasons, policyVersion: policy, entry }) => {
      if (code !== 'policy_error') return
      const domain = textIn(membersIn(entry.data, 'domain'), 'name') ?? ownDomain
      for (const { rule, sentence: said } of reasons)
        if (rule === 'policy:error') note({ domain, what: 'error', id: findErred(said) ?? 'engine', said, policy })
    },
    noteMismatch: (mismatch, domain = ownDomain) => {
      const error = describeMismatch(mismatch)
      report(error)
      note({ domain, what: 'mismatch', id: findDiffering(mismatch) ?? 'engine', said: error.message })
    },
    seen: () => [...seen.values()].map(({ notedMs: _notedMs, ...fault }) => fault),
  }
}

/** The first policy that decided in one engine and not in the other. */
function findDiffering({ compiled, oracle }: Mismatch): string | undefined {
  const both = [...compiled.determining, ...oracle.determining].sort()
  return both.find((id) => compiled.determining.includes(id) !== oracle.determining.includes(id))
}

/** Says what was seen, for the doctor. */
export function describeFault({ domain, id: policyId, what, times, lastMs, sentence }: PolicyFault): string {
  const id = domain === ownDomain ? policyId : `${policyId} of the domain ${domain}`
  const often = times === 1 ? 'once' : `${times} times`
  const when = new Date(lastMs).toISOString()
  return what === 'error'
    ? `${id} could not be evaluated, ${often} since the start, last at ${when}, and each time the answer was no: ${sentence}`
    : `Our engine and Cedar's own differ on ${id}, ${often} since the start, last at ${when}: ${sentence}`
}
