import { describe, expect, it } from 'vitest'
import { newIdentity, newTask } from '../../../test/contract/nouns.ts'
import type { Kept } from '../../contract/change.ts'
import type { Limit } from '../../contract/counters/limit.ts'
import type { Tally } from '../../contract/counters/tally.ts'
import type { Budget } from '../../contract/task.ts'
import { LIMITS } from '../../ground/limits.ts'
import { EntityUid } from '../cedar/values/value.ts'
import type { Lineage } from '../lineage.ts'
import { createLook, guardHistory, type History, placeIn, readHistory, tellHistory } from './history.ts'
import { INPUTS_TOLD, readInputs, tellInputs } from './inputs.ts'
import { type Costing, findUnpaid, payTolls, readTolls, sayFitting, tellTolls } from './tolls.ts'

describe('the inputs of an act are whole up to a bound', () => {
  const texts = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`a${at}`, 'x']))
  const items = (count: number) => Array.from({ length: count }, () => 'x')
  const nest = (levels: number): Record<string, unknown> => (levels === 0 ? { a: 1 } : { a: nest(levels - 1) })
  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    [
      'the length of a text',
      { a: 'x'.repeat(LIMITS.propertyCharsMax) },
      { a: 'x'.repeat(LIMITS.propertyCharsMax + 1) },
    ],
    [
      'the length of a name',
      { ['x'.repeat(LIMITS.inputNameCharsMax)]: 1 },
      { ['x'.repeat(LIMITS.inputNameCharsMax + 1)]: 1 },
    ],
    [
      'the length of a name with those that it lies in',
      { a: { ['x'.repeat(LIMITS.inputNameCharsMax - 2)]: 1 } },
      { a: { ['x'.repeat(LIMITS.inputNameCharsMax - 1)]: 1 } },
    ],
    ['how many there are', texts(LIMITS.inputsMax), texts(LIMITS.inputsMax + 1)],
    ['how many stand in lists', { list: items(LIMITS.inputsMax - 1) }, { list: items(LIMITS.inputsMax) }],
    ['how deep they lie', nest(LIMITS.inputDepthMax - 1), nest(LIMITS.inputDepthMax)],
    ['how large a number is', { a: 922_337_203_685_476 }, { a: 922_337_203_685_477 }],
    ['how small a number is', { a: -922_337_203_685_476 }, { a: -922_337_203_685_477 }],
    ['how many decimal places it has', { a: 0.1234 }, { a: 0.12345 }],
  ])('%s', (_, within, beyond) => {
    expect([readInputs(within).whole, readInputs(beyond).whole]).toEqual([true, false])
  })

  it('and what comes behind too many is not looked at', () => {
    const { texts: read } = readInputs({ ...texts(LIMITS.inputsMax), z: 'z', zz: 'zz' })
    expect([read.size, read.has('z')]).toEqual([LIMITS.inputsMax, false])
    expect(readInputs({ list: items(LIMITS.inputsMax + 1), z: 'z' }).texts.has('z')).toBe(false)
  })

  it('and are told as four entities, which the context names', () => {
    const told = tellInputs(readInputs({ a: 'x', n: 1, l: ['y'] }))
    const uid = (type: string) => new EntityUid(`Remit::${type}`, 'given')
    expect(told.map(({ uid: each, attrs, parents }) => [each, attrs, parents])).toEqual([
      [uid('Arguments'), { whole: true }, []],
      [uid('Numbers'), {}, []],
      [uid('Decimals'), {}, []],
      [uid('Lists'), {}, []],
    ])
    expect(INPUTS_TOLD).toEqual({
      arguments: uid('Arguments'),
      numbers: uid('Numbers'),
      decimals: uid('Decimals'),
      lists: uid('Lists'),
    })
    expect(told.map(({ tags = {} }) => Object.keys(tags))).toEqual([['a'], ['n'], ['n'], ['l']])
  })
})

