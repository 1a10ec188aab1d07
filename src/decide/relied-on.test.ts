import { describe, expect, it } from 'vitest'
import { newToolRule } from '../../test/decide/nouns.ts'
import {
  delegationRequest,
  personOf,
  read,
  reader,
  startMs,
  taskRequest,
  World,
  write,
  writer,
  writerRequest,
} from '../../test/decide/world.ts'
import type { AgentCaller } from '../authenticate/caller.ts'
import type { TableName } from '../contract/change.ts'
import { CUTOFF_TARGETS } from '../contract/cutoff.ts'
import type { Decision, Permit } from '../contract/decision.ts'
import type { EvaluationRequest } from './requests.ts'

/** A permit, and all that it rests on: rows that are there, and cutoffs and catalogues that are not. */
interface Resting {
  readonly decision: Decision
  readonly rows: readonly string[]
  readonly absent: readonly string[]
}

const audience = 'https://remit.test/mcp/docs'
const catalogues = ['catalogues/limits', 'catalogues/resources']

const asking = (agent: AgentCaller, name: string): EvaluationRequest => ({
  subject: { type: 'task', id: agent.task.id, properties: {} },
  action: { name, properties: {} },
  resource: { type: 'docs', id: '/handbook/a.md', properties: {} },
  context: {},
})

/** The writer's task, on behalf of a person, with a part of it in the hands of the reader. */
async function handOver(world: World): Promise<{ readonly agent: AgentCaller; readonly childId: string }> {
  const agent = await world.start(writer.id)
  world.actFor(agent.task.id, 'psn_asker')
  const { grant } = world.take(await world.decide.delegation(agent, delegationRequest))
  return { agent, childId: grant.id }
}

const HOP = 'delegation_grants/dlg_idn_writer_idn_reader'
const READER = ['identities/idn_reader', 'persons/psn_owner', 'bindings/bnd_reader']
const WRITER = ['identities/idn_writer', 'persons/psn_owner', 'bindings/bnd_writer']
/** By what of their scope is still granted. */
const READER_MAY = ['entitlements/ent_reader', 'purposes/summarise']
const WRITER_MAY = ['entitlements/ent_writer', 'purposes/release']
const readerCutoffs = ['identity:idn_reader', 'owner:psn_owner', 'vendor:acme']
const writerCutoffs = ['identity:idn_writer', 'owner:psn_owner', 'binding:bnd_writer']
const taskCutoffs = ({ task }: AgentCaller): readonly string[] => [`task:${task.id}`, `chain:${task.rootId}`]
const ofAgent = ({ task, credential }: AgentCaller): readonly string[] => [
  `tasks/${task.id}`,
  `credentials/${credential.id}`,
]

const permits: [string, (world: World) => Promise<Resting>][] = [
  [
    'a task',
    async (world) => ({
      decision: await world.decide.task(world.workload(), taskRequest),
      rows: [...READER, ...READER_MAY],
      absent: [...readerCutoffs, 'binding:bnd_reader'],
    }),
  ],
  [
    'a task on behalf of a person',
    async (world) => {
      world.actFor((await world.start()).task.id, 'psn_voter')
      return {
        decision: await world.decide.behalfTask(personOf(world), reader.id, taskRequest),
        rows: [
          'identities/idn_reader',
          'persons/psn_owner',
          'bindings/bnd_reader',
          'persons/psn_voter',
          'person_rights/rgt_psn_voter',
          'entitlements/ent_reader',
          'purposes/summarise',
        ],
        absent: readerCutoffs,
      }
    },
  ],
  [
    'a delegation',
    async (world) => {
      const agent = await world.start(writer.id)
      world.actFor(agent.task.id, 'psn_asker')
      return {
        decision: await world.decide.delegation(agent, delegationRequest),
        rows: [
          ...WRITER,
          ...ofAgent(agent),
          'persons/psn_asker',
          'bindings/bnd_reader',
          HOP,
          'identities/idn_reader',
          'entitlements/ent_reader',
          'purposes/release',
          'purposes/summarise',
        ],
        absent: [...writerCutoffs, ...taskCutoffs(agent), 'identity:idn_reader', 'vendor:acme'],
      }
    },
  ],
  [
    'a token in a task of its own',
    async (world) => {
      const { grant } = world.take(await world.decide.task(world.workload(), taskRequest))
      return {
        decision: await world.decide.token(world.workload(), { taskId: grant.id, audience }),
        rows: [...READER, ...READER_MAY, `tasks/${grant.id}`],
        absent: [...readerCutoffs, 'binding:bnd_reader', `task:${grant.id}`, `chain:${grant.id}`],
      }
    },
  ],
  [
    'a token in a task that was handed over',
    async (world) => {
      const { agent, childId } = await handOver(world)
      return {
        decision: await world.decide.token(world.workload(), { taskId: childId, audience }),
        rows: [
          ...WRITER,
          ...READER,
          ...WRITER_MAY,
          ...READER_MAY,
          ...ofAgent(agent),
          HOP,
          'persons/psn_asker',
          `tasks/${childId}`,
        ],
        absent: [...writerCutoffs, ...readerCutoffs, 'binding:bnd_reader', `task:${childId}`, ...taskCutoffs(agent)],
      }
    },
  ],
  [
    'a call in a task that was handed over on behalf of a person',
    async (world) => {
      const { agent, childId } = await handOver(world)
      world.change('identities', reader.id, { owner: 'psn_sponsor' })
      world.grant(writer.id, reader.id)
      const child = world.rows.get('tasks', childId)
      if (child === undefined) throw new Error('there is no child')
      const helper = await world.enter(child, reader.id)
      return {
        decision: await world.decide.call(helper, read()),
        rows: [
          ...WRITER,
          ...READER,
          ...ofAgent(helper),
          ...ofAgent(agent),
          HOP,
          'persons/psn_asker',
          'persons/psn_sponsor',
          'person_rights/rgt_psn_asker',
          'tool_rules/docs/read_text_file',
          ...WRITER_MAY,
          ...READER_MAY,
        ],
        absent: [
          ...writerCutoffs,
          ...readerCutoffs,
          'binding:bnd_reader',
          'owner:psn_sponsor',
          'upstream:docs',
          `task:${childId}`,
          ...taskCutoffs(agent),
          ...catalogues,
        ],
      }
    },
  ],
  [
    'a call that a person approved',
    async (world) => {
      world.change('entitlements', 'ent_writer', { approval: 'each-call' })
      const agent = await world.start(writer.id)
      const approvalId = world.refuse(await world.decide.call(agent, write())).ask?.approvalId ?? ''
      world.approve(approvalId)
      return {
        decision: await world.decide.call(agent, write()),
        rows: [
          ...WRITER,
          ...ofAgent(agent),
          'tool_rules/docs/write_file',
          'entitlements/ent_writer',
          'purposes/release',
          `approvals/${approvalId}`,
          'persons/psn_voter',
        ],
        absent: [...writerCutoffs, ...taskCutoffs(agent), 'upstream:docs', ...catalogues],
      }
    },
  ],
  [
    'an answer to an enforcement point',
    async (world) => {
      const agent = await world.start()
      return {
        decision: await world.decide.evaluation(asking(agent, 'docs/read_text_file'), agent),
        rows: [
          ...READER,
          `tasks/${agent.task.id}`,
          'tool_rules/docs/read_text_file',
          'entitlements/ent_reader',
          'purposes/summarise',
        ],
        absent: [...readerCutoffs, 'binding:bnd_reader', ...taskCutoffs(agent), 'upstream:docs', ...catalogues],
      }
    },
  ],
  [
    'an answer to an enforcement point that asks about somebody else',
    async (world) => {
      const agent = await world.start()
      const leave = [{ action: 'read', resource: 'domain:remit' }]
      world.rows.put('resource_rules', { pattern: 'domain:*', sensitivity: 'internal' })
      world.change('entitlements', 'ent_writer', { scope: leave })
      const asker = await world.start(writer.id, { ...writerRequest, scope: leave })
      return {
        decision: await world.decide.evaluation(asking(agent, 'docs/read_text_file'), asker),
        rows: [
          ...WRITER,
          ...ofAgent(asker),
          'entitlements/ent_writer',
          'purposes/release',
          ...READER,
          `tasks/${agent.task.id}`,
          'tool_rules/docs/read_text_file',
          'entitlements/ent_reader',
          'purposes/summarise',
        ],
        absent: [
          ...writerCutoffs,
          ...taskCutoffs(asker),
          ...readerCutoffs,
          'binding:bnd_reader',
          ...taskCutoffs(agent),
          'upstream:docs',
          ...catalogues,
        ],
      }
    },
  ],
]

