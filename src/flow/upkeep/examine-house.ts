import type { KeySourceStatus } from '../../authenticate/assertion/key-source.ts'
import type { PersonCaller } from '../../authenticate/caller.ts'
import { verifierStanding } from '../../authenticate/verifying/verify-beside.ts'
import { describeNote, type PolicyVersion } from '../../contract/policy.ts'
import { toRfc3339 } from '../../ground/clock.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { ThreadStanding } from '../../ground/thread-standing.ts'
import { requireRole } from '../../register/require-role.ts'
import type { House, OfferedServer } from '../house.ts'
import { countLeftBehind } from '../people/estates.ts'
import { describeFault } from '../policy/policy-faults.ts'
import { readStanding } from '../policy/standing.ts'
import { sayIdleAdoptions } from './check-adoptions.ts'
import { checkApprovals } from './check-approvals.ts'
import { checkAuthorities } from './check-authorities.ts'
import { checkWitnesses } from './check-witnesses.ts'
import { findStaticSecrets } from './static-secrets.ts'
import { isClockOff } from './watch-issuers.ts'

/** One check of the doctor, in a sentence that says what to do where it is not well. */
export interface Check {
  readonly name: string
  readonly ok: boolean
  readonly sentence: string
  readonly tookMs: number
}

const CHECKS: readonly (readonly [string, (house: House) => Promise<string>])[] = [
  ['configuration', checkConfiguration],
  ['policies', checkPolicies],
  ['clock', checkClock],
  ['store', checkStore],
  ['decisions', async ({ decisionTimes }) => decisionTimes.say()],
  ['log', checkLog],
  ['audit', checkAudit],
  ['witnesses', checkWitnesses],
  ['servers', checkServers],
  ['issuers', checkIssuers],
  ['authorities', checkAuthorities],
  ['secrets', checkSecrets],
  ['estates', checkEstates],
  ['cut-short', checkCutShort],
  ['approvals', checkApprovals],
  ['signatures', checkSignatures],
]

/**
 * Examines the house part by part. A part that is not well is a check that failed, never an error of the examination.
 * It walks the whole log and names what is configured: that is for those who run the house or audit it.
 */
export async function examineHouse(house: House, caller: PersonCaller): Promise<readonly Check[]> {
  requireRole(caller.person, ['admin', 'auditor'])
  return Promise.all(
    CHECKS.map(async ([name, check]) => {
      const startedMs = house.clock.monotonicMs()
      const [ok, sentence] = await check(house).then(
        (well) => [true, well] as const,
        (error: unknown) => [false, error instanceof RemitError ? error.detail : 'It does not answer.'] as const,
      )
      return { name, ok, sentence, tookMs: Math.round(house.clock.monotonicMs() - startedMs) }
    }),
  )
}

/** One that is not valid never starts, so what is left to say is what deserves a second look. */
async function checkConfiguration(house: House): Promise<string> {
  const odd = [...house.cautions, ...(await findAbsentServers(house))]
  if (odd.length > 0) throw new RemitError('config_invalid', { detail: `Look at: ${odd.join('; ')}.` })
  return 'The configuration is valid.'
}

/** Whoever is not there, or does not act, cannot ask about the tokens that are for its server. */
async function findAbsentServers({ resourceServers, register }: House): Promise<readonly string[]> {
  const absent: string[] = []
  for (const { resource, identity: name } of resourceServers) {
    const found = name === undefined ? undefined : await register.identityNamed(name)
    if (name === undefined || found?.state === 'active') continue
    const standing = found === undefined ? 'is not there' : `is ${found.state}`
    absent.push(`resourceServers names ${name}, which ${standing}, so that ${resource} cannot ask about its tokens`)
  }
  return absent
}

/** A version that is observed is not loaded where a newer Remit does not take it: it sees nothing, which reads as if it changed nothing. */
const describeBlind = ({ number }: PolicyVersion): string =>
  `version ${number} in shadow sees nothing, as it is valid no more since Remit itself changed: \`remit policy show ${number}\` has its files, publish them again`

/** A set that is not valid never decides, so what is left to say is what is odd in it, and what failed in the doing. */
async function checkPolicies({ policies, register }: House): Promise<string> {
  const { warnings, byId } = policies.shelf.enforced()
  const shadow = policies.shelf.shadow() === null ? (await readStanding(register))?.shadow : null
  const blind = shadow ? [describeBlind(shadow)] : []
  const found = [...warnings.map(describeNote), ...policies.faults.seen().map(describeFault), ...blind]
  if (found.length > 0)
    throw new RemitError('policies_invalid', {
      detail: `Look at: ${found.map((each) => each.replace(/\.?$/, '.')).join(' ')}`,
    })
  return `${byId.size} policies decide, and none of them is odd.`
}

