import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Change, insert } from '../src/contract/change.ts'
import { CLEAN_LABELS } from '../src/contract/label.ts'
import type { DelegationGrant } from '../src/contract/register/delegation-grant.ts'
import type { Identity } from '../src/contract/register/identity.ts'
import type { Task } from '../src/contract/task.ts'
import type { House } from '../src/flow/house.ts'
import { type FoundPaths, findPathsFrom } from '../src/flow/path/find-paths.ts'
import { systemClock } from '../src/ground/clock.ts'
import { sha256 } from '../src/ground/digest.ts'
import { createIds } from '../src/ground/ids.ts'
import type { SealedFact } from '../src/record/store.ts'
import { openStore, type Store } from '../src/store/store.ts'
import { createRig, remove } from './rig.ts'
import { readNothing, runBench } from './run-bench.ts'

// By which ways an identity reaches a resource, in a store full of others: what it costs must follow what lies around it,
// not how much else there is. Each identity brings ten edges along: who answers for it, how it proves itself, what it may ask
// for (two), a task with its token, and another identity that may act for it, with a part of the task and a token for that.

const edgesEach = 10
const hubTasks = 50
const nowMs = systemClock.nowMs()
const untilMs = nowMs + 3_600_000 * 24
const idOf = (kind: string, at: number): string => `${kind}_${String(at).padStart(7, '0')}`
const scope = [{ action: 'docs/read', resource: 'docs:*' }]

const identityRow = (at: number): Identity => ({
  id: idOf('idn', at),
  name: `agent-${at}`,
  kind: 'agent',
  runtime: 'own',
  vendor: null,
  state: 'active',
  owner: idOf('psn', at % 1_000),
  sponsor: idOf('psn', (at + 1) % 1_000),
  purpose: 'read',
  autonomy: 'bounded',
  reach: 'team',
  tier: 'T1',
  tierReasons: [],
  requestedBy: null,
  authors: [],
  createdMs: nowMs - 2,
  activatedMs: nowMs - 1,
  rehearsedMs: null,
  suspendedBecause: null,
})

function taskRow(id: string, at: number, above?: Task): Task {
  const identityId = idOf('idn', at)
  return {
    id,
    identityId,
    parentId: above?.id ?? null,
    rootId: above?.rootId ?? id,
    chain: [...(above?.chain ?? []), { identityId, name: `agent-${at}`, taskId: id }],
    purpose: 'read',
    goal: 'Read it',
    ticket: null,
    scope,
    ceiling: 'internal',
    budget: { callsMax: 1, writesMax: 0, bytesMax: 1 },
    labels: CLEAN_LABELS,
    delegationDepthLeft: 1,
    onBehalfOf: null,
    approvalId: null,
    bindingId: idOf('bnd', at),
    ...(above === undefined
      ? {}
      : { grantId: idOf('dlg', Number(above.identityId.slice(4))), fromCredentialId: `crd_${above.id}` }),
    state: 'active',
    createdMs: nowMs,
    endsMs: untilMs,
    endedMs: null,
    endedBecause: null,
  }
}

const tokenOf = (task: Task): Change =>
  insert('credentials', {
    id: `crd_${task.id}`,
    kind: 'access_token',
    identityId: task.identityId,
    taskId: task.id,
    audience: 'https://remit.test/mcp/docs',
    keyThumbprint: null,
    issuedMs: nowMs + 1,
    expiresMs: untilMs,
    state: 'issued',
  })

function grantRow(at: number, to: number): DelegationGrant {
  const owners = { fromOwner: idOf('psn', at % 1_000), toOwner: idOf('psn', to % 1_000) }
  return {
    id: idOf('dlg', at),
    from: idOf('idn', at),
    to: idOf('idn', to),
    ...owners,
    scope,
    classes: ['read'],
    ceiling: 'internal',
    depthMax: 1,
    reason: 'They work together',
    approvalId: 'apr_0',
    createdMs: nowMs,
    startsMs: nowMs,
    endsMs: untilMs,
    state: 'granted',
  }
}

/** All that one identity brings along. The first one has many tasks, and has handed a part of each on. */
function rowsOf(at: number, count: number): readonly Change[] {
  const to = (at + 1) % count
  const roots = Array.from({ length: at === 0 ? hubTasks : 1 }, (_, n) => taskRow(`tsk_${at}_${n}`, at))
  const parts = roots.map((root) => taskRow(`${root.id}_part`, to, root))
  const entitled = ['docs:*', 'mail:*'].map((resource, n) =>
    insert('entitlements', {
      id: `${idOf('ent', at)}_${n}`,
      identityId: idOf('idn', at),
      scope: [{ action: n === 0 ? 'docs/read' : 'mail/read', resource }],
      classes: ['read'],
      ceiling: 'internal',
      approval: 'none',
      reason: 'It is what it is for',
      requestedBy: 'psn_0',
      startsMs: nowMs - 1,
      endsMs: untilMs,
      state: 'granted',
    }),
  )
  const binding = {
    id: idOf('bnd', at),
    identityId: idOf('idn', at),
    kind: 'oidc',
    issuer: 'https://issuer.test',
    subject: `agent-${at}`,
    claims: {},
    keys: [],
    createdMs: nowMs - 1,
    endedMs: null,
  } as const
  return [
    insert('identities', identityRow(at)),
    insert('bindings', binding),
    ...entitled,
    insert('delegation_grants', grantRow(at, to)),
    ...[...roots, ...parts].flatMap((task) => [insert('tasks', task), tokenOf(task)]),
  ]
}