/** True where the permit can no longer be written once this has happened. */
function isVoid(world: World, permit: Permit, happening: () => void): boolean {
  return world.rows.tryOut(() => {
    happening()
    try {
      world.rows.commit(permit.changes)
      return false
    } catch (error) {
      expect(error).toMatchObject({ code: 'conflict' })
      return true
    }
  })
}

function rowsThatVoid(world: World, permit: Permit): readonly string[] {
  const all = [...world.rows.tables].flatMap(([table, rows]) => [...rows.keys()].map((key) => [table, key] as const))
  return all
    .filter(([table, key]) => isVoid(world, permit, () => world.change(table, key, {})))
    .map(([table, key]) => `${table}/${key}`)
}

function absencesThatVoid(world: World, permit: Permit): readonly string[] {
  const idsOf = (table: TableName): readonly string[] => [...(world.rows.tables.get(table)?.keys() ?? [])]
  const ids = (['identities', 'persons', 'bindings', 'tasks'] as const).flatMap(idsOf)
  const cutoffs = CUTOFF_TARGETS.flatMap((target) => [...ids, 'acme', 'docs', 'mail'].map((id) => `${target}:${id}`))
  return [
    ...cutoffs.filter((id) => isVoid(world, permit, () => world.cutOff(id, 1))),
    ...(['limits', 'resources'] as const)
      .filter((name) => isVoid(world, permit, () => world.rows.put('catalogues', { name } as never)))
      .map((name) => `catalogues/${name}`),
  ]
}

const sorted = (names: readonly string[]): readonly string[] => [...new Set(names)].toSorted()

describe.each(permits)('the permit of %s', (_, decide) => {
  it('is void once any row that it rests on has moved, and holds whatever else moves', async () => {
    const world = new World()
    world.rows.put('tool_rules', newToolRule({ server: 'mail', tool: 'send' }))
    world.rows.put('cutoffs', {
      id: 'vendor:globex',
      target: 'vendor',
      targetId: 'globex',
      atMs: startMs,
      because: 'test',
      by: 'psn_owner',
    })
    const { decision, rows } = await decide(world)
    if (decision.outcome === 'denial') throw new Error(JSON.stringify(decision.reasons), { cause: world.errors[0] })
    expect(isVoid(world, decision, () => {})).toBe(false)
    expect(sorted(rowsThatVoid(world, decision))).toEqual(sorted(rows))
  })

  it('is void once anybody that it rests on was cut off, and holds whoever else was', async () => {
    const world = new World()
    const { decision, absent } = await decide(world)
    if (decision.outcome === 'denial') throw new Error(JSON.stringify(decision.reasons), { cause: world.errors[0] })
    expect(sorted(absencesThatVoid(world, decision))).toEqual(sorted(absent))
  })
})
