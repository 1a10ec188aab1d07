import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { insert } from '../../src/contract/change.ts'
import { type House, startHouse } from '../house.ts'
import {
  type Actor,
  approveIdentity,
  connect,
  furnish,
  letAct,
  longTool,
  makeSummariser,
  openTask,
  prepare,
  reviewLongTool,
  startLongCall,
} from './cast.ts'

const run = { action: 'everything/trigger-long-running-operation', resource: 'jobs:*' }
const summarise = { code: 'summarise', title: 'For the team', ceiling: 'internal' } as const

/** So many others does the owner of the upper identity answer for: suspending all of them takes far longer than a call may go on. */
const ESTATE = 6_000
/** In so long an open call is judged more than once: each second, and no sooner than a second after it began. */
const judgedWithinMs = 3_000
/** Until a call has ended that would be refused, on a machine that stalls; by itself it would go on three times as long. */
const endsWithinMs = 20_000

/** Gives how a call ended, or `open` where it goes on for so long. */
const endIn = (withinMs: number, end: Promise<'finished' | 'cut'>): Promise<'finished' | 'cut' | 'open'> =>
  Promise.race([end, sleep(withinMs, 'open' as const, { ref: false })])

function makeRunner(house: House, name: string): Actor {
  const actor = makeSummariser(house, name)
  const [entitlement] = actor.entitlements
  if (entitlement === undefined) throw new Error('a summariser is entitled to nothing')
  return { ...actor, entitlements: [{ ...entitlement, scope: [run] }], task: { ...actor.task, scope: [run] } }
}

