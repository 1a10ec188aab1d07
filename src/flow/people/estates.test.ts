import { describe, expect, it } from 'vitest'
import { countTurns } from '../../../test/count-turns.ts'
import type { IdentityState } from '../../contract/register/identity.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { nextTurn } from '../../ground/next-turn.ts'
import type { LogCondition } from '../../record/condition.ts'
import type { Page } from '../../register/store.ts'
import type { House } from '../house.ts'
import { createLeftOver } from '../upkeep/left-over.ts'
import { countLeftBehind, suspendFirst, sweepEstates } from './estates.ts'

interface Estate {
  /** Whoever looks at one finds how it is by then. */
  readonly look?: (id: string) => Promise<void>
  readonly now?: object
  readonly people?: number
  readonly log?: LogCondition['state']
}

/** What is asked of the store, by the name of the question. */
type Asked = Map<string, number>

const part = <Row extends { id: string }>(rows: readonly Row[], { after = '', limit }: Page): readonly Row[] =>
  rows.filter(({ id }) => id > after).slice(0, limit)
const idOf = (kind: string, at: number): string => `${kind}_${String(at).padStart(6, '0')}`

/** A house in which the last of those who left answers for so many in this state. */
function estateOf(
  count: number,
  state: IdentityState,
  { look, now = { state: 'suspended' }, people = 1, log = 'open' }: Estate = {},
) {
  const asked: Asked = new Map()
  const noted = async <T>(name: string, answer: T): Promise<T> => {
    asked.set(name, (asked.get(name) ?? 0) + 1)
    return answer
  }
  const rows = Array.from({ length: count }, (_, at) => ({ id: idOf('idn', at), state }))
  const left = Array.from({ length: people }, (_, at) => ({ id: idOf('psn', at) }))
  const owner = left.at(-1)?.id ?? ''
  const house = {
    estates: createLeftOver(),
    log: { condition: () => ({ state: log }) },
    revoke: { livingTasksOpenedFor: () => noted('tasks', []) },
    register: {
      peopleWhoLeft: (page: Page) => noted('people', part(left, page)),
      sponsoredCount: async () => 0,
      ownedCount: (ids: readonly string[]) => noted('count', ids.includes(owner) ? count : 0),
      identitiesOwnedBy: (id: string, of: IdentityState, page: Page) =>
        noted('identities', id === owner && of === state ? part(rows, page) : []),
      identity: async (id: string) => {
        await noted('identity', now)
        await look?.(id)
        return now
      },
    },
  } as unknown as House // all that is asked of it
  return { house, asked, owner }
}

const endless = new AbortController().signal
const PART = LIMITS.suspendedPerPart

describe('of an estate', () => {
  it('many identities are suspended at once, and not all', async () => {
    let [under, most] = [0, 0]
    const look = async (): Promise<void> => {
      under += 1
      most = Math.max(most, under)
      await nextTurn()
      under -= 1
    }
    const { house, owner } = estateOf(LIMITS.suspendedAtOnceMax + 5, 'active', { look })
    expect(await suspendFirst(house, owner)).toMatchObject({ ids: [], fault: null })
    expect(most).toBe(LIMITS.suspendedAtOnceMax)
  })

  it('as many as an answer tells of are suspended before it, and no more', async () => {
    const { house, asked, owner } = estateOf(2 * PART, 'active')
    await suspendFirst(house, owner)
    expect(asked.get('identity')).toBe(PART)
  })

  it('nothing is suspended for which somebody else has come to answer meanwhile', async () => {
    const { house, owner } = estateOf(3, 'active', { now: { state: 'active', owner: 'psn_2' } })
    expect(await suspendFirst(house, owner)).toMatchObject({ ids: [], fault: null })
  })

  it('one that cannot be suspended now keeps none of the others, and is tried again', async () => {
    const look = async (id: string): Promise<void> => {
      if (id === idOf('idn', 0)) throw new Error('not now')
    }
    const { house, asked } = estateOf(2 * PART, 'pending', { look })
    house.estates.note()
    await expect(sweepEstates(house, endless)).rejects.toMatchObject({
      detail: 'idn_000000 could not be seen to. Standard error says by what.',
      cause: { message: 'not now' },
    })
    expect(asked.get('identity')).toBe(2 * PART)
  })

  it('one that can never be suspended is told of once, and tried ever more seldom, once a minute in the end', async () => {
    const look = async (): Promise<void> => {
      throw new RemitError('internal', { detail: 'Never.' })
    }
    const { house, asked } = estateOf(1, 'active', { look })
    const said: unknown[] = []
    const tried: number[] = []
    house.estates.note()
    for (let turn = 0; turn < 250; turn++) {
      const before = asked.get('identity')
      await sweepEstates(house, endless).catch((error: unknown) => said.push(error))
      if (asked.get('identity') !== before) tried.push(turn)
    }
    expect(said).toMatchObject([{ code: 'internal', detail: 'idn_000000 could not be seen to. Never.' }])
    expect(tried).toEqual([0, 1, 3, 7, 15, 31, 63, 123, 183, 243])
    house.estates.note() // somebody else left
    await sweepEstates(house, endless)
    expect(asked.get('identity')).toBe(tried.length + 1)
  })

  it('one that cannot be suspended keeps nobody waiting who left while it was tried', async () => {
    let tried = 0
    const notes: (() => void)[] = []
    const look = async (): Promise<void> => {
      tried += 1
      if (tried === 4) for (const note of notes) note()
      throw new Error('not now')
    }
    const { house } = estateOf(1, 'active', { look })
    notes.push(house.estates.note)
    house.estates.note()
    for (let turn = 0; turn < 9; turn++) await sweepEstates(house, endless).catch(() => undefined)
    expect(tried).toBe(5) // at the turns 0, 1, 3, 7 and, as somebody left in that one, 8
  })

  it('others that cannot be suspended are told of, the first of them by name', async () => {
    let from = 0
    const look = async (id: string): Promise<void> => {
      if (id >= idOf('idn', from)) throw new Error('not now')
    }
    const { house } = estateOf(9, 'active', { look })
    for (const [first, says] of [
      [0, 'idn_000000, idn_000001, idn_000002, idn_000003, idn_000004 and 4 more could'],
      [7, 'idn_000007, idn_000008 could'],
    ] as const) {
      from = first
      house.estates.note()
      await expect(sweepEstates(house, endless)).rejects.toMatchObject({ detail: expect.stringContaining(says) })
    }
  })
})

