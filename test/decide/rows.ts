import { type Change, type Kept, rowKey, type TableName, type Tables } from '../../src/contract/change.ts'
import { RemitError } from '../../src/ground/errors.ts'

/** State in memory that takes changes as the record commits them: all of a decision, or none. */
export class Rows {
  readonly tables = new Map<TableName, Map<string, Kept<Tables[TableName]>>>()
  /** How often a row was put. */
  moves = 0

  all<T extends TableName>(table: T): Kept<Tables[T]>[] {
    return [...(this.tables.get(table)?.values() ?? [])] as unknown as Kept<Tables[T]>[]
  }

  get<T extends TableName>(table: T, key: string): Kept<Tables[T]> | undefined {
    return this.tables.get(table)?.get(key) as Kept<Tables[T]> | undefined
  }

  put<T extends TableName>(table: T, row: Tables[T]): Kept<Tables[T]> {
    this.moves += 1
    const key = rowKey(table, row)
    const kept = { ...row, version: (this.get(table, key)?.version ?? 0) + 1, entry: 0 }
    const rows = this.tables.get(table) ?? new Map<string, Kept<Tables[TableName]>>()
    this.tables.set(table, rows.set(key, kept as Kept<Tables[TableName]>))
    return kept
  }

  /** Throws `conflict` naming the change that does not fit, and then changes nothing. */
  commit(changes: readonly Change[]): void {
    const putBack = this.keep()
    try {
      for (const change of changes) this.apply(change)
    } catch (error) {
      putBack()
      throw error
    }
  }

  /** Does something that leaves no trace. */
  tryOut<T>(work: () => T): T {
    const putBack = this.keep()
    try {
      return work()
    } finally {
      putBack()
    }
  }

  private keep(): () => void {
    const before = new Map([...this.tables].map(([table, rows]) => [table, new Map(rows)]))
    return () => {
      this.tables.clear()
      for (const [table, rows] of before) this.tables.set(table, rows)
    }
  }

  private apply(change: Change): void {
    const key =
      change.op === 'insert' || change.op === 'update' ? rowKey(change.table, change.row as never) : change.key
    const kept = this.get(change.table, key)
    const conflict = new RemitError('conflict', { facts: { op: change.op, table: change.table, key } })
    if (change.op === 'require') {
      if ((kept?.version ?? 0) !== change.version) throw conflict
    } else if (change.op === 'meter') {
      if (kept === undefined) throw conflict
      const next: Record<string, unknown> = { ...kept }
      for (const [name, by] of Object.entries(change.add)) next[name] = Number(next[name]) + by
      for (const [name, to] of Object.entries(change.raise)) next[name] = Math.max(Number(next[name]), to)
      if (Object.entries(change.atMost).some(([name, most]) => Number(next[name]) > most)) throw conflict
      this.put(change.table, next as never)
    } else {
      if (change.op === 'insert' ? kept !== undefined : kept?.version !== change.ifVersion) throw conflict
      this.put(change.table, change.row as never)
    }
  }
}
