/** One step forward, never edited once released: `{text}` and `{bytes}` are the engine's words. */
export interface Migration {
  readonly number: number
  readonly name: string
  readonly steps: readonly string[]
}

/**
 * A state table: rows of an organisation by key, with the columns by which they are found. An index goes on with the
 * key, so that what is found comes in its order; `a+b` is an index over both.
 */
function table(name: string, columns: readonly string[], ...indexes: readonly string[]): readonly string[] {
  const own = [
    'org {text} not null',
    `"key" {text} not null check ("key" <> '')`,
    'body {text} not null',
    'salt {text} not null',
    ...columns,
    'version bigint not null',
    'entry bigint not null',
  ]
  return [
    `create table if not exists ${name} (${own.join(', ')}, primary key (org, "key"))`,
    ...indexes.map((each) => index(name, each)),
  ]
}

function index(name: string, each: string): string {
  const columns = each.split('+')
  const names = ['org', ...columns.map((column) => `"${column}"`), '"key"'].join(', ')
  return `create index if not exists ${name}_by_${columns.join('_')} on ${name} (${names})`
}

/** No two rows of an organisation may say the same in this column; rows that say nothing may. */
function unique(name: string, column: string): string {
  return `create unique index if not exists ${name}_one_${column} on ${name} (org, "${column}")`
}

/** A later column of text by which rows are found; rows of before say nothing in it. */
function addColumn(name: string, column: string): readonly string[] {
  return [`alter table ${name} add column ${text(column)}`, index(name, column)]
}

function text(name: string): string {
  return `"${name}" {text}`
}

function whole(name: string): string {
  return `"${name}" bigint`
}

function counter(name: string): string {
  return `"${name}" bigint not null`
}

