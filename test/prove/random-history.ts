import { hashLeaf, rootOf } from '../../src/contract/log/merkle.ts'
import type { Actor, EntryKind, JsonObject, LogEntry, Subject } from '../../src/contract/log-entry.ts'
import type { ChainLink } from '../../src/contract/task.ts'
import { canonicalJson } from '../../src/ground/canonical-json.ts'
import { sha256 } from '../../src/ground/digest.ts'
import type { ProveStore } from '../../src/prove/store.ts'

/** A log that a house could have written, of what is told here. */
export interface History {
  readonly entries: readonly LogEntry[]
  readonly store: ProveStore
  readonly identityIds: readonly string[]
  readonly taskIds: readonly string[]
}

interface Open {
  readonly taskId: string
  readonly identityId: string
  readonly chain: readonly ChainLink[]
}

const scope = [{ action: 'docs/*', resource: 'docs:*' }]
const system: Actor = { kind: 'system', id: 'remit' }
const on = (kind: string, id: string): Subject => ({ kind, id })

/** Whatever happens in a house, drawn by a seed. One of its identities has an id that is none of ours. */
class Drawing {
  readonly entries: LogEntry[] = []
  readonly identityIds = ['idn_a', 'idn_b', 'idn_c', 'odd "id"', 'idn_rare']
  readonly taskIds: string[] = []
  readonly #open: Open[] = []
  readonly #permits: number[] = []
  readonly #approvals: { readonly id: string; readonly subject: Subject; readonly of: string }[] = []
  #seed: number
  #made = 0

  constructor(seed: number) {
    this.#seed = seed
    for (const id of this.identityIds) this.#onIdentity('identity.drafted', id)
    this.openTask('idn_rare')
  }

