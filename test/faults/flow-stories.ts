import { expect } from 'vitest'
import type { Scope } from '../../src/contract/scope.ts'
import { classifyResourceBy } from '../../src/flow/catalogue/define-catalogue.ts'
import { refuseStranger } from '../../src/flow/catalogue/discover.ts'
import { cutOff } from '../../src/flow/cut-off.ts'
import { evaluate } from '../../src/flow/evaluate.ts'
import type { House } from '../../src/flow/house.ts'
import { adoptByPerson } from '../../src/flow/identity/adopt-identity.ts'
import { rehearseByPerson } from '../../src/flow/identity/rehearse-identity.ts'
import { submitByPerson } from '../../src/flow/identity/submit-identity.ts'
import { leaveBy } from '../../src/flow/people/leave.ts'
import { reportOutcome } from '../../src/flow/report-outcome.ts'
import { delegateTask } from '../../src/flow/task/delegate-task.ts'
import { endTaskTree } from '../../src/flow/task/end-task.ts'
import { openTask } from '../../src/flow/task/open-task.ts'
import { isError } from '../../src/ground/errors.ts'
import {
  agent,
  approve,
  type Cast,
  entitle,
  exchange,
  letAct,
  noted,
  person,
  publicUrl,
  register,
  scopeOf,
  taskOf,
  workload,
} from './flow-cast.ts'

/** One thing that somebody does. Done again after a fault, it may find that it was done: then it says one of `done`. */
export interface Step {
  readonly name: string
  readonly done?: readonly string[]
  readonly run: (house: House, cast: Cast) => Promise<unknown>
}

/** A few steps that end in the same state, whatever goes wrong on the way. */
export interface Story {
  readonly name: string
  readonly before: (house: House, cast: Cast) => Promise<void>
  readonly steps: readonly Step[]
  readonly ends: (house: House, cast: Cast) => Promise<void>
}

const reader = { actionClass: 'read', reach: 'team', owner: 'ada' } as const

const stateOf = async (house: House, cast: Cast, name: string): Promise<string | undefined> =>
  (await house.register.identity(noted(cast, name)))?.state
const taskStateOf = async (house: House, cast: Cast, name: string): Promise<string | undefined> =>
  (await house.register.task(noted(cast, name)))?.state

/** Opens a task and notes it, or notes the one that is there: who died after it was written asks what it has. */
const opens = (
  name: string,
  task: string,
  actionClass: 'read' | 'deploy' = 'read',
  scope: Scope = scopeOf(actionClass),
): Step => ({
  name: `${name} opens ${task}`,
  run: async (house, cast) => {
    const known = await house.register.tasks({ identityId: noted(cast, name) }, { limit: 100 })
    const found = known.find((row) => row.goal === task)
    const id =
      found?.id ??
      (await openTask(house, await workload(house, cast, name), { ...taskOf(task, actionClass), scope })).task.id
    cast.notes.set(task, id)
  },
})
const exchanges = (name: string, task: string): Step => ({
  name: `${name} exchanges for a token of ${task}`,
  run: (house, cast) => exchange(house, cast, name, task),
})
const delegates = (from: string, to: string, task: string): Step => ({
  name: `${from} is handed on as ${task}`,
  run: async (house, cast) => {
    const known = await house.register.tasks({ identityId: noted(cast, to) }, { limit: 100 })
    const { purpose: _purpose, ticket: _ticket, ...terms } = taskOf(task)
    const request = { ...terms, to, lifeSeconds: 60 }
    const found = known.find((row) => row.goal === task)
    const id =
      found?.id ?? (await delegateTask(house, await agent(house, cast, from), noted(cast, from), request)).task.id
    cast.notes.set(task, id)
  },
})
const completes = (task: string): Step => ({
  name: `${task} is completed`,
  done: ['task_not_active'],
  run: (house, cast) =>
    endTaskTree(house, noted(cast, task), {
      end: 'completed',
      because: 'done',
      actor: { kind: 'identity', id: 'idn_test' },
    }),
})

async function run(house: House, cast: Cast, steps: readonly Step[]): Promise<void> {
  for (const step of steps) await step.run(house, cast)
}

/** Two identities, of which the first has a task that it has handed on to the second; both hold tokens. */
export async function layOutChain(house: House, cast: Cast): Promise<void> {
  await register(house, cast, 'reader', reader)
  await register(house, cast, 'helper', reader)
  await letAct(house, cast, 'reader', 'helper')
  await run(house, cast, [
    opens('reader', 'whole'),
    exchanges('reader', 'whole'),
    delegates('whole', 'helper', 'part'),
    exchanges('helper', 'part'),
    opens('reader', 'other'),
  ])
}

