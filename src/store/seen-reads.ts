import type { SeenRead } from '../contract/token/seen-read.ts'
import type { Engine, Script } from './engine.ts'
import type { Hold } from './hold.ts'

/** What is kept of proofs that came with requests which only read. */
export interface KeptReads {
  /** Since when all of them are kept: nobody knows of those before. */
  readonly sinceMs: number
  /** Those that may still be taken somewhere, and others that have not been forgotten yet. */
  readonly reads: readonly SeenRead[]
}

/** Keeps proofs that came with requests which only read, beside the log. */
export interface SeenReads {
  /** Gives what is kept. The first time ever it notes that it is kept from `nowMs` on. Errors: as of a commit. */
  open(nowMs: number): Promise<KeptReads>
  /** Keeps more of them, all in one transaction; on disk once it resolves. Errors: as of a commit, but no `conflict`. */
  keep(reads: readonly SeenRead[]): Promise<void>
}

/** The row that says since when; no digest is called so. */
const begin = 'begin'

/** Makes the shelf. `hold` goes with every write: who has lost the log takes no proof for good any more. */
export function createSeenReads(engine: Engine, org: string, hold: Hold): SeenReads {
  return {
    open: async (nowMs) => {
      await engine.transact(() =>
        keepAll(org, hold, [{ id: begin, thumbprint: '', issuedMs: nowMs, expiresMs: Number.MAX_SAFE_INTEGER }]),
      )
      const sql = 'select "key", thumbprint, issued_ms, expires_ms from seen_reads where org = ?'
      const rows = (await engine.read({ sql, values: [org] })).map((row) => ({
        id: String(row['key']),
        thumbprint: String(row['thumbprint']),
        issuedMs: Number(row['issued_ms']),
        expiresMs: Number(row['expires_ms']),
      }))
      return {
        sinceMs: rows.find(({ id }) => id === begin)?.issuedMs ?? nowMs,
        reads: rows.filter(({ id }) => id !== begin),
      }
    },
    keep: (reads) => engine.transact(() => keepAll(org, hold, reads)),
  }
}

/** What is kept already stays as it was. */
function* keepAll(org: string, hold: Hold, reads: readonly SeenRead[]): Script<void> {
  const sql =
    'insert into seen_reads (org, "key", thumbprint, issued_ms, expires_ms) values (?, ?, ?, ?, ?) on conflict do nothing'
  const inserts = reads.map(({ id, thumbprint, issuedMs, expiresMs }) => ({
    sql,
    values: [org, id, thumbprint, issuedMs, expiresMs],
  }))
  hold.judge((yield [...hold.look, ...inserts]).slice(0, hold.look.length))
}