  draw(below: number): number {
    this.#seed = (Math.imul(this.#seed, 1_103_515_245) + 12_345) >>> 0
    return Math.floor((this.#seed / 2 ** 32) * below)
  }

  step(): void {
    const steps = [
      () => this.openTask(this.#pick(this.identityIds.slice(0, 4)) ?? ''),
      () => this.#handOn(),
      ...Array.from({ length: 8 }, () => () => this.#call()),
      () => this.#report(),
      () => this.#ask(),
      () => this.#vote(),
      () => this.#vote(),
      () => this.#cancel(),
      () => this.#end(),
      () => this.#change(),
      () => this.#grant(),
      () => this.#write('refusal', { kind: 'stranger', id: 'nobody' }, on('door', '/oauth/token'), { code: 'x' }),
    ]
    steps[this.draw(steps.length)]?.()
  }

  openTask(identityId: string): void {
    const taskId = this.#id('tsk')
    const isWaiting = this.draw(3) === 0
    const approvalId = isWaiting ? this.#approval(on('task', taskId), 'task') : null
    this.#write('decision.permit', { kind: 'identity', id: identityId }, on('task', taskId), {
      decision: 'task',
      identity: { id: identityId, name: `called ${identityId}` },
      asked: { purpose: 'docs', goal: `goal of ${taskId}`, scope },
      taskId,
      taskState: isWaiting ? 'waiting' : 'active',
      entitlements: [`ent_${identityId.slice(-1)}`],
      endsMs: this.entries.length + 500,
      ...(approvalId === null ? {} : { approvalId, requestedBy: [identityId] }),
    })
    this.#begin({ taskId, identityId, chain: [{ identityId, name: `called ${identityId}`, taskId }] })
    if (isWaiting && this.draw(2) === 0)
      this.#write('task.activated', system, on('task', taskId), { taskId, identityId, endsMs: 7 })
  }

  #begin(task: Open): void {
    this.#open.push(task)
    this.taskIds.push(task.taskId)
  }

  #handOn(): void {
    const parent = this.#pick(this.#open)
    const identityId = this.#pick(this.identityIds) ?? ''
    if (parent === undefined || parent.chain.length > 3) return
    const taskId = this.#id('tsk')
    this.#write('decision.permit', this.#actorOf(parent), on('task', taskId), {
      decision: 'delegation',
      identity: { id: parent.identityId, name: 'x' },
      task: { id: parent.taskId, scope },
      helper: { id: identityId, name: `called ${identityId}` },
      asked: { goal: 'part', scope },
      taskId,
      ...(this.draw(2) === 0 ? { grantId: 'dlg_1' } : {}),
    })
    this.#begin({ taskId, identityId, chain: [...parent.chain, { identityId, name: 'x', taskId }] })
  }

  #call(): void {
    const task = this.#pick(this.#open)
    if (task === undefined) return
    const approval = this.draw(9) === 0 ? this.#pick(this.#approvals) : undefined
    this.#write(
      'decision.permit',
      this.#actorOf(task),
      on('tool', 'docs/read'),
      {
        decision: 'call',
        identity: { id: task.identityId, name: 'x' },
        taskId: task.taskId,
        action: { name: 'docs/read', class: 'read' },
        resources: [{ id: `docs:/${this.draw(9)}`, sensitivity: 'internal' }],
        entitlements: [`ent_${task.identityId.slice(-1)}`],
        ...(approval !== undefined && this.draw(2) === 0 ? { approvalId: approval.id } : {}),
      },
      { touched: approval === undefined ? [] : [`approval_uses/${approval.id}`] },
    )
    const answers = this.entries.length - 1
    this.#permits.push(answers)
    if (this.draw(4) > 0)
      this.#write('call.finished', this.#actorOf(task), on('tool', 'docs/read'), { end: 'ok' }, { answers })
  }

  /** Long after, and now and then an answer to an answer. */
  #report(): void {
    const answers = this.#pick(this.#permits)
    if (answers === undefined) return
    this.#write('act.reported', system, on('tool', 'docs/read'), { end: 'late' }, { answers })
    if (this.draw(3) === 0) this.#permits.push(this.entries.length - 1)
  }

  #ask(): void {
    const task = this.#pick(this.#open)
    if (task === undefined) return
    const approvalId = this.#approval(on('task', task.taskId), 'call')
    const data = { decision: 'call', taskId: task.taskId, approvalId, ask: { sentence: 'Ask.', approvalId } }
    this.#write('decision.denial', this.#actorOf(task), on('tool', 'docs/write'), data)
  }

  #vote(): void {
    const asked = this.#pick(this.#approvals)
    if (asked === undefined) return
    this.#write('approval.voted', { kind: 'person', id: `psn_${this.draw(3)}` }, asked.subject, {
      approvalId: asked.id,
      approvalSubject: asked.of,
      ...(this.draw(2) === 0 ? { subjectId: asked.subject.id } : {}),
      seat: 'owner',
      verdict: 'approve',
      state: this.draw(2) === 0 ? 'approved' : 'pending',
    })
  }

  #cancel(): void {
    const asked = this.#pick(this.#approvals)
    if (asked !== undefined)
      this.#write('approval.cancelled', system, on('approval', asked.id), { approvalId: asked.id })
  }

  #end(): void {
    const task = this.#pick(this.#open)
    if (task === undefined || this.#open.length < 6) return
    this.#open.splice(this.#open.indexOf(task), 1)
    const approvals = this.#approvals.filter(({ subject }) => subject.id === task.taskId).map(({ id }) => id)
    const data = { taskId: task.taskId, identityId: task.identityId, because: 'done', approvals }
    this.#write('task.ended', this.draw(2) === 0 ? system : this.#actorOf(task), on('task', task.taskId), data)
  }

  #change(): void {
    const id = this.#pick(this.identityIds) ?? ''
    const kind = this.#pick<EntryKind>(['identity.submitted', 'identity.activated', 'identity.suspended'])
    if (kind === 'identity.submitted') {
      const approvalId = this.#approval(on('identity', id), 'identity')
      this.#onIdentity(kind, id, { approvalId, requestedBy: ['psn_1'] })
    } else if (kind !== undefined) this.#onIdentity(kind, id)
  }

  #grant(): void {
    const data = { grantId: 'dlg_1', from: this.#pick(this.identityIds) ?? '', to: this.#pick(this.identityIds) ?? '' }
    this.#write('delegation.granted', system, on('delegation', 'dlg_1'), data)
  }

  #onIdentity(kind: EntryKind, id: string, more: JsonObject = {}): void {
    const owner = `psn_${this.draw(3)}`
    this.#write(kind, { kind: 'person', id: owner }, on('identity', id), {
      name: `called ${id}`,
      owner,
      tier: 'T1',
      ...more,
    })
  }

  #approval(subject: Subject, of: string): string {
    const id = this.#id('apr')
    this.#approvals.push({ id, subject, of })
    return id
  }

  #actorOf({ identityId, chain }: Open): Actor {
    return { kind: 'identity', id: identityId, chain }
  }

  #id(prefix: string): string {
    this.#made += 1
    return `${prefix}_${this.#made}`
  }

  #pick<T>(list: readonly T[]): T | undefined {
    return list[this.draw(list.length)]
  }

  #write(kind: EntryKind, actor: Actor, subject: Subject, data: JsonObject, more: Partial<LogEntry> = {}): void {
    const atMs = this.entries.length
    this.entries.push({ v: 1, org: 'org_test', kind, atMs, actor, subject, data, touched: [], ...more })
  }
}

/** Draws a history of so many entries. */
export function drawHistory(seed: number, size: number): History {
  const drawing = new Drawing(seed)
  while (drawing.entries.length < size) drawing.step()
  const { identityIds, taskIds } = drawing
  const entries = drawing.entries.slice(0, size)
  return { entries, store: storeOf(entries), identityIds, taskIds }
}

/** Gives the hash of a full tile of entries. */
export function hashTile(entries: readonly Uint8Array[]): Uint8Array {
  return rootOf(
    sha256,
    entries.map((entry) => hashLeaf(sha256, entry)),
  )
}

/** Keeps these entries. */
export function storeOf(entries: readonly LogEntry[]): ProveStore {
  const bytes = entries.map((entry) => Buffer.from(canonicalJson(entry)))
  const roots = Array.from({ length: Math.floor(bytes.length / 256) }, (_, n) =>
    hashTile(bytes.slice(n * 256, (n + 1) * 256)),
  )
  return {
    readHead: async () => ({ size: bytes.length, note: '' }),
    readEntries: async (from, to) => bytes.slice(from, to),
    readHashes: async (_, from, to) => roots.slice(from, to),
  }
}
