import type { AuthenticateStore } from '../authenticate/store.ts'
import type { DecideStore } from '../decide/store.ts'
import type { Clock } from '../ground/clock.ts'
import type { Ids } from '../ground/ids.ts'
import type { ThreadStanding } from '../ground/thread-standing.ts'
import type { IssueStore } from '../issue/store.ts'
import type { CardShelf, PolicyTexts, ProveStore } from '../prove/store.ts'
import type { Auditors } from '../record/auditing/running-audit.ts'
import type { RecordStore } from '../record/store.ts'
import type { RegisterStore } from '../register/store.ts'
import type { RevokeStore } from '../revoke/store.ts'
import { createAuthenticateStore } from './authenticate.ts'
import { type CheckSchema, learnSchema } from './check-schema.ts'
import { createDecideStore } from './decide.ts'
import type { Engine } from './engine.ts'
import { createCardShelf } from './entry-cards.ts'
import { type Hold, holdLog, type Place } from './hold.ts'
import { createIssueStore } from './issue.ts'
import { migrate } from './migrate.ts'
import { createPolicyTexts } from './policies.ts'
import { openPostgres } from './postgres.ts'
import { createHead, createRecordStore } from './record.ts'
import { createRegisterStore } from './register.ts'
import { Resident } from './resident.ts'
import { createRevokeStore } from './revoke.ts'
import { createRows, type Rows } from './rows.ts'
import { createSeenReads, type SeenReads } from './seen-reads.ts'
import { startAuditThread } from './sqlite/auditor.ts'
import { openSqlite } from './sqlite.ts'

/** Where state is kept: one file that this process owns alone, or a PostgreSQL that several share. */
export type StoreConfig =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'postgres'; readonly url: string }

/** What every room keeps, behind the interface that the room wrote. */
export interface Store {
  readonly record: RecordStore
  readonly register: RegisterStore
  readonly authenticate: AuthenticateStore
  readonly decide: DecideStore
  readonly issue: IssueStore
  readonly revoke: RevokeStore
  readonly prove: ProveStore
  readonly cards: CardShelf
  readonly policies: PolicyTexts
  readonly seenReads: SeenReads
  /** Any table by its key or columns: what the rooms' readers are made of. */
  readonly rows: Rows
  /**
   * Starts a thread that reads the store by itself, for audits. Null on PostgreSQL: such a thread would need the
   * password of the database, and most of the time there goes by waiting for it; the audit takes its turns on the event loop.
   */
  readonly startAuditor: Auditors['start'] | null
  /** How the thread stands that writes what is large or slow; null on PostgreSQL, which has none. */
  readonly writerStanding: (() => ThreadStanding) | null
  /** Throws `store_edited` where the database is not made as this program makes it; `store_failed`, `store_damaged`. */
  readonly check: CheckSchema
  /** Ends after what was begun. Nothing may be asked of the store afterwards. */
  close(): Promise<void>
}

/**
 * Opens the store of one organisation and one log, and brings it to this program's version. Throws `store_locked`,
 * `store_newer`, `store_edited`, `store_damaged`, `store_failed`, `log_unavailable`.
 */
export async function openStore(config: StoreConfig, place: Place, clock: Clock, ids: Ids): Promise<Store> {
  const { engine, ...threads } = await openEngine(config, place, clock)
  try {
    await engine.examine()
    await migrate(engine, clock, ids.uuid())
    const check = await learnSchema(engine)
    await check()
    await engine.guideReads()
    await engine.transact(() => createHead(place))
    const hold = await holdLog(engine, place, clock, ids.uuid())
    return furnish(engine, place, { clock, check, hold, ...threads })
  } catch (error) {
    await engine.close()
    throw error
  }
}

async function openEngine(
  config: StoreConfig,
  place: Place,
  clock: Clock,
): Promise<{ readonly engine: Engine } & Threads> {
  if (config.kind === 'postgres')
    return { engine: openPostgres(config.url, clock), startAuditor: null, writerStanding: null }
  const { path } = config
  const engine = await openSqlite(path, clock.nowMs())
  const { file, writerStanding } = engine
  return { engine, startAuditor: (log) => startAuditThread({ path, file, place, ...log }), writerStanding }
}

type Threads = Pick<Store, 'startAuditor' | 'writerStanding'>

interface StoreParts extends Threads {
  readonly clock: Clock
  readonly check: CheckSchema
  readonly hold: Hold
}

function furnish(engine: Engine, place: Place, { clock, check, hold, ...threads }: StoreParts): Store {
  const resident = engine.isOwned ? new Resident() : null // where others write too, nobody is told of what they change
  const rows = createRows(engine, place.org, resident)
  const record = createRecordStore(engine, place, hold, resident)
  return {
    record,
    prove: record,
    cards: createCardShelf(engine, place, hold),
    policies: createPolicyTexts(rows),
    seenReads: createSeenReads(engine, place.org, hold),
    register: createRegisterStore(rows),
    authenticate: createAuthenticateStore(rows),
    decide: createDecideStore(rows, resident),
    issue: createIssueStore(rows, clock),
    revoke: createRevokeStore(rows),
    rows,
    ...threads,
    check,
    close: async () => {
      await hold.release().catch(() => undefined) // a database that is away lets it expire
      await engine.close()
    },
  }
}
