import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { TableName, Tables } from '../../src/contract/change.ts'
import type { Decision } from '../../src/contract/decision.ts'
import type { Decide } from '../../src/decide/decide.ts'
import { createCheckedEngine } from '../../src/decide/policy/checked-engine.ts'
import type { DecideStore } from '../../src/decide/store.ts'
import { hourMs, startMs, World, writer } from '../decide/world.ts'
import { ASKINGS, type Asking, type AskingKind } from './askings.ts'
import { FAILURES, isNothing, isRead, type Row, thrown, WRONG_ANSWERS } from './faulty-answers.ts'
import { type Fault, type Step, watchDecide } from './faulty-parts.ts'

/** What came of it: a permit counts only once it is committed. */
type End = 'permit' | 'denial' | 'conflict' | 'error'

async function hear({ world, ask }: Asking, decide: Decide): Promise<End> {
  let decision: Decision
  try {
    decision = await ask(decide)
  } catch {
    return 'error'
  }
  try {
    world.rows.commit(decision.changes)
  } catch (error) {
    expect(error).toMatchObject({ code: 'conflict' })
    return 'conflict'
  }
  if (decision.outcome === 'permit') return 'permit'
  expect(decision.reasons.length).toBeGreaterThan(0)
  expect(decision).not.toHaveProperty('grant')
  return 'denial'
}

/** Hears it once in a world where nothing is wrong: what it goes through. */
async function stepsOf({ prepare }: AskingKind): Promise<readonly Step[]> {
  const asking = await prepare()
  const { decide, steps } = watchDecide(asking.world)
  expect(await hear(asking, decide)).toBe('permit')
  return steps
}

/** Hears it once for each of the steps, which goes wrong. Gives the steps after which it was permitted all the same. */
async function findPermitted(
  { prepare }: AskingKind,
  steps: readonly Step[],
  faultOf: (step: Step, asking: Asking) => Fault,
): Promise<readonly string[]> {
  const permitted: string[] = []
  for (const step of steps) {
    const asking = await prepare()
    const { decide } = watchDecide(asking.world, step.name, faultOf(step, asking))
    if ((await hear(asking, decide)) === 'permit') permitted.push(step.name)
  }
  return permitted
}

/** The table that each read reads. */
const TABLES = {
  identities: 'identities',
  identityNamed: 'identities',
  persons: 'persons',
  purposes: 'purposes',
  entitlementsOf: 'entitlements',
  tasks: 'tasks',
  usages: 'task_usage',
  labelsSince: 'task_usage',
  chainActs: 'chain_acts',
  tallies: 'tallies',
  credential: 'credentials',
  credentials: 'credentials',
  rights: 'person_rights',
  grants: 'delegation_grants',
  logins: 'person_logins',
  grantsBetween: 'delegation_grants',
  bindings: 'bindings',
  bindingsOf: 'bindings',
  rightsOf: 'person_rights',
  toolRule: 'tool_rules',
  toolRulesOf: 'tool_rules',
  resourceRules: 'catalogues',
  limits: 'catalogues',
  cutoffs: 'cutoffs',
  approval: 'approvals',
  approvalsFor: 'approvals',
  approvedOf: 'approvals',
  usedOf: 'approvals',
  deniedTo: 'approvals',
  pendingBy: 'approvals',
  pendingApprovalsOf: 'approvals',
  approvalUses: 'approval_uses',
} as const satisfies Readonly<Record<Exclude<keyof DecideStore, 'moves' | 'standingMoves'>, TableName>>

const tableOf = ({ name }: Step): (typeof TABLES)[keyof typeof TABLES] =>
  TABLES[name.slice('store.'.length).split(' ', 1)[0] as keyof typeof TABLES]

/** Every row that a read gave, of what it reads. */
function rowsOf(answer: unknown): readonly Row[] {
  if (typeof answer !== 'object' || answer === null) return []
  if ('catalogue' in answer) return isNothing(answer.catalogue) ? [] : [answer.catalogue as Row]
  return Array.isArray(answer) ? (answer as Row[]) : [answer as Row]
}

