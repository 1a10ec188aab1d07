import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemActor } from '../../src/authenticate/actor.ts'
import { checkConfig } from '../../src/config.ts'
import { cutOff } from '../../src/flow/cut-off.ts'
import { sweepEstates } from '../../src/flow/people/estates.ts'
import { leaveBy } from '../../src/flow/people/leave.ts'
import { endTaskTree } from '../../src/flow/task/end-task.ts'
import { openTask } from '../../src/flow/task/open-task.ts'
import { renewAdminLink } from '../../src/flow/upkeep/begin-house.ts'
import { RemitError } from '../../src/ground/errors.ts'
import { LIMITS } from '../../src/ground/limits.ts'
import { type Raised, raiseHouse, wakeHouse } from '../../src/main.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { auditLog } from '../audit-log.ts'
import { type Issuer, startIssuer } from '../issuer/issuer.ts'
import { createDyingStore, type DyingStore, FAULTS, type Fault } from './dying-store.ts'
import { type Cast, exchange, furnish, noted, person, publicUrl, register, taskOf, workload } from './flow-cast.ts'
import { findHalfDone } from './flow-invariants.ts'
import { layOutChain, STORIES, type Step, type Story } from './flow-stories.ts'

let home: string
let issuer: Issuer
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'remit-flow-faults-'))
  issuer = await startIssuer()
})
afterAll(async () => {
  await issuer.stop()
  rmSync(home, { recursive: true, force: true })
})

/** Raises a house in a folder, without doors. */
function raise(folder: string, open?: typeof openStore): Promise<Raised> {
  mkdirSync(folder, { recursive: true })
  const issuers = [{ issuer: issuer.url, algorithms: ['ES256'], allowInsecureHttp: true }]
  return raiseHouse(checkConfig({ dataDir: folder, issuers }, folder), publicUrl, open)
}

/** A house of which one commit goes wrong. `abandon` lets go of it as death does: nothing is finished, nothing is said. */
interface Faulty {
  readonly store: DyingStore
  readonly raised: Promise<Raised>
  readonly abandon: () => Promise<void>
}

async function raiseFaulty(folder: string, at: number, fault: Fault): Promise<Faulty> {
  const opened = Promise.withResolvers<{ readonly dying: DyingStore; readonly inner: Store }>()
  const raised = raise(folder, async (...given) => {
    const inner = await openStore(...given)
    const dying = createDyingStore(inner.record, at, fault)
    opened.resolve({ dying, inner })
    return { ...inner, record: dying }
  })
  const { dying, inner } = await opened.promise
  return { store: dying, raised, abandon: () => inner.close() }
}

/** What a house does by itself, second after second. */
async function carryOn(raised: Raised): Promise<void> {
  await raised.carryOn()
  await sweepEstates(raised.house, new AbortController().signal)
}

/**
 * Takes a step; one that was told of a failure takes it again and may find that it is done. After it, and between the
 * two, the house carries on by itself what it could not finish.
 */
async function take(step: Step, raised: Raised, cast: Cast, isAgain: boolean): Promise<void> {
  try {
    await step.run(raised.house, cast)
    await carryOn(raised)
  } catch (error) {
    if (!(error instanceof RemitError)) throw error
    if (isAgain && step.done?.includes(error.code) === true) return
    if (isAgain || error.code !== 'log_unavailable') throw error
    await carryOn(raised)
    expect(await findHalfDone(raised.house, raised.store.rows)).toEqual([])
    await take(step, raised, cast, true)
  }
}

/** Gives the code of a refusal. */
function codeOf(error: unknown): string {
  if (error instanceof RemitError) return error.code
  throw error
}

/** Carries on in a new process, as it were: what is kept must hold by itself, and nothing may be left half done. */
async function wake(folder: string): Promise<Raised> {
  const raised = await raise(folder)
  const { record } = raised.store
  const { vkey, origin } = raised.house.log
  await auditLog({ store: record, vkey, origin })
  await wakeHouse(raised.house, false)
  await carryOn(raised)
  expect(await findHalfDone(raised.house, raised.store.rows)).toEqual([])
  return raised
}

