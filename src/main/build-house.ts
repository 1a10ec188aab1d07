import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createAccessTokens } from '../authenticate/access-token.ts'
import { createAuthenticate } from '../authenticate/authenticate.ts'
import { createChallenges } from '../authenticate/client/challenge.ts'
import { createDpopNonces } from '../authenticate/dpop/nonce.ts'
import { verifierStanding } from '../authenticate/verifying/verify-beside.ts'
import { type Config, findCautions } from '../config.ts'
import { createDecide } from '../decide/decide.ts'
import { createOpenStreams } from '../enforce/open-streams.ts'
import { createUpstreams, type Upstreams } from '../enforce/upstream.ts'
import { offerServer } from '../flow/catalogue/offer-server.ts'
import { openDomains } from '../flow/domain/open-domains.ts'
import type { House } from '../flow/house.ts'
import { openPolicies } from '../flow/policy/begin-policies.ts'
import { createPolicyFaults } from '../flow/policy/policy-faults.ts'
import type { TokenKeys } from '../flow/token/keyring.ts'
import { createLastAccepted } from '../flow/token/last-accepted.ts'
import { createPollPace } from '../flow/token/poll-pace.ts'
import { createTokenKeys } from '../flow/token/token-keys.ts'
import { resumeHouse } from '../flow/upkeep/begin-house.ts'
import { createDecisionTimes } from '../flow/upkeep/decision-times.ts'
import { createLeftOver } from '../flow/upkeep/left-over.ts'
import { carryOnNoted, type NoticingLog } from '../flow/upkeep/notice-trouble.ts'
import { resealKeys } from '../flow/upkeep/reseal-keys.ts'
import { watchSecrets } from '../flow/upkeep/static-secrets.ts'
import { type IssuerWatch, watchIssuers } from '../flow/upkeep/watch-issuers.ts'
import { createBesideOf } from '../ground/beside.ts'
import { type Clock, createFlooredClock, systemClock } from '../ground/clock.ts'
import type { Ids } from '../ground/ids.ts'
import type { HouseKeys } from '../ground/key-file.ts'
import { LIMITS } from '../ground/limits.ts'
import type { Metrics } from '../ground/metrics.ts'
import { createInTurn, createInTurnOf } from '../ground/one-by-one.ts'
import { fetchOutside } from '../ground/outbound.ts'
import { reportUnknown } from '../ground/report.ts'
import { createSealedPages } from '../ground/sealed-pages.ts'
import { mapDomains } from '../mcp/coaz/asked-domain.ts'
import { createMcpDoor } from '../mcp/gateway.ts'
import { gatewayHouse } from '../mcp/gateway-house.ts'
import { createSearch } from '../prove/cards/search.ts'
import { createPackDesk } from '../prove/pack-desk.ts'
import { createUseDesk } from '../prove/used/use-desk.ts'
import type { Log } from '../record/log.ts'
import { createWitnesses } from '../record/witnessing/witnesses.ts'
import type { Store } from '../store/store.ts'
import { findKeyCautions } from './key-cautions.ts'
import { describeMutual, readClientAuthorities } from './mutual-tls.ts'
import { openClientDocuments } from './open-client-documents.ts'
import { openOutward } from './open-outward.ts'
import { openOwnHeaders } from './open-own-headers.ts'
import { openTellingLog } from './open-telling-log.ts'
import { openTokens } from './open-tokens.ts'
import { findPlaceCautions } from './place-cautions.ts'
import { readWitnesses } from './read-witnesses.ts'

/** What a house is built from, beside its configuration. */
interface Parts extends Pick<HouseKeys, 'masterKey' | 'otherKey' | 'lastingSecret'> {
  readonly store: Store
  readonly log: Log
  readonly publicUrl: string
  readonly metrics: Metrics
  readonly ids: Ids
}

/** For this house no time comes before the last one of its log. */
const clockOf = ({ log }: Pick<Parts, 'log'>): Clock => createFlooredClock(systemClock, () => log.lastMs())

type Shelves = Pick<House, 'policies' | 'domains'>

