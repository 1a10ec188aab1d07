import { systemActor } from '../../authenticate/actor.ts'
import {
  bareRow,
  type Change,
  insert,
  type Kept,
  requireAbsent,
  requireVersion,
  update,
} from '../../contract/change.ts'
import { ownDomain, type PolicyDomain, type PolicyVersion, policyVersionId } from '../../contract/policy.ts'
import { comparePolicies } from '../../decide/policy/check/compare-policies.ts'
import { type Policies, readFolder, readShipped } from '../../decide/policy/load-policies.ts'
import type { PolicyFile } from '../../decide/policy/policy.ts'
import { type Candidate, createPolicySets, type PolicySets } from '../../decide/policy/policy-sets.ts'
import { createShelf, type Shelved } from '../../decide/policy/shelf.ts'
import type { Clock } from '../../ground/clock.ts'
import { digestOf } from '../../ground/digest.ts'
import { keepSet, newVersion, type PolicyStanding, supersede } from '../../register/policy.ts'
import type { RegisterStore } from '../../register/store.ts'
import type { House } from '../house.ts'
import { createCheckTurns } from './check-turns.ts'
import type { PolicyDesk } from './desk.ts'
import type { PolicyFaults } from './policy-faults.ts'
import { nextNumber, packFiles, readFiles, readStanding } from './standing.ts'

type Reading = Pick<PolicyDesk, 'sets' | 'folder'> & { readonly register: RegisterStore }

/** Where policies are found, and who hears of those that fail. */
export interface PolicySources {
  readonly register: RegisterStore
  /** Path of the organisation's folder; null where none is configured. */
  readonly folder: string | null
  readonly faults: PolicyFaults
  readonly clock: Pick<Clock, 'sleep'>
}

/**
 * Puts what is to decide on a shelf. Errors: `config_invalid` where the policies are not valid, and then nothing
 * starts; `store_failed`, `store_damaged`.
 */
export async function openPolicies({ register, folder: path, faults, clock }: PolicySources): Promise<PolicyDesk> {
  const [texts, folder] = await Promise.all([readShipped(), path === null ? null : readFolder(path)])
  const sets = createPolicySets({ texts, report: faults.noteMismatch, clock })
  const reading = { register, sets, folder }
  const atStart: Shelving = { register, sets: { read: (files) => sets.readAtStart(files) } }
  const shelf = createShelf(await shelveOpening(atStart, await chooseOpening(reading)))
  const refresh = async (): Promise<void> => {
    const standing = await readStanding(register)
    if (standing === undefined) return
    const files = await readFiles(register, standing.enforced)
    shelf.put(await shelveOpening(reading, { standing, files }))
  }
  return { sets, folder, shelf, turns: createCheckTurns(), faults, refresh }
}

/** What a start is to bring into force: the version that is kept, or what the folder holds. */
interface Opening {
  readonly standing: PolicyStanding | undefined
  readonly files: readonly PolicyFile[]
  readonly isFolder: boolean
  readonly folderDigest: string | null
}

/**
 * The folder counts where nobody has published anything, and from then on only where it holds something else than at
 * the last start. A folder that is not configured any more takes nothing back that people approved.
 */
async function chooseOpening({ register, folder }: Reading): Promise<Opening> {
  const standing = await readStanding(register)
  const folderDigest = folder === null ? null : digestOf(folder)
  const before = standing?.domain
  const isChanged = folderDigest !== (before?.folder ?? null) && (folder !== null || before?.isPublished !== true)
  if (standing === undefined || isChanged) return { standing, files: folder ?? [], isFolder: true, folderDigest }
  return { standing, files: await readFiles(register, standing.enforced), isFolder: false, folderDigest }
}

interface Shelving {
  readonly sets: Pick<PolicySets, 'read'>
  readonly register: RegisterStore
}