async function endWell(story: Story, raised: Raised, cast: Cast): Promise<void> {
  await story.ends(raised.house, cast)
  expect(await findHalfDone(raised.house, raised.store.rows)).toEqual([])
  const { vkey, origin } = raised.house.log
  await auditLog({ store: raised.store.record, vkey, origin })
  expect((await raised.house.log.audit()).findings).toEqual([])
  await raised.close()
}

/** Plays a story of which one commit goes wrong. Gives how many commits there were in all. */
async function play(story: Story, template: string, cast: Cast, at: number, fault: Fault): Promise<number> {
  const folder = mkdtempSync(join(home, 'case-'))
  cpSync(template, folder, { recursive: true })
  const faulty = await raiseFaulty(folder, at, fault)
  let raised = await faulty.raised
  let isAlive = true
  for (const step of story.steps) {
    const taken = take(step, raised, cast, false)
    const died = isAlive && (await Promise.race([taken, faulty.store.died])) === 'died'
    if (!died) {
      await taken
      continue
    }
    isAlive = false
    await faulty.abandon()
    raised = await wake(folder)
    await take(step, raised, cast, true)
  }
  await endWell(story, raised, cast)
  rmSync(folder, { recursive: true, force: true })
  return faulty.store.commits()
}

describe.each(STORIES)('$name', (story) => {
  let template: string
  let cast: Cast
  let commits: number
  const castAgain = (): Cast => ({ ...cast, notes: new Map(cast.notes) })

  beforeAll(async () => {
    template = mkdtempSync(join(home, 'template-'))
    const raised = await raise(template)
    cast = await furnish(raised.house, (await wakeHouse(raised.house, false)) ?? '', issuer)
    await story.before(raised.house, cast)
    await raised.close()
    commits = await play(story, template, castAgain(), 0, 'refused')
  })

  it.each(FAULTS)(
    'ends the same, with nothing half done, whichever commit is %s',
    { timeout: 600_000 },
    async (fault) => {
      expect(commits).toBeGreaterThan(0)
      for (let at = 1; at <= commits; at += 1) {
        await play(story, template, castAgain(), at, fault).catch((cause: unknown) => {
          throw new Error(`commit ${at} of ${commits}, ${fault}`, { cause })
        })
      }
    },
  )
})

describe('a task with more credentials than one entry can name', () => {
  it('ends at once, and every one of them with it', async () => {
    const raised = await raise(mkdtempSync(join(home, 'many-')))
    const { house, store } = raised
    const cast = await furnish(house, (await wakeHouse(house, false)) ?? '', issuer)
    await register(house, cast, 'reader', { actionClass: 'read', reach: 'team', owner: 'ada' })
    const { task } = await openTask(house, await workload(house, cast, 'reader'), taskOf('whole'))
    cast.notes.set('whole', task.id)
    const wanted = LIMITS.endedRowsPerFact + 30
    await Promise.all(Array.from({ length: wanted }, () => exchange(house, cast, 'reader', 'whole')))
    const ended = await endTaskTree(house, task.id, { end: 'completed', because: 'done', actor: systemActor })
    expect(ended.credentials).toBe(wanted)
    const rows = await store.rows.find('credentials', { task_id: task.id })
    expect(rows.map(({ state }) => state)).toEqual(Array.from({ length: wanted }, () => 'revoked'))
    await raised.close()
  })
})