/** Steps that the decision rests on: they gave something, and it is not read again before it counts. */
function findRelied({ besides }: AskingKind, steps: readonly Step[]): readonly Step[] {
  const reads = steps.filter(isRead)
  return reads.filter((step, at) => {
    const later = reads.slice(at + 1).filter((other) => tableOf(other) === tableOf(step))
    const again = later.flatMap(({ answer }) => rowsOf(answer))
    const isReadAgain = rowsOf(step.answer).every((row) => again.some((other) => isDeepStrictEqual(row, other)))
    return rowsOf(step.answer).length > 0 && !isReadAgain && !besides.includes(step.name)
  })
}

/** How a row is after it has fallen: nothing may rest on it any more. */
const FALLEN: { readonly [T in (typeof TABLES)[keyof typeof TABLES]]: Partial<Tables[T]> } = {
  identities: { state: 'suspended' },
  persons: { state: 'left' },
  purposes: { classes: [] },
  entitlements: { state: 'ended' },
  person_rights: { state: 'ended' },
  person_logins: { endedMs: 1 },
  delegation_grants: { state: 'ended' },
  tasks: { state: 'revoked' },
  task_usage: { calls: 1_000_000, writes: 1_000_000, bytes: 1_000_000_000, confidentiality: 3, integrity: 1 },
  chain_acts: { permitted: 1_000_000, lastMs: Number.MAX_SAFE_INTEGER },
  tallies: { total: Number.MAX_SAFE_INTEGER },
  credentials: { state: 'revoked' },
  bindings: { endedMs: 1 },
  tool_rules: { state: 'quarantined' },
  catalogues: {},
  cutoffs: { atMs: Number.MAX_SAFE_INTEGER },
  approvals: { state: 'denied' },
  approval_uses: { uses: 1_000 },
}

/** Times at which nothing that there is counts any more, and what is no time. */
const CLOCKS_ON: readonly (readonly [string, unknown])[] = [
  ['a year on', startMs + 365 * 24 * hourMs],
  ['that time has no end', Number.POSITIVE_INFINITY],
  ['that time has no beginning', Number.NEGATIVE_INFINITY],
  ['no number', Number.NaN],
  ['a text', 'now'],
  ['nothing', undefined],
]

/** Times at which nothing that there is counts yet. */
const CLOCKS_BACK: readonly (readonly [string, unknown])[] = [
  ['a year ago', startMs - 365 * 24 * hourMs],
  ['1970', 0],
  ['before 1970', -1],
  ['null', null],
]

const no = { allowed: false, determining: [], errors: [] }

/** Answers of the policies that are no yes. */
const NO_YES: readonly (readonly [string, unknown])[] = [
  ['no', no],
  ['no, beside an error', { allowed: false, determining: [], errors: ['x: overflow'] }],
  ['yes, beside an error', { allowed: true, determining: ['base:call'], errors: ['x: overflow'] }],
  ['yes, and nothing more', { allowed: true }],
  ['yes, without errors being told', { allowed: true, determining: ['base:call'] }],
  ['an empty object', {}],
  ['nothing', undefined],
  ['null', null],
]