describe('a history', () => {
  const act = {
    rootId: 'tsk_1',
    name: 'read',
    permitted: 2,
    succeeded: 0,
    firstMs: 1.5,
    lastMs: 3,
    succeededMs: 0,
    version: 4,
    entry: 1,
  }
  const history: History = { rootId: 'tsk_1', acts: [act], isTold: true, isToldHere: false }
  const blind = { usesHistory: false, usesHere: false }
  const looking = { ...blind, usesHistory: true }
  const lookingHere = { ...blind, usesHere: true }
  const readOn = (policies: object, shadow: object | null = null) => {
    const hearing = { policies, shadow, store: { chainActs: async (rootId: string) => [{ ...act, rootId }] } }
    return readHistory(hearing as unknown as Parameters<typeof readHistory>[0], 'tsk_1', [
      { id: 'docs:/a' },
      { id: 'docs:/b' },
    ])
  }

  it.each([
    [blind, null, [false, false]],
    [blind, blind, [false, false]],
    [looking, null, [true, false]],
    [looking, blind, [true, false]],
    [lookingHere, null, [false, true]],
    [lookingHere, blind, [false, true]],
    [blind, looking, [true, false]],
    [blind, lookingHere, [false, true]],
  ])(
    'is told where a policy looks at it, one that decides or one in shadow: %j, %j',
    async (policies, shadow, told) => {
      const { isTold, isToldHere } = await readOn(policies, shadow)
      expect([isTold, isToldHere]).toEqual(told)
    },
  )

  it('is not read where none does', async () => {
    expect(await readOn(blind)).toEqual({ ...history, acts: [], isTold: false })
    expect(await readOn(looking)).toEqual(history)
    expect(await readOn(lookingHere)).toMatchObject({
      acts: [{ rootId: placeIn('tsk_1', 'docs:/a') }, { rootId: placeIn('tsk_1', 'docs:/b') }],
      isToldHere: true,
    })
  })

  it('has a tag for each count and moment that there is, moments in whole milliseconds', () => {
    const watch = createLook(history)
    const tags = Object.fromEntries(tellHistory(history, watch)('docs:/a').map(({ uid, tags: each }) => [uid.id, each]))
    expect(tags).toEqual({
      permitted: { read: 2 },
      succeeded: {},
      firstPermitted: { read: { type: 'datetime', ms: 1 } },
      lastPermitted: { read: { type: 'datetime', ms: 3 } },
      lastSucceeded: {},
    })
    expect(tellHistory({ ...history, isTold: false }, watch)('docs:/a')).toEqual([])
  })

  it('is guarded by what was looked at: the row that was there, or that there was none', () => {
    const look = createLook(history)
    expect(guardHistory(history, look)).toEqual([])
    look.saw('read')
    look.saw('write')
    expect(guardHistory(history, look)).toEqual([
      { op: 'require', table: 'chain_acts', key: 'tsk_1/read', version: 4 },
      expect.objectContaining({ table: 'chain_acts', key: 'tsk_1/write' }),
    ])
  })
})