/** Every migration, oldest first. Each step is one statement and may be run again after a crash. */
export const MIGRATIONS: readonly Migration[] = [
  {
    number: 1,
    name: 'the house stands',
    steps: [
      ...table(
        'identities',
        ['name', 'state', 'owner', 'sponsor', 'vendor'].map(text),
        'state',
        'owner',
        'sponsor',
        'vendor',
      ),
      unique('identities', 'name'),
      ...table('bindings', ['issuer', 'subject', 'identity_id', 'live_proof'].map(text), 'subject', 'identity_id'),
      unique('bindings', 'live_proof'),
      ...table('persons', ['email', 'state'].map(text)),
      unique('persons', 'email'),
      ...table('login_links', [text('person_id'), whole('expires_ms')], 'person_id', 'expires_ms'),
      ...table('sessions', [text('person_id'), whole('expires_ms')], 'person_id', 'expires_ms'),
      ...table('purposes', []),
      ...table('resource_rules', []),
      ...table('catalogues', [counter('rules')]),
      ...table('tool_rules', [text('server')], 'server'),
      ...table('entitlements', ['identity_id', 'state'].map(text), 'identity_id'),
      ...table('approvals', ['subject_id', 'digest', 'state'].map(text), 'subject_id', 'digest', 'state'),
      ...table('approval_uses', [counter('uses')]),
      ...table(
        'tasks',
        [...['identity_id', 'parent_id', 'root_id', 'binding_id', 'state'].map(text), whole('ends_ms')],
        'identity_id',
        'parent_id',
        'root_id',
        'binding_id',
        'state',
        'state+ends_ms',
      ),
      ...table(
        'task_usage',
        [text('identity_id'), ...['calls', 'writes', 'bytes', 'confidentiality', 'integrity'].map(counter)],
        'identity_id+confidentiality',
        'identity_id+integrity',
      ),
      ...table(
        'credentials',
        [...['task_id', 'identity_id', 'state'].map(text), whole('expires_ms')],
        'task_id',
        'identity_id',
      ),
      ...table('cutoffs', ['target', 'target_id'].map(text)),
      ...table('seen_proofs', [whole('expires_ms')], 'expires_ms'),
      ...table('signing_keys', [text('use')]),
      ...table('payloads', []),
      'create table if not exists entries (org {text} not null, log {text} not null, idx bigint not null, bytes {bytes} not null, leaf {bytes} not null, primary key (org, log, idx))',
      'create table if not exists tile_roots (org {text} not null, log {text} not null, "level" bigint not null, n bigint not null, hash {bytes} not null, primary key (org, log, "level", n))',
      'create table if not exists heads (org {text} not null, log {text} not null, size bigint not null, note {text} not null, primary key (org, log))',
      'create table if not exists holders (org {text} not null, log {text} not null, holder {text} not null, renewed bigint not null, who {text} not null, expires_ms bigint not null, primary key (org, log))',
    ],
  },
  {
    number: 2,
    name: 'approvals add up what is spent under them',
    steps: ['alter table approval_uses add column "spent" bigint not null default 0'],
  },
  {
    number: 3,
    name: 'pivots are counted',
    steps: ['alter table task_usage add column pivots bigint not null default 0'],
  },
  {
    number: 4,
    name: 'policies have versions',
    steps: [
      ...table('policy_versions', ['domain', 'state'].map(text), 'domain', 'state'),
      ...table('policy_domains', []),
    ],
  },
  {
    number: 5,
    name: 'what a chain has done',
    steps: table(
      'chain_acts',
      [text('root_id'), ...['permitted', 'lastMs', 'succeeded', 'succeededMs'].map(counter)],
      'root_id',
    ),
  },
  {
    number: 6,
    name: 'sums of what was spent, and of how often in a window',
    steps: table('tallies', [counter('total')]),
  },
  {
    number: 7,
    name: 'people have rights',
    steps: [...table('person_rights', ['person_id', 'state'].map(text), 'person_id')],
  },
  {
    number: 8,
    name: 'how often something may be done at most',
    steps: table('limits', []),
  },
  {
    number: 9,
    name: 'who asked for access is told of the end',
    steps: table('callbacks', [text('state')], 'state'),
  },
  {
    number: 10,
    name: 'tasks say by which token they were handed on, and for whom they were opened',
    steps: [...addColumn('tasks', 'from_credential_id'), ...addColumn('tasks', 'opened_for')],
  },
  {
    number: 11,
    name: 'credentials that were taken back are found in the order in which they were made',
    steps: [index('credentials', 'state')],
  },
  {
    number: 12,
    name: 'people let clients act on their behalf',
    steps: table('authorization_codes', [text('person_id'), whole('expires_ms')], 'person_id', 'expires_ms'),
  },
  {
    number: 13,
    name: 'assertions that are shown again by their key, and where workloads were discovered',
    steps: [...table('held_assertions', [whole('expires_ms')], 'expires_ms'), ...addColumn('identities', 'found_at')],
  },
  {
    number: 14,
    name: 'the newest bundle of each trust domain',
    steps: table('trust_bundles', []),
  },
  {
    number: 15,
    name: 'who may act for whom',
    steps: [
      ...table('delegation_grants', ['from_id', 'to_id'].map(text), 'from_id', 'to_id'),
      ...addColumn('tasks', 'grant_id'),
    ],
  },
  {
    number: 16,
    name: 'by what identity providers know people',
    steps: [
      ...table('person_logins', ['person_id', 'live_login'].map(text), 'person_id'),
      unique('person_logins', 'live_login'),
    ],
  },
  {
    number: 17,
    name: 'proofs that came with requests which only read',
    steps: [
      'create table if not exists seen_reads (org {text} not null, "key" {text} not null, thumbprint {text} not null, issued_ms bigint not null, expires_ms bigint not null, primary key (org, "key"))',
      'create index if not exists seen_reads_by_expires_ms on seen_reads (org, expires_ms, "key")',
    ],
  },
  {
    number: 18,
    name: 'what is looked for is found without looking through what has ended, or belongs to others',
    steps: [
      index('bindings', 'issuer'),
      index('delegation_grants', 'from_id+to_id'),
      ...['identity_id', 'binding_id', 'grant_id', 'opened_for'].map((column) => index('tasks', `${column}+state`)),
      ...['binding_id', 'grant_id', 'opened_for'].map((column) => `drop index if exists tasks_by_${column}`),
    ],
  },
  {
    number: 19,
    name: 'what is left of the estates of people who left is found without looking through what is suspended',
    steps: [index('persons', 'state'), index('identities', 'owner+state')],
  },
  {
    number: 20,
    name: 'what entries tell of and name is found without reading the whole log',
    steps: [
      'create table if not exists entry_cards (org {text} not null, log {text} not null, part {text} not null, n bigint not null, hashes {bytes} not null, seal {bytes} not null, primary key (org, log, part, n))',
    ],
  },
  {
    number: 21,
    name: 'how those who vouch for workloads were when they were looked at last',
    steps: table('watched_sources', []),
  },
  {
    number: 22,
    name: 'what people were asked is found by who asked them, in whichever task',
    steps: [`alter table approvals add column ${text('asker')}`, index('approvals', 'asker+state')],
  },
]