const askable = [{ action: 'read', resource: 'domain:remit' }]
const report = async (house: House, cast: Cast): Promise<number> =>
  reportOutcome(house, await agent(house, cast, 'standing'), {
    entry: Number(noted(cast, 'permit')),
    end: 'completed',
    resultBytes: 10,
  })

/** An enforcement point with a token, whose questions count, and a task that it may ask about. */
async function layOutPoint(house: House, cast: Cast): Promise<void> {
  const ada = await person(house, cast, 'ada')
  for (const pattern of ['docs:*', 'domain:*'])
    await classifyResourceBy(house, ada, { pattern, sensitivity: 'internal' })
  await register(house, cast, 'reader', reader)
  await register(house, cast, 'point', { ...reader, asks: { scope: askable, counts: scopeOf('read') } })
  await run(house, cast, [
    opens('reader', 'whole'),
    opens('point', 'standing', 'read', askable),
    exchanges('point', 'standing'),
  ])
}

async function expectRefused(house: House, cast: Cast, task: string, code: RegExp): Promise<void> {
  await expect(agent(house, cast, task)).rejects.toMatchObject({ code: expect.stringMatching(code) })
}

export const STORIES: readonly Story[] = [
  {
    name: 'an unknown workload is seen, adopted and approved',
    before: async () => undefined,
    steps: [
      {
        name: 'it is seen',
        run: async (house, cast) => {
          const jwt = await cast.issuer.mint({ sub: 'workload:found', aud: publicUrl })
          const found = await house.authenticate.byAssertion(jwt)
          if (found.kind === 'workload') return
          await refuseStranger(house, found).catch((error: unknown) => {
            if (!isError(error, 'identity_unknown')) throw error
          })
        },
      },
      {
        name: 'Ada adopts it',
        done: ['transition_invalid'],
        run: async (house, cast) => {
          const [binding] = await house.register.bindingsFor(cast.issuer.url, ['workload:found'])
          cast.notes.set('found', binding?.identityId ?? '')
          await adoptByPerson(house, await person(house, cast, 'ada'), noted(cast, 'found'), {
            name: 'found',
            kind: 'agent',
            runtime: 'own',
            vendor: null,
            owner: noted(cast, 'ada'),
            sponsor: noted(cast, 'grace'),
            purpose: 'work',
            autonomy: 'bounded',
            reach: 'team',
          })
        },
      },
      { name: 'Ada entitles it', run: (house, cast) => entitle(house, cast, noted(cast, 'found'), 'read') },
      {
        name: 'Ada rehearses',
        run: async (house, cast) => rehearseByPerson(house, await person(house, cast, 'ada'), noted(cast, 'found')),
      },
      {
        name: 'Ada submits it',
        done: ['transition_invalid'],
        run: async (house, cast) =>
          submitByPerson(house, await person(house, cast, 'ada'), noted(cast, 'found'), undefined),
      },
      { name: 'Grace approves', run: (house, cast) => approve(house, cast, noted(cast, 'found'), ['grace']) },
    ],
    ends: async (house, cast) => {
      const id = noted(cast, 'found')
      expect(await house.register.identity(id)).toMatchObject({ state: 'active', name: 'found', tier: 'T1' })
      expect((await house.register.entitlementsOf(id)).map((row) => row.state)).toEqual(['granted'])
      expect((await house.register.approvalsAbout(id)).map((row) => row.state)).toEqual(['used'])
    },
  },
  {
    name: 'a workload opens a task, exchanges, acts and completes',
    before: async (house, cast) => void (await register(house, cast, 'reader', reader)),
    steps: [
      opens('reader', 'whole'),
      exchanges('reader', 'whole'),
      {
        name: 'it asks whether it may',
        run: async (house, cast) => {
          const { fact } = await evaluate(house, await agent(house, cast, 'whole'), {
            subject: { type: 'task', id: noted(cast, 'whole'), properties: {} },
            action: { name: 'read', properties: {} },
            resource: { type: 'docs', id: 'x', properties: {} },
            context: {},
          })
          expect(fact.entry.kind).toMatch(/^decision\./)
        },
      },
      completes('whole'),
    ],
    ends: async (house, cast) => {
      expect(await taskStateOf(house, cast, 'whole')).toBe('completed')
      await expectRefused(house, cast, 'whole', /^(token_revoked|task_not_active)$/)
    },
  },
  {
    name: 'an enforcement point is permitted an act that counts, and says how it ended',
    before: layOutPoint,
    steps: [
      {
        name: 'it asks',
        run: async (house, cast) => {
          const { fact, index } = await evaluate(house, await agent(house, cast, 'standing'), {
            subject: { type: 'task', id: noted(cast, 'whole'), properties: {} },
            action: { name: 'read', properties: {} },
            resource: { type: 'docs', id: 'x', properties: {} },
            context: {},
          })
          expect(fact).toMatchObject({ outcome: 'permit', entry: { data: { counts: true } } })
          cast.notes.set('permit', String(index))
        },
      },
      { name: 'it says that it is done', done: ['outcome_known'], run: report },
    ],
    ends: async (house, cast) => {
      const told = await house.log.entriesBetween(0, house.log.head().size)
      const reports = told.filter(({ entry }) => entry.kind === 'act.reported')
      expect(reports.map(({ entry }) => entry.answers)).toEqual([Number(noted(cast, 'permit'))])
    },
  },
  {
    name: 'a grave task waits for a person, who approves it',
    before: async (house, cast) =>
      void (await register(house, cast, 'deployer', { actionClass: 'deploy', reach: 'production', owner: 'ada' })),
    steps: [
      opens('deployer', 'release', 'deploy'),
      { name: 'Lin approves', run: (house, cast) => approve(house, cast, noted(cast, 'release'), ['lin', 'grace']) },
      exchanges('deployer', 'release'),
    ],
    ends: async (house, cast) => {
      expect(await taskStateOf(house, cast, 'release')).toBe('active')
      expect((await house.register.approvalsAbout(noted(cast, 'release'))).map((row) => row.state)).toEqual(['used'])
      expect((await agent(house, cast, 'release')).task.scope).toEqual(scopeOf('deploy'))
    },
  },
  {
    name: 'a task is handed on, and both end with the first',
    before: layOutChain,
    steps: [completes('whole')],
    ends: async (house, cast) => {
      expect(await taskStateOf(house, cast, 'whole')).toBe('completed')
      expect(await taskStateOf(house, cast, 'part')).toMatch(/^(completed|revoked)$/)
      expect(await taskStateOf(house, cast, 'other')).toBe('active')
      for (const task of ['whole', 'part']) await expectRefused(house, cast, task, /^(token_revoked|task_not_active)$/)
    },
  },
  {
    name: 'an identity is cut off',
    before: layOutChain,
    steps: [
      {
        name: 'Sam cuts it off',
        run: async (house, cast) =>
          cutOff(house, await person(house, cast, 'sam'), {
            target: 'identity',
            targetId: noted(cast, 'reader'),
            because: 'stolen',
          }),
      },
    ],
    ends: async (house, cast) => {
      expect([await stateOf(house, cast, 'reader'), await stateOf(house, cast, 'helper')]).toEqual([
        'suspended',
        'active',
      ])
      for (const task of ['whole', 'part', 'other']) expect(await taskStateOf(house, cast, task)).toBe('revoked')
      for (const task of ['whole', 'part']) await expectRefused(house, cast, task, /^(token_revoked|cut_off)$/)
    },
  },
  {
    name: 'an owner leaves',
    before: async (house, cast) => {
      await layOutChain(house, cast)
      await register(house, cast, 'orphan', { ...reader, owner: 'grace' })
      await register(house, cast, 'second-orphan', { ...reader, owner: 'grace' })
      await run(house, cast, [opens('orphan', 'lost'), exchanges('orphan', 'lost')])
    },
    steps: [
      {
        name: 'Grace leaves',
        run: async (house, cast) => leaveBy(house, await person(house, cast, 'ada'), noted(cast, 'grace')),
      },
    ],
    ends: async (house, cast) => {
      for (const name of ['orphan', 'second-orphan']) expect(await stateOf(house, cast, name)).toBe('suspended')
      for (const name of ['reader', 'helper']) expect(await stateOf(house, cast, name)).toBe('active')
      expect(await taskStateOf(house, cast, 'lost')).toBe('revoked')
      expect(await taskStateOf(house, cast, 'whole')).toBe('active')
      await expect(person(house, cast, 'grace')).rejects.toMatchObject({ code: 'session_invalid' })
    },
  },
]