async function checkClock(house: House): Promise<string> {
  const { state, facts } = house.log.condition()
  if (state === 'late')
    throw new RemitError('internal', {
      detail: `The clock is ${Math.round(Number(facts['behindMs']) / 1000)} s behind the last entry of the log; set it right. Until it has caught up nothing is permitted.`,
    })
  return 'The clock is not behind the log.'
}

async function checkStore(house: House): Promise<string> {
  await house.checkStore()
  const well = 'The store answers, and is made as it should be.'
  if (house.writerStanding === null) return well
  return `${well} ${sayStanding('What is large or slow is written', house.writerStanding())}`
}

/** What to do about a log that takes nothing, by its condition. */
export const LOG_REMEDIES = {
  failing: 'See that the store answers and has room; the log goes on with the first commit that is kept.',
  doubtful: 'See that the store answers and has room; the log goes on by itself.',
  broken:
    'Everything is refused. Keep a copy of the store, find out what wrote to it or moved it, and start again; if it is refused then too, put back a backup.',
  taken: 'Everything is refused here. Only one server may write a log: see which one does, and stop this one.',
  stopping: 'Start it again.',
} as const

async function checkLog(house: House): Promise<string> {
  const { state, detail } = house.log.condition()
  // what broke it may have been put back: an audit finds nothing then, and still every answer is no
  if (state !== 'open' && state !== 'late')
    throw new RemitError('log_broken', {
      detail: `The log is ${state}${detail === '' ? '.' : `: ${detail}`} ${LOG_REMEDIES[state]}`,
    })
  const report = await house.log.audit()
  const [finding] = report.findings
  if (finding !== undefined)
    throw new RemitError('log_broken', { detail: `The log does not verify: ${finding.detail} ${LOG_REMEDIES.broken}` })
  if (detail !== '' && state === 'open') throw new RemitError('log_unavailable', { detail })
  const verified = `The log verifies: ${report.size} entries`
  return report.isComplete ? `${verified}.` : `${verified}. It names too many rows to say of each that none is gone.`
}

/** Each is debt: whoever reads one is that identity until it ends. */
async function checkSecrets(house: House): Promise<string> {
  const secrets = await findStaticSecrets(house)
  const [first] = secrets
  if (first === undefined) return 'No identity proves itself by a static secret.'
  const ends = toRfc3339(first.secretEndsMs ?? 0).slice(0, 10)
  throw new RemitError('secret_not_allowed', {
    detail: `${secrets.length} static ${secrets.length === 1 ? 'secret counts' : 'secrets count'}, that of ${first.subject} until ${ends}: bind a key, or what the platform says of the workload, and end ${secrets.length === 1 ? 'it' : 'them'} (remit identity unbind ${first.identityId} ${first.id}).`,
  })
}

/** What people own who left is refused from the moment on that they did; that its state says so takes longer where it is much. */
async function checkEstates(house: House): Promise<string> {
  const { owned, sponsored } = await countLeftBehind(house)
  const fault = house.estates.fault()
  const said = [sayLeftOver(owned, fault), ...sayUnsponsored(sponsored)].join(' ')
  if (fault === null && sponsored === 0) return said
  throw new RemitError(fault === null ? 'transition_needs' : 'internal', { detail: said })
}

function sayLeftOver(count: number, fault: Error | null): string {
  if (count === 0 && fault === null) return 'What people owned who left is suspended.'
  const left =
    count === 0
      ? 'What people owned who left is suspended; tasks that were opened for them may still be to be ended.'
      : `${count === 1 ? 'One identity' : `${count} identities`} of people who left ${count === 1 ? 'is' : 'are'} still to be suspended; nothing is let be done by ${count === 1 ? 'it' : 'them'} meanwhile.`
  if (fault === null) return `${left} The house goes on with it.`
  return `${left} ${sayInVain(fault)}`
}

function sayInVain(fault: Error): string {
  return `Something came between in the last try: ${fault instanceof RemitError ? fault.detail : 'standard error says by what.'} It is tried again ever more seldom, once a minute in the end.`
}

/** A flow that was cut short is carried on by the house: where that cannot be, it is told here too. */
async function checkCutShort({ cutShort }: House): Promise<string> {
  const fault = cutShort.fault()
  if (fault === null) return 'Nothing came between as what was cut short was carried on last.'
  throw new RemitError('internal', { detail: `What was cut short is not carried on yet. ${sayInVain(fault)}` })
}