async function shelveOpening(
  { sets, register }: Shelving,
  { standing, files }: Pick<Opening, 'standing' | 'files'>,
): Promise<Shelved> {
  const enforced = await (await sets.read(files)).policies()
  const shadow = await readShadow({ sets, register }, standing?.shadow ?? null)
  return { enforced, shadow, guards: [guardOf(standing?.domain)], publication: standing?.domain.enforced ?? 0 }
}

/** A set that is only observed, and that is valid no more since Remit itself changed, holds up nothing. */
async function readShadow({ sets, register }: Shelving, version: Kept<PolicyVersion> | null): Promise<Policies | null> {
  if (version === null) return null
  const candidate = await sets.read(await readFiles(register, version))
  return candidate.checked.faults.length === 0 ? candidate.policies() : null
}

function guardOf(domain: Kept<PolicyDomain> | undefined): Change {
  return domain === undefined ? requireAbsent('policy_domains', ownDomain) : requireVersion('policy_domains', domain)
}

/**
 * Writes down which policies decide from this start on, and keeps their text: packs and explanations show it, of older
 * sets too. What the folder holds becomes a version of its own where it is another set than the one that decided.
 */
export async function announcePolicies(house: House): Promise<void> {
  const { sets, folder } = house.policies
  const opening = await chooseOpening({ register: house.register, sets, folder })
  const candidate = await sets.readAtStart(opening.files)
  const { version, text } = candidate
  const { domain, changes } = await moveDomain(house, opening, candidate)
  const kept = await house.register.payload(version)
  await house.log.record({
    entry: {
      kind: 'policy.loaded',
      actor: systemActor,
      subject: { kind: 'policy', id: policyVersionId(domain.name, domain.enforced) },
      data: { domain: domain.name, number: domain.enforced, version },
      policy: version,
    },
    changes: [...changes, keepSet({ version, text, kept })],
  })
  await house.policies.refresh()
}

interface Moved {
  readonly domain: PolicyDomain
  readonly changes: readonly Change[]
}

async function moveDomain(house: House, opening: Opening, candidate: Candidate): Promise<Moved> {
  const { standing, isFolder, folderDigest } = opening
  const isOther = standing === undefined || (isFolder && standing.domain.digest !== candidate.version)
  const added = isOther ? await addFromFolder(house, opening, candidate) : null
  const domain: PolicyDomain = {
    name: ownDomain,
    shadow: null,
    isPublished: false,
    ...(standing === undefined ? {} : bareRow(standing.domain)),
    enforced: added?.version.number ?? standing?.enforced.number ?? 1,
    digest: candidate.version,
    folder: folderDigest ?? standing?.domain.folder ?? null,
  }
  if (standing === undefined) return { domain, changes: [insert('policy_domains', domain), ...(added?.changes ?? [])] }
  const isSame = digestOf(bareRow(standing.domain)) === digestOf(bareRow(domain))
  const changes = isSame ? [] : [update('policy_domains', standing.domain, domain)]
  return { domain, changes: [...changes, ...(added?.changes ?? [])] }
}

/** Whoever can write the folder of the server is trusted with its policies: they count with the start, as a version. */
async function addFromFolder(house: House, { standing, files }: Opening, candidate: Candidate) {
  const number = await nextNumber(house.register)
  const nowMs = house.clock.nowMs()
  const packed = packFiles(files, house.ids)
  const before = await house.policies.sets.readAtStart(
    standing === undefined ? [] : await readFiles(house.register, standing.enforced),
  )
  const version = newVersion({
    domain: ownDomain,
    number,
    digest: candidate.version,
    files: packed.id,
    source: 'folder',
    state: 'enforced',
    effect: comparePolicies(before.checked.policies, candidate.checked.policies).effect,
    basis: standing?.enforced.number ?? null,
    reason: files.length === 0 ? 'what comes with Remit' : 'what the folder of the server holds',
    proposedMs: nowMs,
    inForceMs: nowMs,
  })
  const superseded = standing === undefined ? [] : [supersede(standing.enforced, nowMs)]
  return { version, changes: [insert('policy_versions', version), ...superseded, ...packed.changes] }
}
