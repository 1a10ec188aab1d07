import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../src/ground/clock.ts'
import { createIds } from '../../src/ground/ids.ts'
import type { Place } from '../../src/store/hold.ts'
import { openStore, type Store, type StoreConfig } from '../../src/store/store.ts'
import { startPostgres } from '../postgres.ts'

/** A kind of store under test: where to find empty ones. */
export interface Backend {
  create(): Promise<StoreConfig>
  stop(): Promise<void>
}

/** Every engine that Remit keeps its state in. A suite runs the same cases on each. */
export const BACKENDS: readonly { readonly name: string; readonly start: () => Promise<Backend> }[] = [
  { name: 'SQLite', start: startSqlite },
  { name: 'PostgreSQL', start: startPostgresBackend },
]

export const PLACE: Place = { org: 'acme', log: 'remit.test/log' }

/** Opens a store as `main` does. */
export function open(config: StoreConfig, place: Place = PLACE): Promise<Store> {
  return openStore(config, place, systemClock, createIds(systemClock.nowMs))
}

async function startSqlite(): Promise<Backend> {
  const home = mkdtempSync(join(tmpdir(), 'remit-store-'))
  let stores = 0
  return {
    create: async () => ({ kind: 'sqlite', path: join(home, `store-${++stores}.db`) }),
    stop: async () => rmSync(home, { recursive: true, force: true }),
  }
}

async function startPostgresBackend(): Promise<Backend> {
  const postgres = await startPostgres()
  return { create: async () => ({ kind: 'postgres', url: await postgres.createDatabase() }), stop: postgres.stop }
}