async function fill(store: Store, count: number): Promise<void> {
  const people = Array.from({ length: 1_000 }, (_, at) =>
    insert('persons', {
      id: idOf('psn', at),
      name: `p${at}`,
      email: `p${at}@example.org`,
      roles: [],
      state: 'active',
      createdMs: 0,
    }),
  )
  const catalogue = [
    insert('purposes', { code: 'read', title: 'To read', classes: ['read'], ceiling: 'internal' }),
    insert('resource_rules', { pattern: 'docs:*', sensitivity: 'internal' }),
    insert('tool_rules', {
      server: 'docs',
      tool: 'read',
      actionClass: 'read',
      resourceArgument: 'path',
      resourceKind: 'path',
      resourcePrefix: 'docs:',
      resourceRoot: '/srv',
      resultIntegrity: 'trusted',
      definitionDigest: null,
      state: 'active',
    }),
  ]
  await write(store, [...people, ...catalogue])
  for (let at = 0; at < count; at += 200)
    await write(store, Array.from({ length: Math.min(200, count - at) }, (_, n) => rowsOf(at + n, count)).flat())
}

async function write(store: Store, changes: readonly Change[]): Promise<void> {
  const { size } = await store.record.readHead()
  const sealed = changes.map((change) => ({
    change,
    row: 'row' in change ? { body: JSON.stringify(change.row), salt: 'salt' } : null,
  }))
  const seal = (index: number): readonly SealedFact[] => {
    const bytes = new TextEncoder().encode(String(index))
    return [{ bytes, leaf: sha256(bytes), changes: sealed }]
  }
  const [written] = await store.record.commit(size, [{ entries: 1, seal }], (firstIndex, leaves) => ({
    head: { size: firstIndex + leaves.length, note: 'note' },
    tileRoots: [],
  }))
  if (written === undefined || !('index' in written)) throw new Error('a part of the store was not written')
}

/** What asking costs in a store of one size, in milliseconds. */
export interface MeasuredPaths {
  readonly identities: number
  readonly edges: number
  /** Of questions about identities that nobody had asked about before. */
  readonly medianMs: number
  readonly p99Ms: number
  /** Of the question about the one that has fifty tasks, and handed a part of each on. */
  readonly hubMs: number
  readonly hubPaths: number
}

/** Fills a store of its own with so many identities and asks `questions` times. Throws where an answer is not as it has to be. */
export async function measurePaths(identities: number, questions: number): Promise<MeasuredPaths> {
  const rig = createRig()
  try {
    const folder = await rig.keep(() => mkdtempSync(join(tmpdir(), 'remit-paths-')), remove)
    const config = { kind: 'sqlite', path: join(folder, 'remit.db') } as const
    const open = () => openStore(config, { org: 'bench', log: 'bench' }, systemClock, createIds(systemClock.nowMs))
    const store = await rig.keep(open, (opened) => opened.close())
    await fill(store, identities)
    // only these are read
    const house = {
      register: store.register,
      revoke: store.revoke,
      footing: store.decide,
      clock: systemClock,
      log: { head: () => ({ size: 0 }) },
    } as unknown as House
    const ask = async (at: number): Promise<{ readonly tookMs: number; readonly found: FoundPaths }> => {
      const identity = await store.register.identity(idOf('idn', at))
      if (identity === undefined) throw new Error(`there is no identity ${at}`)
      const startMs = performance.now()
      const found = await findPathsFrom(house, identity, 'docs:internal/plans.md')
      return { tookMs: performance.now() - startMs, found }
    }
    const step = Math.max(1, Math.floor((identities - 3) / questions))
    const took: number[] = []
    for (let n = 0; n < questions; n++) {
      const { tookMs, found } = await ask(2 + n * step)
      // its own task, the part that it handed on, and the one that was handed to it
      if (found.paths.length !== 3) throw new Error(`${JSON.stringify(found)} are not the three ways that there are`)
      took.push(tookMs)
    }
    const hub = await ask(0)
    const sorted = took.toSorted((a, b) => a - b)
    const at = (part: number): number =>
      sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
    const hubPaths = hub.found.paths.length
    return {
      identities,
      edges: identities * edgesEach,
      medianMs: at(0.5),
      p99Ms: at(0.99),
      hubMs: hub.tookMs,
      hubPaths,
    }
  } finally {
    await rig.strike()
  }
}

/** Gives the rows as text. */
export function writePathReport(rows: readonly MeasuredPaths[]): readonly string[] {
  return rows.map(
    ({ identities, edges, medianMs, p99Ms, hubMs, hubPaths }) =>
      `${identities} identities, ${edges} edges: median ${medianMs.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms; ${hubPaths} ways of one identity ${hubMs.toFixed(1)} ms`,
  )
}

async function measure(): Promise<void> {
  for (const identities of [1_000, 100_000])
    process.stdout.write(`${writePathReport([await measurePaths(identities, 300)]).join('\n')}\n`)
}

if (import.meta.main) await runBench('bench:paths', readNothing, measure)
