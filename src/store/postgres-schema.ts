import type { Columns, SchemaPart, Script, Statement } from './engine.ts'

const OURS = 'from pg_class c join pg_namespace n on n.oid = c.relnamespace'
const HERE = 'n.nspname = current_schema()'

/** All that decides what a table of PostgreSQL holds, gives and takes. Each: table, name, text. */
const PARTS = [
  `select c.relname, 'the table', concat_ws(' ', c.relkind, c.relrowsecurity, c.relforcerowsecurity, c.reloftype) ${OURS} where c.relkind not in ('i', 'I') and ${HERE}`,
  `select c.relname, 'column ' || a.attname, concat_ws(' ', a.attnum, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated, a.attcollation::regcollation, pg_get_expr(d.adbin, d.adrelid)) ${OURS} join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum where c.relkind not in ('i', 'I') and ${HERE}`,
  `select c.relname, 'constraint ' || o.conname, concat_ws(' ', o.convalidated, pg_get_constraintdef(o.oid)) ${OURS} join pg_constraint o on o.conrelid = c.oid where ${HERE}`,
  `select c.relname, 'index ' || x.relname, concat_ws(' ', i.indisvalid, i.indisready, replace(pg_get_indexdef(x.oid), case when n.oid = pg_my_temp_schema() then 'pg_temp' else quote_ident(n.nspname) end || '.', '')) ${OURS} join pg_index i on i.indrelid = c.oid join pg_class x on x.oid = i.indexrelid where ${HERE}`,
  `select c.relname, 'trigger ' || t.tgname, concat_ws(' ', t.tgenabled, pg_get_triggerdef(t.oid)) ${OURS} join pg_trigger t on t.tgrelid = c.oid where ${HERE}`,
  `select c.relname, 'rule ' || r.rulename, pg_get_ruledef(r.oid) ${OURS} join pg_rewrite r on r.ev_class = c.oid where ${HERE}`,
  `select c.relname, 'policy ' || p.polname, '' ${OURS} join pg_policy p on p.polrelid = c.oid where ${HERE}`,
  `select c.relname, 'the heir ' || h.inhrelid::regclass, '' ${OURS} join pg_inherits h on h.inhparent = c.oid where c.relkind not in ('i', 'I') and ${HERE}`,
  `select c.relname, 'the parent ' || h.inhparent::regclass, '' ${OURS} join pg_inherits h on h.inhrelid = c.oid where c.relkind not in ('i', 'I') and ${HERE}`,
]

/** Reads what the tables of the present schema are made of. */
export const READ_SCHEMA: Statement = {
  sql: `select "table"::text, name::text, coalesce(text, '') as text from (${PARTS.join(' union all ')}) as parts ("table", name, text)`,
  values: [],
}

export function toParts(rows: readonly Columns[]): readonly SchemaPart[] {
  return rows.map((row) => ({ table: String(row['table']), name: String(row['name']), text: String(row['text']) }))
}

/** Makes tables where only this connection sees them, reads what they are made of, and goes back. */
export function* rehearseInside(make: () => Script<void>): Script<readonly SchemaPart[]> {
  yield [
    { sql: 'savepoint rehearsal', values: [] },
    { sql: 'set local search_path = pg_temp', values: [] },
  ]
  yield* make()
  const [outcome] = yield [READ_SCHEMA]
  yield [{ sql: 'rollback to savepoint rehearsal', values: [] }]
  return toParts(outcome?.rows ?? [])
}