describe('what a call would add', () => {
  const atMs = 1_772_323_200_000
  const none: readonly Kept<Tally>[] = []
  const link = (id: string, budget: Partial<Budget>) => ({
    identity: newIdentity({ id: `idn_${id}` }),
    task: newTask({
      id: `tsk_${id}`,
      rootId: 'tsk_top',
      budget: { callsMax: 1, writesMax: 1, bytesMax: 1, ...budget },
    }),
  })
  const euro = { spendMax: 100, currency: 'EUR' }
  /** A chain of two tasks, and a call that says what it spends. */
  function costing(more: Partial<Costing> = {}, budgets: readonly Partial<Budget>[] = [euro, euro]): Costing {
    const links = budgets.map((budget, at) => link(String(at), budget))
    const lineage = { links, own: links.at(-1), standing: { atMs } } as unknown as Lineage
    const rule = { spendArgument: 'amount', currencyArgument: 'currency' } as unknown as Costing['rule']
    return {
      lineage,
      rule,
      arguments: { amount: 5, currency: 'EUR' },
      name: 'pay/send',
      actionClass: 'write',
      limits: [],
      ...more,
    }
  }
  const read = (of: Costing, kept = none) => readTolls({ tallies: async () => kept }, of)
  const limit: Limit = { name: 'few', of: 'pay/*', per: 'identity', callsMax: 2, windowSeconds: 60, state: 'active' }

  it('is told of each task of the chain, with what it may and what was used', async () => {
    const tolls = await read(costing(), [{ id: 'spend/tsk_0', total: 60, marks: [], version: 1, entry: 0 }])
    expect(tellTolls(tolls, atMs)).toEqual({
      tolls: [
        { kind: 'spend', taskId: 'tsk_0', adds: 5, max: 100, used: 60 },
        { kind: 'spend', taskId: 'tsk_1', adds: 5, max: 100, used: 0 },
      ],
    })
    expect(tolls.map(({ sentence }) => sentence)).toEqual([
      'the task tsk_0 may spend 100 EUR',
      'the task tsk_1 may spend 100 EUR',
    ])
    expect(payTolls(tolls)).toHaveLength(2)
    expect(tellTolls([], atMs)).toEqual({})
  })

  it('is a call more in a minute where a task has a rate', async () => {
    const [toll] = await read(costing({ rule: undefined }, [{ callsPerMinuteMax: 7 }]))
    expect(toll).toMatchObject({
      kind: 'rate',
      due: { taskId: 'tsk_0', adds: 1, max: 7 },
      sentence: 'the task tsk_0 may make 7 calls a minute',
    })
    const told = { kind: 'rate', taskId: 'tsk_0', adds: 1, max: 7, used: 0 }
    expect(tellTolls(toll === undefined ? [] : [toll], atMs)).toEqual({ tolls: [told], weighedMs: atMs })
  })

  it('is nothing of a task that may spend nothing, and that is said', async () => {
    const [toll] = await read(
      costing({ rule: { spendArgument: 'amount', currencyArgument: null } as unknown as Costing['rule'] }, [{}]),
    )
    expect(toll).toMatchObject({ weighed: { fits: false }, sentence: 'the task tsk_0 may spend 0' })
  })

  it.each([
    ['identity', ['limit/few@60/idn_0', 'limit/few@60/idn_1']],
    ['chain', ['limit/few@60/tsk_top']],
    ['organisation', ['limit/few@60/all']],
  ] as const)('counts under a limit by %s what belongs together', async (per, ids) => {
    const asked: string[] = []
    const of = costing({
      rule: undefined,
      limits: [
        { ...limit, per },
        { ...limit, name: 'other', of: 'docs/*' },
      ],
    })
    const tallies = async (keys: readonly string[]) => {
      asked.push(...keys)
      return none
    }
    const tolls = await readTolls({ tallies }, of)
    expect(asked).toEqual(ids)
    expect(tolls.map(({ kind, due, sentence }) => [kind, due, sentence])).toEqual(
      ids.map(() => ['limit', null, `the limit few allows 2 calls in 60 seconds, by ${per}`]),
    )
    expect(tellTolls(tolls, atMs)).toEqual({ weighedMs: atMs })
  })

  it('is read of nobody where nothing is to be added', async () => {
    expect(await readTolls({ tallies: () => expect.unreachable() }, costing({ rule: undefined }, [{}]))).toEqual([])
    expect(await readTolls({ tallies: () => expect.unreachable() }, costing({ arguments: { amount: -0 } }))).toEqual([])
  })

  const most = 'no whole number of minor units, 1000000000000 at most'
  const untold = `What the call spends cannot be told: the argument amount is ${most}.`
  const other = 'The argument currency does not say the currency in which the task may spend.'
  it.each<[Record<string, unknown>, string]>([
    [{ currency: 'EUR' }, untold],
    [{ amount: '5', currency: 'EUR' }, untold],
    [{ amount: 0.5, currency: 'EUR' }, untold],
    [{ amount: -1, currency: 'EUR' }, untold],
    [{ amount: LIMITS.spendMax + 1, currency: 'EUR' }, untold],
    [{ amount: 5 }, other],
    [{ amount: 5, currency: 'USD' }, other],
    [{ amount: LIMITS.spendMax, currency: 'USD' }, other],
  ])('cannot be told of %j, and is never spent', async (args, sentence) => {
    const tolls = await readTolls({ tallies: () => expect.unreachable() }, costing({ arguments: args }))
    expect(tolls).toEqual([{ kind: 'spend', due: null, weighed: { fits: false, used: 0, fitsMs: null }, sentence }])
    expect([tellTolls(tolls, atMs), payTolls(tolls), sayFitting(tolls[0])]).toEqual([{}, [], ''])
  })

  it('is in the currency of every task of the chain', async () => {
    const [toll] = await read(costing({}, [{ spendMax: 5, currency: 'USD' }, euro]))
    expect(toll?.sentence).toBe(other)
    const [lacking] = await read(costing({ arguments: { amount: 5 } }, [{}]))
    expect(lacking?.sentence).toBe(other)
  })

  it('is refused by the first of its kind that does not fit, which says when it fits', async () => {
    const full = [
      { id: 'rate/tsk_0', total: 7, marks: [{ slice: Math.floor(atMs / 1_000), before: 0 }], version: 1, entry: 0 },
    ]
    const tolls = await read(costing({}, [{ ...euro, callsPerMinuteMax: 7 }]), full)
    expect([findUnpaid(tolls, 'spend'), findUnpaid(tolls, 'limit')]).toEqual([undefined, undefined])
    const rate = findUnpaid(tolls, 'rate')
    expect(rate?.kind).toBe('rate')
    expect(sayFitting(rate)).toBe(`It fits again at ${new Date(atMs + 61_000).toISOString()}. `)
    expect([sayFitting(undefined), sayFitting(tolls[0])]).toEqual(['', ''])
    expect(payTolls(tolls)).toHaveLength(1)
  })
})