describe('a call that is open in a task below another', () => {
  let house: House
  let upper: Actor
  let lower: Actor
  const ids = { upper: '', lower: '' }

  beforeAll(async () => {
    house = await startHouse()
    await furnish(house)
    const { grace } = house.people
    await reviewLongTool(house, 'read')
    upper = makeRunner(house, 'planner')
    lower = makeRunner(house, 'runner')
    ids.upper = await prepare(house, upper)
    ids.lower = await prepare(house, lower, grace.id)
    for (const id of [ids.upper, ids.lower]) await approveIdentity(house, id)
    await letAct(house, 'planner', 'runner')
  })
  afterAll(async () => {
    await house.end(60)
  })

  async function startBelow(above = upper): Promise<{ end: Promise<'finished' | 'cut'>; close: () => Promise<void> }> {
    const parent = await openTask(house, above)
    const { task } = await above.agent.delegate(parent, {
      to: 'runner',
      goal: 'Build',
      scope: [run],
      ceiling: 'internal',
      budget: { callsMax: 1, writesMax: 0, bytesMax: 100_000 },
      lifeSeconds: 600,
    })
    const gateway = await connect(lower, await lower.agent.exchange(task.id, lower.agent.gatewayUrl('everything')))
    const { end } = await startLongCall(gateway)
    return { end, close: () => gateway.close().catch(() => undefined) }
  }

  /** Lin asks where policies loosen, Ada where they tighten; whoever did not ask says yes. */
  async function publish(by: 'ada' | 'lin', text: string): Promise<void> {
    const { people } = house
    const { approval } = await people[by].client.policies.publish([{ name: 'own.cedar', text }], { reason: 'Incident' })
    for (const voter of [by === 'ada' ? people.lin : people.ada, people.grace].slice(0, approval?.seats.length))
      await voter.client.approvals.vote(approval?.id ?? '', 'approve', 'It is right')
  }

  it('goes on while it would be permitted, though it has used up its budget itself', async () => {
    const { end, close } = await startBelow()
    expect(await endIn(judgedWithinMs, end)).toBe('open')
    await close()
  })

  const classify = (sensitivity: 'internal' | 'restricted') =>
    house.people.ada.client.catalogue.classifyResource({ pattern: 'jobs:*', sensitivity })
  const forbidding = (more = ''): string =>
    `@id("acme:closed")\n@sentence("Nothing is built today.")\nforbid (principal, action == Remit::Action::"read", resource)${more};\n`
  const masking = `@id("acme:masked")\n@sentence("No secret leaves a build.")
@obligation("{\\"type\\":\\"dev.remit/mask-result\\",\\"properties\\":{\\"members\\":[\\"secret\\"]}}")
permit (principal, action == Remit::Action::"read", resource);\n`
  const review = (more: Partial<Parameters<House['people']['ada']['client']['catalogue']['classifyTool']>[0]>) =>
    house.people.ada.client.catalogue.classifyTool({ ...longTool, actionClass: 'read', ...more })
  const WAYS: readonly (readonly [string, () => Promise<unknown>, () => Promise<unknown>])[] = [
    [
      'policies come into force that forbid it',
      () => publish('ada', forbidding()),
      () => publish('lin', forbidding(' when { resource.name == "jobs:none" }')),
    ],
    [
      'policies come into force that ask for something else of its result',
      () => publish('lin', masking),
      () => publish('lin', forbidding(' when { resource.name == "jobs:none" }')),
    ],
    [
      'an entitlement of the upper identity ends on which it rests',
      async () => {
        const { ada } = house.people
        const { entitlements } = await ada.client.identities.show(ids.upper)
        await ada.client.identities.endEntitlement(ids.upper, entitlements[0]?.id ?? '', 'Not needed')
      },
      async () => {
        const { ada } = house.people
        await ada.client.identities.suspend(ids.upper, 'It gets another')
        for (const entitlement of upper.entitlements) await ada.client.identities.entitle(ids.upper, entitlement)
        await approveIdentity(house, ids.upper)
      },
    ],
    [
      'the purpose of the task is narrowed',
      () => house.people.ada.client.catalogue.definePurpose({ ...summarise, classes: ['write'] }),
      () => house.people.ada.client.catalogue.definePurpose({ ...summarise, classes: ['read'] }),
    ],
    [
      'what it touches is classified as more sensitive than the task may touch',
      () => classify('restricted'),
      () => classify('internal'),
    ],
    ['its tool is reviewed as more than the purpose allows', () => review({ actionClass: 'deploy' }), () => review({})],
  ]
  it.each(WAYS)('ends soon after %s', async (_, takeBack, giveBack) => {
    const { end, close } = await startBelow()
    await takeBack()
    expect(await endIn(endsWithinMs, end)).toBe('cut')
    await close()
    await giveBack()
  })

  it('ends with a cutoff of what the upper identity proves itself by, which counts it', async () => {
    const { ada, sam } = house.people
    const scout = makeRunner(house, 'scout')
    const id = await prepare(house, scout)
    await approveIdentity(house, id)
    await letAct(house, 'scout', 'runner')
    const { end, close } = await startBelow(scout)
    const { bindings } = await ada.client.identities.show(id)
    const targetId = bindings[0]?.id ?? ''
    const { clock } = await sam.client.cutoffs.make({ target: 'binding', targetId, because: 'Its key leaked' })
    expect([clock.streamsEnded, await end]).toEqual([1, 'cut'])
    await close()
  })

  it('ends soon after the owner of the upper identity left, long before the sweep of a large estate comes to it', async () => {
    await enlargeEstate(house, ids.upper)
    const { ada, grace } = house.people
    const { end, close } = await startBelow()
    const deputy = await ada.client.people.add({ name: 'Deputy', email: 'd@example.org', roles: ['admin'] })
    await house.signIn(deputy.link)
    const left = await ada.client.people.leave(ada.id)
    expect(await endIn(endsWithinMs, end)).toBe('cut')
    expect(left.following).toBeGreaterThan(0)
    expect((await grace.client.identities.show(ids.upper)).identity.state).toBe('active')
    await close()
  })
})

/** Gives the owner of an identity many more, which come before it. */
async function enlargeEstate(house: House, id: string): Promise<void> {
  await house.stop()
  await house.whileStopped(async ({ store, log }) => {
    const like = await store.register.identity(id)
    if (like === undefined) throw new Error('the identity is gone')
    const enter = async (at: number): Promise<void> => {
      const more = { ...like, id: `idn_${String(at).padStart(26, '0')}`, name: `more-${at}` }
      const subject = { kind: 'identity', id: more.id } as const
      const entry = { kind: 'identity.drafted', actor: { kind: 'system', id: 'system' }, subject, data: {} } as const
      await log.record({ entry, changes: [insert('identities', more)] })
    }
    await Promise.all(Array.from({ length: ESTATE }, (_, at) => enter(at)))
  })
  await house.start()
}