/** They act on: their owner is there. */
function sayUnsponsored(count: number): readonly string[] {
  if (count === 0) return []
  const one = count === 1
  return [
    `The sponsor of ${one ? 'one identity' : `${count} identities`} that ${one ? 'is active or waits' : 'are active or wait'} for approval has left, so that beside ${one ? 'its owner' : 'their owners'} nobody answers for ${one ? 'it' : 'them'}: give ${one ? 'it' : 'each'} another one (remit identity reassign; remit identity list says of which the sponsor left).`,
  ]
}

async function checkAudit({ log }: House): Promise<string> {
  const standing = log.auditStanding()
  if (standing === null) return 'The log is audited by the thread that answers, a piece at a time.'
  return sayStanding('The log is audited', standing)
}

async function checkSignatures(): Promise<string> {
  return sayStanding('Signatures are verified', verifierStanding())
}

/** Without its thread all is done as with it, and slower. */
function sayStanding(what: string, { hasThread, ends, lastEndMs }: ThreadStanding): string {
  const often = `The thread for it ended ${ends === 1 ? 'once' : `${ends} times`} since the start, last at ${toRfc3339(lastEndMs ?? 0)}`
  if (!hasThread)
    throw new RemitError('internal', {
      detail: `${what} by the thread that answers, which is slower. ${often}; it is started again. Standard error says why it ended.`,
    })
  const well = `${what} beside the thread that answers.`
  return ends === 0 ? well : `${well} ${often}, and was started again.`
}

/** What is said of none and of one. */
const SERVERS = ['No server is configured.', 'The server behind the gateway answers.']

/** Looks at every server behind the gateway; gives those that do not answer, with the reason. */
export async function findDeadServers(
  house: House,
): Promise<readonly { readonly name: string; readonly reason: string }[]> {
  const seen = await Promise.all(house.servers.map(async ({ name, look }) => ({ name, reason: (await look()).reason })))
  return seen.flatMap(({ name, reason }) => (reason === null ? [] : [{ name, reason }]))
}

async function checkServers(house: House): Promise<string> {
  const down = await findDeadServers(house)
  if (down.length > 0)
    throw new RemitError('upstream_unavailable', {
      detail: [
        `These servers do not answer: ${down.map(({ name, reason }) => `${name} (${reason})`).join(', ')}; check their commands or addresses in the configuration.`,
        ...house.servers.filter(({ name }) => down.some((server) => server.name === name)).flatMap(quoteLastWords),
      ].join(' '),
    })
  return SERVERS[house.servers.length] ?? `All ${house.servers.length} servers behind the gateway answer.`
}

/** A child that does not start mostly says why. */
function quoteLastWords({ name, lastWords }: OfferedServer): readonly string[] {
  const said = lastWords()
  return said.length === 0 ? [] : [`${name} said last: ${said.map((line) => `"${line}"`).join(' ')}.`]
}

function sayOff(skewMs: number): string {
  return `${Math.round(Math.abs(skewMs) / 1000)} s ${skewMs > 0 ? 'ahead of' : 'behind'}`
}

function sayUnread(sources: readonly KeySourceStatus[]): readonly string[] {
  const ill = sources.filter(({ problem }) => problem !== null)
  if (ill.length === 0) return []
  const those =
    ill.length === 1 ? 'it can be reached from here, and its row' : 'they can be reached from here, and their rows'
  return [...ill.map(({ name, problem }) => `${name}: ${problem}`), `Check that ${those} in the configuration.`]
}

/** Of one that cannot be read its clock is not known now. */
function sayClocks(sources: readonly KeySourceStatus[]): readonly string[] {
  const off = sources.filter(({ problem, skewMs }) => problem === null && isClockOff(skewMs))
  if (off.length === 0) return []
  const advice = 'Assertions of it are refused as expired, or as not yet valid; see which clock is wrong.'
  return [...off.map(({ name, skewMs }) => `The clock of ${name} is ${sayOff(skewMs ?? 0)} ours.`), advice]
}

async function checkIssuers(house: House): Promise<string> {
  const sources = await house.authenticate.checkSources()
  if (sources.length === 0) return 'No issuer and no trust domain is configured.'
  const idle = await sayIdleAdoptions(
    house,
    sources.map(({ name }) => name),
  )
  const faults = [...sayUnread(sources), ...sayClocks(sources), ...idle]
  if (faults.length > 0) throw new RemitError('issuer_unavailable', { detail: faults.join(' ') })
  // between two reads lies a pause, so the answer may be about a while ago, and has to say so
  const oldestSeconds = Math.ceil(Math.max(...sources.map((source) => source.ageMs ?? 0)) / 1000)
  const [first] = sources
  const those = sources.length === 1 ? first?.name : `${sources.length} issuers and trust domains`
  return `The keys of ${those} were read within the last ${oldestSeconds} s; none is read twice in ${LIMITS.jwksCooldownMs / 1000} s.`
}
