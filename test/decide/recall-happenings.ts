import type { TableName } from '../../src/contract/change.ts'
import { setLimit } from '../../src/register/catalogue.ts'
import type { RecallStage } from './recall-stage.ts'
import { hourMs, personOf, reader, startMs, writer } from './world.ts'

/** What may happen between two questions; `n` is any whole number. */
export type Happening = (stage: RecallStage, n: number) => void

export const pick = <T>(list: readonly T[], n: number): T => list[n % list.length] as T // lists here are not empty
const change =
  <T extends TableName>(
    table: T,
    key: (stage: RecallStage, n: number) => string,
    ...ways: readonly object[]
  ): Happening =>
  (stage, n) =>
    stage.world.change(table, key(stage, n), pick(ways, n >> 3) as never)
const identity = (_: RecallStage, n: number): string => pick([reader.id, writer.id], n)
const task = ({ agents }: RecallStage, n: number): string => pick(agents, n).task.id
const token = ({ agents }: RecallStage, n: number): string => pick(agents, n).credential.id
const soon = (stage: RecallStage, n: number): number => stage.world.nowMs + (n % 3) * 200

/** What a judgement rests on, changed. */
export const HAPPENINGS: readonly Happening[] = [
  change('identities', identity, { state: 'suspended' }, { state: 'active' }, { name: 'other' }, { tier: 'T3' }),
  change('persons', () => 'psn_owner', { state: 'left' }, { state: 'active' }),
  change('persons', () => 'psn_voter', { roles: [] }, { roles: ['auditor'] }),
  change(
    'entitlements',
    (_, n) => pick(['ent_reader', 'ent_writer'], n),
    { state: 'ended' },
    { state: 'granted' },
    { approval: 'each-call' },
    { approval: 'none' },
    { ceiling: 'public' },
    { ceiling: 'confidential' },
  ),
  change('tasks', task, { state: 'revoked' }, { state: 'active' }, { goal: 'Another' }, { ceiling: 'public' }),
  change('task_usage', task, { calls: 10 }, { calls: 0 }, { confidentiality: 2, integrity: 1 }, { pivots: 50 }),
  change('credentials', token, { state: 'revoked' }, { state: 'issued' }),
  change('bindings', (_, n) => pick(['bnd_reader', 'bnd_writer'], n), { endedMs: 1 }, { endedMs: null }),
  change('purposes', (_, n) => pick(['summarise', 'release'], n), { classes: [] }, { classes: ['read', 'delegate'] }),
  change(
    'tool_rules',
    () => 'docs/read_text_file',
    { state: 'quarantined' },
    { state: 'active' },
    { actionClass: 'write' },
    { actionClass: 'read' },
    { resultIntegrity: 'untrusted' },
  ),
  (stage, n) => stage.world.change('entitlements', 'ent_reader', { endsMs: soon(stage, n) }),
  (stage, n) => stage.world.change('entitlements', 'ent_writer', { startsMs: soon(stage, n) }),
  (stage, n) => stage.world.change('tasks', task(stage, n), { endsMs: soon(stage, n) + 1_000 }),
  (stage, n) => stage.world.change('tasks', task(stage, n), { endsMs: stage.world.nowMs + hourMs }),
  (stage, n) => stage.world.change('credentials', token(stage, n), { expiresMs: soon(stage, n) }),
  ({ world }, n) => world.classify({ pattern: 'docs:/handbook/*', sensitivity: pick(['internal', 'public'], n) }),
  (stage, n) =>
    stage.world.cutOff(
      pick(['identity:idn_reader', 'owner:psn_owner', 'upstream:docs', `task:${task(stage, n)}`], n),
      pick([startMs - hourMs, startMs - 85 * hourMs, stage.world.nowMs], n >> 2),
    ),
  ({ world }, n) => {
    const row = { name: 'few', of: 'read', per: 'identity', callsMax: n % 3, windowSeconds: 60 } as const
    const kept = { limit: world.rows.get('limits', 'few'), catalogue: world.rows.get('catalogues', 'limits') }
    const next = setLimit({ ...row, state: pick(['ended', 'active'], n) }, kept, { kind: 'person', id: 'psn_owner' })
    world.rows.commit(next.changes)
  },
  ({ world, agents }, n) => {
    const name = pick(['read', 'docs/read_text_file'], n)
    const counts = { firstMs: startMs, permitted: 1, lastMs: startMs, succeeded: 0, succeededMs: 0 }
    world.rows.put('chain_acts', { rootId: pick(agents, n).task.rootId, name, ...counts })
  },
  change(
    'delegation_grants',
    () => 'dlg_idn_writer_idn_reader',
    { state: 'ended' },
    { state: 'granted' },
    { fromOwner: 'psn_other' },
    { fromOwner: 'psn_owner' },
  ),
  (stage, n) =>
    stage.world.change('delegation_grants', 'dlg_idn_writer_idn_reader', {
      [pick(['endsMs', 'startsMs'], n)]: soon(stage, n >> 1),
    }),
  (stage, n) => {
    const row = { id: 'lgn_1', personId: 'psn_asker', issuer: 'https://idp.test', subject: 'a', createdMs: 0 } as const
    stage.world.rows.put('person_logins', { ...row, endedMs: pick([null, null, 1], n) })
    stage.world.change('tasks', task(stage, n >> 2), { loginId: 'lgn_1' })
  },
  (stage, n) => {
    stage.world.actFor(task(stage, n), 'psn_asker')
    stage.world.change('tasks', task(stage, n), { rightIds: ['rgt_psn_asker'] })
    const endsMs = soon(stage, n >> 2)
    stage.world.change('person_rights', 'rgt_psn_asker', pick([{}, { endsMs }, { startsMs: endsMs }], n >> 4))
  },
  ({ world }, n) => {
    if (world.rows.get('person_rights', 'rgt_psn_asker') === undefined) return
    const ways = [{ scope: [] }, { classes: [] }, { ceiling: 'public' }, { endsMs: world.nowMs + 300 }] as const
    world.change('person_rights', 'rgt_psn_asker', pick(ways, n))
  },
  (stage, n) =>
    stage.world.change('bindings', pick(['bnd_reader', 'bnd_writer'], n), {
      [pick(['secretEndsMs', 'endsMs', 'overlapEndsMs'], n >> 1)]: soon(stage, n >> 3),
    }),
  (stage, n) => {
    const kept = stage.world.rows.get('tasks', task(stage, n))
    const ways = [{ callsPerMinuteMax: 2 }, { spendMax: 5, currency: 'EUR' }, { callsMax: 3 }] as const
    if (kept !== undefined)
      stage.world.change('tasks', kept.id, { budget: { ...kept.budget, ...pick<object>(ways, n >> 2) } })
  },
  change('tasks', task, { scope: [] }, { scope: [{ action: '*', resource: '*' }] }),
  change(
    'tool_rules',
    () => 'docs/read_text_file',
    { spendArgument: 'a' },
    { spendArgument: null },
    { definitionDigest: 'other' },
  ),
  ({ world }, n) =>
    world.classify({ pattern: 'domain:*', sensitivity: pick(['internal', 'confidential', 'restricted'] as const, n) }),
  ({ world }, n) => {
    const row = {
      name: 'more',
      of: pick(['*', 'docs/*', 'write'], n),
      per: pick(['chain', 'organisation', 'identity'] as const, n >> 2),
      callsMax: n % 4,
      windowSeconds: pick([1, 60], n >> 3),
      state: pick(['active', 'ended'] as const, n >> 4),
    }
    const kept = { limit: world.rows.get('limits', 'more'), catalogue: world.rows.get('catalogues', 'limits') }
    world.rows.commit(setLimit(row, kept, { kind: 'person', id: 'psn_owner' }).changes)
  },
  ({ world }) => {
    for (const { id, state } of world.rows.all('approvals')) if (state === 'pending') world.approve(id)
  },
  change(
    'identities',
    identity,
    { owner: 'psn_sponsor' },
    { owner: 'psn_owner' },
    { vendor: 'other' },
    { tier: 'T4' },
    { tier: 'T1' },
    { activatedMs: startMs + 1 },
  ),
  change('purposes', (_, n) => pick(['summarise', 'release'], n), { ceiling: 'public' }, { ceiling: 'confidential' }),
  (stage, n) => {
    const kept = stage.world.rows.get('entitlements', 'ent_reader')
    const { nowMs } = stage.world
    const [startsMs, endsMs] = [nowMs + pick([-1, 0, 150, 600], n >> 1), nowMs + pick([100, 900, hourMs], n >> 3)]
    if (kept !== undefined)
      stage.world.rows.put('entitlements', {
        ...kept,
        id: 'ent_more',
        identityId: identity(stage, n),
        startsMs,
        endsMs,
      })
  },
  change('entitlements', () => 'ent_writer', { counts: [] }, { counts: [{ action: '*', resource: '*' }] }),
  (stage, n) => stage.world.change('credentials', token(stage, n), { expiresMs: stage.world.nowMs + hourMs }),
  (stage, n) => stage.world.actFor(task(stage, n), 'psn_asker'),
  ({ world }) => world.change('persons', 'psn_asker', { state: 'left' }),
]

/** What moves the store or the clock, and changes nothing that most questions rest on. */
export const NOTHING: readonly Happening[] = [
  ({ world }, n) => world.rows.put('seen_proofs', { id: `proof-${n}`, expiresMs: world.nowMs }),
  ({ world }) => world.change('entitlements', 'ent_reader', {}),
  ({ world }) => world.rows.put('persons', { ...personOf(world).person, id: 'psn_other' }),
]