describe('a cutoff', () => {
  it('that is written is never told as failed, whichever commit after it is refused, and is carried on', async () => {
    const template = mkdtempSync(join(home, 'cut-'))
    const whole = await raise(template)
    const cast = await furnish(whole.house, (await wakeHouse(whole.house, false)) ?? '', issuer)
    await layOutChain(whole.house, cast)
    await whole.close()
    const order = { target: 'identity', targetId: noted(cast, 'reader'), because: 'stolen' } as const
    const told: string[] = []
    for (let at = 1; told.at(-1) !== 'settled'; at += 1) {
      const folder = mkdtempSync(join(home, 'case-'))
      cpSync(template, folder, { recursive: true })
      const { house, store, carryOn, close } = await (await raiseFaulty(folder, at, 'refused')).raised
      const sam = await person(house, cast, 'sam')
      told.push(await cutOff(house, sam, order).then(({ settled }) => (settled ? 'settled' : 'written'), codeOf))
      const isWritten = (await house.revoke.cutoff(`identity:${order.targetId}`)) !== undefined
      expect(isWritten).toBe(told.at(-1) !== 'log_unavailable')
      await carryOn()
      expect(await findHalfDone(house, store.rows)).toEqual([])
      await close()
    }
    expect(new Set(told)).toEqual(new Set(['log_unavailable', 'written', 'settled']))
  })
})

describe('a leaving', () => {
  it('that is written is never told as failed, whichever commit after it is refused, and is carried on', async () => {
    const template = mkdtempSync(join(home, 'left-'))
    const whole = await raise(template)
    const cast = await furnish(whole.house, (await wakeHouse(whole.house, false)) ?? '', issuer)
    for (const name of ['orphan', 'second-orphan'])
      await register(whole.house, cast, name, { actionClass: 'read', reach: 'team', owner: 'grace' })
    await openTask(whole.house, await workload(whole.house, cast, 'orphan'), taskOf('lost'))
    await whole.close()
    const told: string[] = []
    for (let at = 1; told.at(-1) !== 'settled'; at += 1) {
      const folder = mkdtempSync(join(home, 'case-'))
      cpSync(template, folder, { recursive: true })
      const raised = await (await raiseFaulty(folder, at, 'refused')).raised
      const { house, store } = raised
      const ada = await person(house, cast, 'ada')
      const left = leaveBy(house, ada, noted(cast, 'grace'))
      told.push(await left.then(({ settled }) => (settled ? 'settled' : 'written'), codeOf))
      const { state } = (await house.register.person(noted(cast, 'grace'))) ?? {}
      expect(state).toBe(told.at(-1) === 'log_unavailable' ? 'active' : 'left')
      await carryOn(raised)
      expect(await findHalfDone(house, store.rows)).toEqual([])
      await raised.close()
    }
    expect(new Set(told)).toEqual(new Set(['log_unavailable', 'written', 'settled']))
  })
})

describe('the first start', () => {
  /** Starts a house for the first time, and again where that failed. */
  async function start(at: number, fault: Fault): Promise<number> {
    const folder = mkdtempSync(join(home, 'first-'))
    const faulty = await raiseFaulty(folder, at, fault)
    const begun = faulty.raised.then(async (raised) => {
      try {
        await wakeHouse(raised.house, false)
      } finally {
        await raised.close()
      }
    })
    const outcome = await Promise.race([begun.catch((error: unknown) => error), faulty.store.died])
    if (outcome === 'died') await faulty.abandon()
    else if (outcome !== undefined) expect(outcome).toMatchObject({ code: 'log_unavailable' })
    const raised = await wake(folder)
    const people = await raised.store.rows.find('persons', {})
    expect(people.map(({ roles, state }) => ({ roles, state }))).toEqual([
      { roles: ['admin', 'owner'], state: 'active' },
    ])
    expect(raised.house.tokens.keys.published()).toHaveLength(1)
    expect(await renewAdminLink(raised.house)).toMatch(/^rml_/)
    await raised.close()
    return faulty.store.commits()
  }

  it.each(FAULTS)('can be made again, whichever commit is %s, and lets an administrator in', async (fault) => {
    const commits = await start(0, fault)
    for (let at = 1; at <= commits; at += 1) await start(at, fault)
    expect(commits).toBeGreaterThan(3)
  })

  it('never leaves an administrator without the link that was made for them', async () => {
    const folder = mkdtempSync(join(home, 'link-'))
    const raised = await raise(folder)
    await wakeHouse(raised.house, false)
    const [person] = await raised.store.rows.find('persons', {})
    const [link] = await raised.store.rows.find('login_links', {})
    expect(link).toMatchObject({ personId: person?.id, entry: person?.entry })
    await raised.close()
  })
})
