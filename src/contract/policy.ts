import type { PersonId, Role } from './register/person.ts'
import type { ApprovalSeat } from './register/tier.ts'

/** The domain of Remit's own decisions, also where it is said who may ask for them. */
export const ownDomain = 'remit'

/** Who reads policies, the entities of domains, and what other policies make of recorded traffic. */
export const POLICY_READERS: readonly Role[] = ['admin', 'approver', 'auditor']

const ERRED = /^A policy could not be evaluated: ([\x21-\x7e]{1,128}?): /

/** Gives the id of the policy that could not be evaluated, as the reason of a denial names it; null where it names none. */
export function findErred(sentence: string): string | null {
  return ERRED.exec(sentence)?.[1] ?? null
}

/** What a change of policies may do to what is allowed: anything at all, only less, or nothing. */
export const POLICY_EFFECTS = ['loosens', 'tightens', 'words'] as const
export type PolicyEffect = (typeof POLICY_EFFECTS)[number]

/** Who must say yes before a change of this effect is in force; nobody who asked for it, and nobody for two seats. */
export const POLICY_SEATS: Readonly<Record<PolicyEffect, readonly ApprovalSeat[]>> = {
  loosens: ['admin', 'security'],
  tightens: ['security'],
  words: ['security'],
}

/** True for an effect that an entry may name. */
export function isPolicyEffect(word: string): word is PolicyEffect {
  return POLICY_EFFECTS.some((each) => each === word)
}

/** Where a version can stand. It decides in `enforced` only, and is observed in `shadow`. */
export const POLICY_STATES = ['proposed', 'shadow', 'enforced', 'superseded', 'refused'] as const
export type PolicyState = (typeof POLICY_STATES)[number]

/** Who said yes to a version, and as what. */
export interface PolicyApprover {
  readonly person: PersonId
  readonly seat: ApprovalSeat
  readonly atMs: number
}

/** A set of policies that somebody published, or that a start found in its folder. */
export interface PolicyVersion {
  /** `domain/number`, the number in six digits or more: ids of one domain sort by their number. */
  readonly id: string
  readonly domain: string
  /** From 1, one more than the newest of the domain. */
  readonly number: number
  /** Hex SHA-256 of the text of the whole set, the shipped policies included; entries of decisions name it. */
  readonly digest: string
  /** Id of the payload that holds the organisation's files as they were published; null where there were none. */
  readonly files: string | null
  readonly source: 'published' | 'folder'
  readonly state: PolicyState
  readonly effect: PolicyEffect
  /** The number of the version that it was compared with, and would take the place of; null for the first. */
  readonly basis: number | null
  /** The number of an older version whose files it brings back; null where it has files of its own. */
  readonly bringsBack: number | null
  readonly reason: string
  /** Null where a start found it. */
  readonly proposedBy: PersonId | null
  readonly proposedMs: number
  readonly approvalId: string | null
  readonly approvedBy: readonly PolicyApprover[]
  /** When it came into force, or into shadow; null where it never did. */
  readonly inForceMs: number | null
  readonly endedMs: number | null
  /** Why it was refused; null for any other end. */
  readonly refusedBecause: string | null
}

/**
 * What stands in force in a domain. Every permit guards this row, so that none is recorded under policies that another
 * version has taken the place of.
 */
export interface PolicyDomain {
  readonly name: string
  /** Number of the version that decides. */
  readonly enforced: number
  /** Digest of its set as it was loaded last. */
  readonly digest: string
  /** Number of the version that is observed; null where none is. */
  readonly shadow: number | null
  /** Digest of what the folder held when a start looked last; null where there was no folder. */
  readonly folder: string | null
  /** True from the first version on that people approved: from then on the folder counts only where it changes. */
  readonly isPublished: boolean
}

/** True for what can name a domain of another application; `remit` is the house's own. */
export function isDomainName(name: string): boolean {
  return /^[a-z0-9][a-z0-9._-]{0,99}$/.test(name) && name !== ownDomain
}

/** Gives the id of a version. */
export function policyVersionId(domain: string, number: number): string {
  return `${domain}/${String(number).padStart(6, '0')}`
}

/** Something wrong, or odd, at a place in a file. Line and column from 1, 0 for the set as a whole. */
export interface PolicyNote {
  readonly file: string
  readonly line: number
  readonly column: number
  /** The policy that it is about; null where the text is none yet. */
  readonly id: string | null
  /** What kind: `syntax`, `form`, `validation` for faults; the name of the oddity for warnings. */
  readonly kind: string
  readonly sentence: string
  /** What was perhaps meant; null where nobody knows. */
  readonly hint: string | null
}

/** Writes a note as one line: place, policy, what it is, and a hint. */
export function describeNote({ file, line, column, id, sentence, hint }: PolicyNote): string {
  const place = file === '' ? [] : [line === 0 ? file : `${file}:${line}:${column}`]
  const about = [...place, ...(id === null ? [] : [`(${id})`])].join(' ')
  return `${about}${about === '' ? '' : ': '}${sentence}${hint === null ? '' : ` (${hint})`}`
}

/** A policy that two sets do not have alike. */
export interface PolicyChange {
  readonly id: string
  readonly change: 'added' | 'removed' | 'changed'
  readonly effect: PolicyEffect
  /** Why it counts as that. */
  readonly because: string
  readonly before: string | null
  readonly after: string | null
}
