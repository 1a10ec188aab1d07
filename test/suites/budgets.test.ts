import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AgentCaller } from '../../src/authenticate/caller.ts'
import { type Change, insert, rowKey, type TableName } from '../../src/contract/change.ts'
import type { Budget } from '../../src/contract/task.ts'
import type { Decide } from '../../src/decide/decide.ts'
import type { CallRequest } from '../../src/decide/requests.ts'
import { decideAndRecord } from '../../src/flow/decision.ts'
import type { Log } from '../../src/record/log.ts'
import type { Store } from '../../src/store/store.ts'
import { addPolicies } from '../decide/policies-with.ts'
import { loadPolicies } from '../decide/policy-set.ts'
import { recordTo } from '../decide/recording.ts'
import { read, World, write, writer, writerRequest } from '../decide/world.ts'
import { POSTGRES_START_MS, startPostgres } from '../postgres.ts'
import { createFact, openTestLog } from '../record/open-test-log.ts'
import { BACKENDS, type Backend, open } from './backends.ts'
import { usage } from './writes.ts'

/** One agent in its task, on a real store and a real log. */
interface Stage {
  readonly store: Store
  readonly log: Log
  readonly agent: AgentCaller
  readonly decide: Decide
}

const policies = await loadPolicies()
const wide = { callsMax: 1_000_000, writesMax: 1_000_000, bytesMax: 1_000_000 }

/** A read stands for the export, and a write for the delete. */
const PAUSE = `
@id("order:pause") @sentence("Nothing is written within ten minutes of a read.")
forbid (principal, action in Remit::Action::"change", resource)
when { context.history.lastPermitted.hasTag("read") &&
  context.now < context.history.lastPermitted.getTag("read").offset(duration("10m")) };`

/** Over a wire each call takes a while on a small machine: one case shows two thousand there, the others fewer. */
const FEWER: Readonly<Record<string, number>> = { SQLite: 2_000, PostgreSQL: 500 }
const atOnce = 2_000

const HUNDRED = `
@id("order:hundred") @sentence("A hundred are read at most.")
forbid (principal, action == Remit::Action::"read", resource)
when { context.history.permitted.hasTag("read") && context.history.permitted.getTag("read") >= 100 };`