async function openShelves({ policiesDir }: Config, { register }: Store, log: Log, clock: Clock): Promise<Shelves> {
  const faults = createPolicyFaults({ log, clock, report: reportUnknown })
  return {
    policies: await openPolicies({ register, folder: policiesDir ?? null, faults, clock }),
    domains: await openDomains({ register, report: faults.noteMismatch, noteFault: reportUnknown, clock }),
  }
}

/** What is read off the house at the moment of asking. */
function gaugeHouse({ metrics, log, store }: Parts, streams: House['streams']): void {
  metrics.gauge('process_resident_memory_bytes', () => process.memoryUsage.rss())
  metrics.gauge('remit_log_entries', () => log.head().size)
  metrics.gauge('remit_open_streams', () => streams.count())
  metrics.gauge('remit_verify_threads_ended_total', () => verifierStanding().ends)
  const { writerStanding } = store
  if (writerStanding !== null) metrics.gauge('remit_write_threads_ended_total', () => writerStanding().ends)
}

/** A house with its gateway, and what keeps it going. */
export interface Built {
  readonly house: House
  readonly mcp: ReturnType<typeof createMcpDoor>
  readonly renewKeys: () => Promise<void>
  /** Looks at those who vouch for workloads. */
  readonly watchIssuers: () => Promise<void>
  /** Carries on what was cut short since the last time, where something was. */
  readonly carryOn: () => Promise<void>
  /** Tells the next of those who asked for access what became of it. */
  readonly tellAnswers: () => Promise<void>
  /** Ends what goes on with others: their servers, and those who are being told. */
  readonly closeOutward: () => Promise<void>
}

/** What auditors take away, and what owners are shown of use; both are found in the log by what they name. */
function openProofs(
  config: Config,
  parts: Parts,
  clock: Clock,
): Pick<House, 'packs' | 'uses' | 'search' | 'witnesses'> {
  const { store, log, masterKey } = parts
  const witnesses = createWitnesses(readWitnesses(config), { log, fetch: fetchOutside, clock, report: reportUnknown })
  const search = createSearch({ store: store.prove, shelf: store.cards, masterKey, report: reportUnknown })
  const { origin, vkey } = log
  const { prove, policies } = store
  return {
    search,
    witnesses,
    packs: createPackDesk({
      store: prove,
      org: config.org,
      origin,
      vkey,
      policies,
      search,
      readHead: () => witnesses.cosign(),
    }),
    uses: createUseDesk({ store: store.prove, search }),
  }
}

function openGateway(
  config: Config,
  house: House,
  { upstreams, store, keyring }: { readonly upstreams: Upstreams; readonly store: Store; readonly keyring: TokenKeys },
): Built['mcp'] {
  return createMcpDoor({
    house: gatewayHouse(house, (servers) => store.decide.toolRulesOf(servers)),
    upstreams,
    streams: house.streams,
    clock: house.clock,
    asked: { issuer: house.publicUrl, domains: mapDomains(config.upstreams) },
    ownHeaders: openOwnHeaders(config, { house, key: keyring.current }),
    version: '0.1.0',
    report: reportUnknown,
  })
}

/** What is seen to later, where something was cut short or would take too long. */
const noteLeftOver = ({
  noteTrouble,
  trouble,
}: Pick<NoticingLog, 'noteTrouble' | 'trouble'>): Pick<House, 'carryOnLater' | 'cutShort' | 'estates'> => ({
  carryOnLater: noteTrouble,
  cutShort: trouble,
  estates: createLeftOver(),
})

function openWatch(house: House): IssuerWatch['look'] {
  const watch = watchIssuers(house)
  const secrets = watchSecrets(house)
  house.metrics.gauge('remit_issuers_unreachable', watch.unreachable)
  house.metrics.gauge('remit_static_secrets', secrets.count)
  return async () => void (await Promise.all([watch.look(), secrets.look()]))
}