describe.each(ASKINGS)('$name', (kind) => {
  it('goes through many steps, and is permitted where none fails', async () => {
    const names = (await stepsOf(kind)).map(({ name }) => name)
    expect(names.filter((name) => name.startsWith('store.')).length).toBeGreaterThan(5)
    expect(names).toContain('clock.nowMs 1')
    expect(names).toContain('engine.decide 1')
  })

  it.each(FAILURES)('is never permitted, whichever step %s', async (_, fault) => {
    const steps = await stepsOf(kind)
    expect(await findPermitted(kind, steps, () => fault)).toEqual([])
  })

  it.each(WRONG_ANSWERS)('is never permitted, whichever read that it rests on gives %s', async (_, change) => {
    const steps = findRelied(kind, await stepsOf(kind))
    expect(steps.length).toBeGreaterThan(4)
    expect(await findPermitted(kind, steps, () => async (answer) => change(await answer()))).toEqual([])
  })

  it('is never permitted on a row that has fallen meanwhile, whichever read does not know it yet', async () => {
    const fall = (step: Step, { world }: Asking): Fault => {
      return async (answer) => {
        const known = await answer()
        const table = tableOf(step)
        for (const row of rowsOf(known)) world.rows.put(table, { ...row, ...FALLEN[table] } as never)
        return known
      }
    }
    const steps = findRelied(kind, await stepsOf(kind))
    expect(await findPermitted(kind, steps, fall)).toEqual(kind.moving)
  })

  it.each(CLOCKS_ON)('is never permitted where the clock says %s', async (_, atMs) => {
    const steps = (await stepsOf(kind)).filter(({ name }) => name.startsWith('clock.'))
    expect(steps.length).toBeGreaterThan(0)
    expect(await findPermitted(kind, steps, () => () => atMs)).toEqual([])
  })

  it.each(CLOCKS_BACK)('is never permitted, or not recorded, where the clock says %s', async (_, atMs) => {
    const steps = (await stepsOf(kind)).filter(({ name }) => name.startsWith('clock.'))
    expect(await findPermitted(kind, steps, () => () => atMs)).toEqual([])
  })

  it.each(NO_YES)('is never permitted, whichever question the policies answer with %s', async (_, answer) => {
    const steps = (await stepsOf(kind)).filter(({ name }) => name.startsWith('engine.'))
    expect(steps.length).toBeGreaterThan(0)
    // nor where a person has approved it: nobody was told of the policies that say no here
    expect(await findPermitted(kind, steps, () => () => answer)).toEqual([])
  })

  it.each([
    ['is told', () => undefined],
    ['cannot be told', () => thrown(new Error('no report'))],
  ])('is never permitted where the two engines differ, which %s, and not the next time either', async (_, report) => {
    const { world, ask } = await kind.prepare()
    const enforced = world.shelf.enforced()
    const engine = createCheckedEngine(enforced.engine, { decide: () => no }, 1, report)
    world.shelf.put({ enforced: { ...enforced, engine }, shadow: null, guards: [] })
    const { decide } = watchDecide(world)
    expect(await hear({ world, ask }, decide)).toBe('denial')
    expect(await hear({ world, ask }, decide)).toBe('denial')
  })

  it('is never permitted under an id that is taken', async () => {
    const steps = (await stepsOf(kind)).filter(({ name }) => name.startsWith('ids.next'))
    const take = (_: Step, { world }: Asking): Fault => {
      return (answer) => {
        const id = answer()
        for (const table of ['tasks', 'credentials', 'approvals'] as const) world.rows.put(table, { id } as never)
        return id
      }
    }
    expect(await findPermitted(kind, steps, take)).toEqual([])
  })
})

describe('the list of tools that a task could use', () => {
  const tools = ['read_text_file', 'write_file', 'fetch_page', 'changed', 'unknown']
  const list = async (faulty = '', fault?: Fault): Promise<{ shown: readonly string[]; steps: readonly Step[] }> => {
    const world = new World()
    const agent = await world.start(writer.id)
    const { decide, steps } = watchDecide(world, faulty, fault)
    return { shown: await decide.listable(agent, 'docs', tools), steps }
  }

  it('shows the usable ones where nothing fails', async () => {
    const { shown, steps } = await list()
    expect(shown).toEqual(['read_text_file', 'write_file', 'fetch_page'])
    expect(steps.filter(isRead).length).toBeGreaterThan(5)
  })

  it.each(FAILURES)('is empty, whichever step %s', async (_, fault) => {
    const { steps } = await list()
    const shown: string[] = []
    for (const { name } of steps) shown.push(...(await list(name, fault)).shown.map((tool) => `${name}: ${tool}`))
    expect(shown).toEqual([])
  })

  it.each(WRONG_ANSWERS)('shows nothing more, whichever read gives %s', async (_, change) => {
    const { shown, steps } = await list()
    const more: string[] = []
    for (const { name } of steps.filter(isRead)) {
      const wrong = await list(name, async (answer) => change(await answer()))
      more.push(...wrong.shown.filter((tool) => !shown.includes(tool)))
    }
    expect(more).toEqual([])
  })
})