describe.each(BACKENDS)('hundreds of calls at once on $name', ({ name, start }) => {
  let backend: Backend
  beforeAll(async () => {
    backend = await start()
  }, POSTGRES_START_MS)
  afterAll(() => backend.stop())

  async function stage(budget: Budget, more: readonly Change[] = [], by = policies): Promise<Stage> {
    const world = new World()
    world.change('tool_rules', 'docs/write_file', { spendArgument: 'amount' })
    const agent = await world.start(writer.id, { ...writerRequest, budget })
    const store = await open(await backend.create())
    const log = await openTestLog(store.record)
    const rows = [...world.rows.tables].flatMap(([table, kept]) =>
      [...kept.values()].map((row) => [table, row] as const),
    )
    for (const [table, row] of rows)
      await log.record(createFact(`${table}/${rowKey(table, row as never)}`, [insert<TableName>(table, row as never)]))
    if (more.length > 0) await log.record(createFact('more', more))
    return { store, log, agent, decide: world.decideWith(by, store.decide) }
  }

  /** Gives how often each code came. */
  async function flood(
    { log, agent, decide }: Stage,
    call: CallRequest,
    count: number,
  ): Promise<Readonly<Record<string, number>>> {
    const house = recordTo(log)
    const codes: Record<string, number> = {}
    const one = async (): Promise<void> => {
      const { fact } = await decideAndRecord(house, () => decide.call(agent, call))
      const code = fact.outcome === 'permit' ? 'permit' : fact.code
      codes[code] = (codes[code] ?? 0) + 1
    }
    await Promise.all(Array.from({ length: count }, one))
    return codes
  }

  const paid = (amount: number): CallRequest => {
    const call = write()
    return { ...call, arguments: { ...call.arguments, amount } }
  }
  const limit = insert('limits', {
    name: 'hundred',
    of: 'docs/*',
    per: 'identity',
    callsMax: 100,
    windowSeconds: 86_400,
    state: 'active',
  })
  const fewer = FEWER[name] ?? 0
  const cases: [string, Budget, CallRequest, string, number, (readonly Change[])?][] = [
    ['a budget of one hundred calls', { ...wide, callsMax: 100 }, read(), 'budget_exceeded', atOnce],
    ['a budget of one hundred writes', { ...wide, writesMax: 100 }, paid(0), 'budget_exceeded', fewer],
    ['a purse for one hundred', { ...wide, spendMax: 1_000, currency: 'EUR' }, paid(10), 'budget_exceeded', fewer],
    ['a rate of one hundred', { ...wide, callsPerMinuteMax: 100 }, read(), 'rate_limited', fewer],
    [
      'a limit of one hundred',
      wide,
      read(),
      'rate_limited',
      fewer,
      [limit, insert('catalogues', { name: 'limits', rules: 1 })],
    ],
  ]
  it.each(cases)('on %s: exactly one hundred pass', async (_, budget, call, code, count, more) => {
    const on = await stage(budget, more)
    expect(await flood(on, call, count)).toEqual({ permit: 100, [code]: count - 100 })
    const [usage] = await on.store.decide.usages([on.agent.task.id])
    expect(usage?.calls).toBe(100)
    await on.log.close()
    await on.store.close()
  })

  it('on a policy that counts to a hundred: exactly one hundred pass', async () => {
    const on = await stage(wide, [], addPolicies(HUNDRED))
    expect(await flood(on, read(), 150)).toEqual({ permit: 100, denied: 50 })
    await on.log.close()
    await on.store.close()
  })

  it('on what must not follow an export within ten minutes: no delete is permitted after one', async () => {
    const on = await stage(wide, [], addPolicies(PAUSE))
    const house = recordTo(on.log)
    const said: { readonly tool: string; readonly outcome: string; readonly index: number }[] = []
    const ask = async (call: CallRequest): Promise<void> => {
      const { fact, index } = await decideAndRecord(house, () => on.decide.call(on.agent, call))
      said.push({ tool: call.tool, outcome: fact.outcome, index })
    }
    await ask(paid(0))
    await Promise.all(Array.from({ length: 60 }, (_, at) => ask(at === 30 ? read() : paid(0))))
    await ask(paid(0))
    const exported = said.find(({ tool, outcome }) => tool === read().tool && outcome === 'permit')
    const changes = said.filter(({ tool }) => tool === write().tool)
    const isAfter = ({ index }: { readonly index: number }): boolean => index > (exported?.index ?? 0)
    expect(exported).toBeDefined()
    expect(changes.some((each) => !isAfter(each) && each.outcome === 'permit')).toBe(true)
    expect(changes.filter((each) => isAfter(each) && each.outcome === 'permit')).toEqual([])
    expect(changes.filter(isAfter).length).toBeGreaterThan(0)
    await on.log.close()
    await on.store.close()
  })
})

describe('several processes on PostgreSQL', () => {
  it(
    'that ask two thousand times at once take exactly what a budget has, though one server alone writes a log',
    async () => {
      const postgres = await startPostgres()
      const url = await postgres.createDatabase()
      const store = await open({ kind: 'postgres', url })
      const log = await openTestLog(store.record)
      await log.record(createFact('usage', [insert('task_usage', usage('tsk_1'))]))
      await log.close()
      await store.close()
      const script = join(import.meta.dirname, 'meter-process.ts')
      const words = ['--disable-warning=ExperimentalWarning', script, url, 'tsk_1', '700', '100']
      const meters = [1, 2, 3].map(() => {
        const { stdin, stdout } = spawn(process.execPath, words, { stdio: ['pipe', 'pipe', 'inherit'] })
        return { stdin, lines: createInterface(stdout)[Symbol.asyncIterator]() }
      })
      const read = (): Promise<unknown[]> =>
        Promise.all(meters.map(async ({ lines }) => (await lines.next()).value as unknown))
      expect(await read()).toEqual(['ready', 'ready', 'ready'])
      for (const { stdin } of meters) stdin.end('go')
      const taken = (await read()).map(Number)
      expect(taken.reduce((sum, each) => sum + each, 0)).toBe(100)
      expect(taken.every((each) => each > 0)).toBe(true)
      await postgres.stop()
    },
    POSTGRES_START_MS,
  )
})