describe('a sweep over the estates of people who left', () => {
  it('looks at nothing where nothing was noted', async () => {
    const { house, asked } = estateOf(3, 'active')
    await sweepEstates(house, endless)
    expect(asked.size).toBe(0)
  })

  it('goes through all that is left, with others in between, and then is done', async () => {
    const { house, asked } = estateOf(3 * PART, 'active', { look: () => nextTurn() })
    house.estates.note()
    expect(await countTurns(() => sweepEstates(house, endless))).toBeGreaterThanOrEqual(3)
    expect(asked.get('identity')).toBe(3 * PART)
    await sweepEstates(house, endless)
    expect(asked.get('identity')).toBe(3 * PART)
  })

  it.each<[LogCondition['state'], number]>([
    ['late', 3],
    ['failing', 3],
    ['doubtful', 0],
    ['broken', 0],
    ['taken', 0],
    ['stopping', 0],
  ])('over a log that is %s tries to suspend %i of three', async (log, tried) => {
    const { house, asked } = estateOf(3, 'active', { log })
    house.estates.note()
    await sweepEstates(house, endless)
    expect(asked.get('identity') ?? 0).toBe(tried)
    expect(house.estates.take()).toBe(tried === 0) // what is not gone through stays noted
  })

  it('asks for those of whom nothing is left together, however many left', async () => {
    const people = 3 * LIMITS.pageRowsMax
    const { house, asked } = estateOf(0, 'active', { people })
    house.estates.note()
    await sweepEstates(house, endless)
    expect(Object.fromEntries(asked)).toEqual({ people: 4, tasks: 3, count: 3 })
  })

  it('ends with the part that is under way where the house stops', async () => {
    const stopping = new AbortController()
    const { house, asked } = estateOf(9 * PART, 'active', { look: async () => stopping.abort() })
    house.estates.note()
    await sweepEstates(house, stopping.signal)
    expect(asked.get('identity')).toBe(PART)
  })

  it('that is cut short says by what, and goes on at the next turn', async () => {
    let isAway = true
    const look = async (): Promise<void> => {
      if (isAway) throw new Error('the store is away')
    }
    const { house, asked } = estateOf(3 * PART, 'active', { look })
    house.estates.note()
    await expect(sweepEstates(house, endless)).rejects.toMatchObject({ cause: { message: 'the store is away' } })
    expect(asked.get('identity')).toBe(PART)
    expect(house.estates.fault()).toMatchObject({ cause: { message: 'the store is away' } })
    isAway = false
    await sweepEstates(house, endless)
    expect(house.estates.fault()).toBeNull()
    expect(asked.get('identity')).toBe(4 * PART)
  })

  it('is told how many are left', async () => {
    const { house, asked } = estateOf(7, 'active', { people: 3 * LIMITS.pageRowsMax })
    expect(await countLeftBehind(house)).toEqual({ owned: 7, sponsored: 0 })
    expect(asked.get('people')).toBe(4) // one walk
  })
})
