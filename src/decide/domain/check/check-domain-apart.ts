import type { PolicyChange, PolicyNote } from '../../../contract/policy.ts'
import type { Clock } from '../../../ground/clock.ts'
import { finishInTurns } from '../../../ground/in-turns.ts'
import { LIMITS } from '../../../ground/limits.ts'
import { createApart, LOADING } from '../../policy/check/run-apart.ts'
import type { ReportMismatch } from '../../policy/load-policies.ts'
import type { PolicyFile } from '../../policy/policy.ts'
import type { TrialResult } from '../../policy/trial/run-trials.ts'
import { assembleDomain, compileDomain } from '../compile-domain.ts'
import type { Domain, DomainTexts } from '../domain.ts'
import { refuseDomain } from '../read/faults.ts'
import { hearDomain, type ToldDomain } from './told-domain.ts'

/** The texts of what could be a domain, and what is to be known of it. */
export interface DomainToCheck {
  readonly name: string
  readonly texts: DomainTexts
  /** False for what has been a domain before: then it is one, whatever is refused by now. */
  readonly isNew: boolean
  /** Its test files. */
  readonly tests: readonly PolicyFile[]
  /** Their cases are asked, and not only read. */
  readonly isTested: boolean
  /** What it is compared with, which has been a domain before; null for nothing. */
  readonly before: DomainTexts | null
}

/** What is known of a domain that was made in another thread, and is gone with it. */
export interface CheckedDomain {
  readonly name: string
  /** Hex SHA-256 over `text`. */
  readonly version: string
  readonly text: string
  readonly warnings: readonly PolicyNote[]
  /** How many of each. */
  readonly policies: number
  readonly entities: number
  readonly hasSchema: boolean
  /** Of its test files: what is wrong with them, how many cases they hold, and what came of those that were asked. */
  readonly testFaults: readonly PolicyNote[]
  readonly cases: number
  readonly results: readonly TrialResult[]
  /** How it differs from `before`; empty where there was nothing to compare it with. */
  readonly changes: readonly PolicyChange[]
}

/** What the thread is asked: to check a domain and give what is known of it, or to read it and give that. */
export type DomainAsked = { readonly check: DomainToCheck } | { readonly read: Pick<DomainToCheck, 'name' | 'texts'> }

/** What the thread tells. `mismatches` say where the two engines differed on a case. */
export type DomainTold =
  | { readonly checked: CheckedDomain; readonly mismatches: readonly string[] }
  | { readonly read: ToldDomain }
  | { readonly faults: readonly PolicyNote[] }

/** Works on domains in other threads, and lets nobody wait for it who asks for something else. */
export interface DomainsApart {
  /** Checks what could be a domain. Errors: `policies_invalid`, `rate_limited`. */
  readonly check: (domain: DomainToCheck) => Promise<CheckedDomain>
  /** Makes what could be a domain. Errors: as `check`. */
  readonly make: (name: string, texts: DomainTexts) => Promise<Domain>
  /** Makes what has been in force: however long it takes, and behind nobody's check. Errors: `policies_invalid`. */
  readonly load: (name: string, texts: DomainTexts) => Promise<Domain>
}

const thread = ['check-domain-worker', import.meta.url] as const

/** Makes what gives each domain to a thread of its own, one at a time. */
export function createDomainsApart(
  clock: Pick<Clock, 'sleep'>,
  report: ReportMismatch,
  noteFault: (fault: unknown) => void,
): DomainsApart {
  const check = createApart<DomainAsked, DomainTold>(thread, clock)
  const load = createApart<DomainAsked, DomainTold>(thread, clock, LOADING)
  const make = async (ask: typeof check, name: string, texts: DomainTexts): Promise<Domain> => {
    const told = open(name, await ask({ read: { name, texts } }))
    if (!('read' in told)) throw new Error('the thread that reads domains told something else')
    return await finishInTurns(assembleDomain(hearDomain(told.read), report))
  }
  return {
    check: async (domain) => {
      const told = open(domain.name, await check({ check: domain }))
      if (!('checked' in told)) throw new Error('the thread that checks domains told something else')
      for (const mismatch of told.mismatches) noteFault(new Error(mismatch))
      return told.checked
    },
    make: (name, texts) => make(check, name, texts),
    load: async (name, texts) => (isSmall(texts) ? compileDomain(name, texts, report) : await make(load, name, texts)),
  }
}

function open(name: string, told: DomainTold): Exclude<DomainTold, { readonly faults: unknown }> {
  if ('faults' in told) throw refuseDomain(name, told.faults)
  return told
}

/** A thread takes longer to begin than to read what is small. */
function isSmall({ files, schema, entities }: DomainTexts): boolean {
  const texts = [...files.map(({ text }) => text), schema ?? '', entities ?? '']
  return texts.reduce((sum, text) => sum + text.length, 0) <= LIMITS.checkedHereCharsMax
}