/** What clients of the token endpoint are held to, and the turns in which is done what must not meet. */
const holdClients = (
  config: Config,
  { masterKey }: Parts,
  clock: Clock,
): Pick<House, 'nonces' | 'challenges' | 'polls' | 'bindInTurn' | 'waitInTurn' | 'racedInTurn' | 'batchesBeside'> => ({
  bindInTurn: createInTurn(),
  waitInTurn: createInTurn(),
  racedInTurn: createInTurnOf(),
  batchesBeside: createBesideOf(LIMITS.evaluationsOfOneMax),
  challenges: createChallenges(masterKey, clock),
  nonces: createDpopNonces(masterKey, clock, config.dpopNonces),
  polls: createPollPace(clock),
})

/** Builds the house and its gateway over a store and a log that are open. */
export async function buildHouse(config: Config, parts: Parts): Promise<Built> {
  const { store, publicUrl, masterKey, lastingSecret, metrics, ids } = parts
  const clock = clockOf(parts)
  const { log, noteTrouble, trouble, teller, readProofs } = await openTellingLog(config, { ...parts, clock })
  await resealKeys(log, store.issue, parts)
  const keyring = createTokenKeys({ log, ids, clock }, store.issue, masterKey)
  await keyring.renew()
  const streams = createOpenStreams(clock)
  const upstreams = createUpstreams(config.upstreams, clock)
  const { policies, domains } = await openShelves(config, store, log, clock)
  const shelves = { policies: policies.shelf, domains, noteDenial: policies.faults.noteDenial }
  const { svids, federation, renewOutwardKeys } = await openOutward(config, { ...parts, log, clock })
  const authenticate = createAuthenticate({
    store: store.authenticate,
    issuers: config.issuers,
    trustDomains: config.trustDomains,
    clientAuthorities: readClientAuthorities(config),
    own: svids === null ? undefined : { ...svids, store: store.decide },
    record: (fact) => log.record(fact),
    audience: publicUrl,
    clock,
    spent: readProofs.spent,
    fetch: fetchOutside,
  })
  const at = { issuer: publicUrl, clock }
  const accessTokens = createAccessTokens({ store: store.decide, keyOf: keyring.publicKeyOf, ...at })
  gaugeHouse({ ...parts, log }, streams)
  const house: House = {
    org: config.org,
    publicUrl,
    mutual: describeMutual(config, publicUrl),
    clock,
    ids,
    log,
    authenticate: { ...authenticate, ...accessTokens },
    decide: createDecide({ ...shelves, ...at, store: store.decide, ids, place: config, noteError: reportUnknown }),
    policies,
    domains,
    pages: createSealedPages(masterKey, 'page'),
    clientDocuments: openClientDocuments(config, clock),
    consents: createSealedPages(masterKey, 'consent'),
    ...openTokens(config, { log, store, publicUrl, lastingSecret, clock }, keyring),
    callbacks: teller.targets,
    register: store.register,
    checkStore: store.check,
    writerStanding: store.writerStanding,
    revoke: store.revoke,
    footing: store.decide,
    readProofs,
    streams,
    lastAccepted: createLastAccepted(),
    ...noteLeftOver({ noteTrouble, trouble }),
    servers: upstreams.all().map((upstream) => offerServer(upstream, clock)),
    resourceServers: config.resourceServers,
    targets: config.targets,
    svids,
    federation,
    metrics,
    decisionTimes: createDecisionTimes(metrics, clock),
    cautions: [...findCautions(config), ...findKeyCautions(config), ...findPlaceCautions(config)],
    consolePage: readFileSync(fileURLToPath(new URL('../../console/index.html', import.meta.url)), 'utf8'),
    ...openProofs(config, parts, clock),
    ...holdClients(config, parts, clock),
  }
  const carryOn = () => carryOnNoted({ log, trouble }, () => resumeHouse(house))
  const closeOutward = async (): Promise<void> => void (await Promise.all([upstreams.close(), teller.close()]))
  const renewKeys = (): Promise<void> => keyring.renew().then(renewOutwardKeys)
  const outward = { mcp: openGateway(config, house, { upstreams, store, keyring }), watchIssuers: openWatch(house) }
  return { house, renewKeys, carryOn, tellAnswers: teller.goOn, closeOutward, ...outward }
}
