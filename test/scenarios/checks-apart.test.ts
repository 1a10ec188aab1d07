import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LIMITS } from '../../src/ground/limits.ts'
import { type House, startHouse } from '../house.ts'
import { codeOf } from './cast.ts'

let house: House

beforeAll(async () => {
  house = await startHouse()
})
afterAll(async () => void (await house.end()))

/** A set of many policies, another one for each name. */
const manyOf = (name: string) => [
  {
    name: 'many.cedar',
    text: Array.from(
      { length: 600 },
      (_, at) =>
        `@id("acme:${name}-${at}") @sentence("So.") forbid (principal is Remit::Identity, action, resource) when { principal.name == "${at}" };`,
    ).join('\n'),
  },
]
const TESTED = {
  name: 'many.test.json',
  text: '{ "cases": [{ "name": "somebody else", "action": "task", "expect": "permit" }] }',
}

const domainOfMany = [
  {
    name: 'many.cedar',
    text: Array.from(
      { length: 2_000 },
      (_, at) =>
        `@id("own:p${at}") permit (principal == User::"${at}", action, resource) when { resource.a == "${at}" };`,
    ).join('\n'),
  },
  {
    name: 'many.test.json',
    text: JSON.stringify({
      cases: [
        {
          name: 'a stranger',
          subject: { type: 'User', id: 'x' },
          action: { name: 'read' },
          resource: { type: 'Record', id: 'r' },
          expect: 'denial',
        },
      ],
    }),
  },
]

/** Asks something else of the house until this has ended; gives how often it was answered. */
async function answeredMeanwhile(doing: Promise<unknown>): Promise<number> {
  let [answers, isDone] = [0, false]
  const done = doing.finally(() => {
    isDone = true
  })
  while (!isDone) {
    const { status } = await house.fetch(`${house.url}/healthz`)
    if (!isDone && status === 200) answers += 1
  }
  await done
  return answers
}

describe('while somebody checks many policies', () => {
  it.each(['validate', 'test', 'diff'] as const)('others are answered: %s', async (how) => {
    const { policies } = house.people.lin.client
    expect(await answeredMeanwhile(policies[how]([...manyOf(how), TESTED]))).toBeGreaterThan(3)
  })

  it.each(['validate', 'test'] as const)('others are answered, where they are of a domain: %s', async (how) => {
    const { link } = await house.people.ada.client.people.add({
      name: 'Owner',
      email: `${how}@example.org`,
      roles: ['owner'],
    })
    const { client } = await house.signIn(link)
    expect(await answeredMeanwhile(client.domains[how]('records', domainOfMany))).toBeGreaterThan(3)
  })

  it('they check nothing more than so many at once, and others do', async () => {
    const { lin, grace } = house.people
    const ask = (who: typeof lin, name: string) => codeOf(who.client.policies.validate(manyOf(name)))
    const held = Array.from({ length: LIMITS.policyChecksPerPersonMax + 2 }, (_, at) => ask(lin, `held-${at}`))
    const codes = await Promise.all([...held, ask(grace, 'other')])
    expect(codes.at(-1)).toBe('answered')
    expect(codes.filter((code) => code === 'answered')).toHaveLength(LIMITS.policyChecksPerPersonMax + 1)
    expect(codes.filter((code) => code === 'rate_limited')).toHaveLength(2)
    expect(await ask(lin, 'later')).toBe('answered')
  })
})

/** A domain whose policies and entities are many, with a word of its own in it. */
const large = (word: string) => [
  {
    name: 'many.cedar',
    text: `@id("own:${word}") permit (principal == User::"ada", action, resource);\n${domainOfMany[0]?.text}`,
  },
  {
    name: 'entities.json',
    text: JSON.stringify(
      Array.from({ length: 3_000 }, (_, at) => ({
        uid: { type: 'User', id: `u${at}` },
        attrs: { at },
        parents: at === 0 ? [] : [{ type: 'User', id: `u${Math.floor(at / 2)}` }],
      })),
    ),
  },
]

describe('while a large domain comes into force', () => {
  const question = {
    subject: { type: 'User', id: 'ada' },
    action: { name: 'read' },
    resource: { type: 'Record', id: 'r' },
  }

  it('others are answered, by what decided before, until it decides', async () => {
    const { ada, grace, lin } = house.people
    const told: string[] = []
    const note = async <T>(what: string, doing: Promise<T>): Promise<T> => {
      const got = await doing
      told.push(what)
      return got
    }
    const ask = async () => {
      const { decision, context } = await lin.client.domains.of('large').evaluate(question)
      return { decision, rules: JSON.stringify(context) }
    }
    for (const word of ['first', 'second']) {
      const publishing = note(`published ${word}`, lin.client.domains.publish('large', large(word), { reason: word }))
      if (word === 'second') expect((await note('asked while it is published', ask())).decision).toBe(true)
      const { approval } = await publishing
      const id = approval?.id ?? expect.unreachable('it waits for nobody')
      await ada.client.approvals.vote(id, 'approve', 'It is known')
      const settling = note(`${word} decides`, grace.client.approvals.vote(id, 'approve', 'It is bounded'))
      if (word === 'second') {
        const before = await note('asked while it comes into force', ask())
        expect(before).toMatchObject({ decision: true, rules: expect.stringContaining('own:first') })
      }
      await settling
      expect(await ask()).toMatchObject({ decision: true, rules: expect.stringContaining(`own:${word}`) })
    }
    expect(told).toEqual([
      'published first',
      'first decides',
      'asked while it is published',
      'published second',
      'asked while it comes into force',
      'second decides',
    ])
  })

  it('and while the log is decided again by one that is brought along', async () => {
    const told: string[] = []
    const replaying = house.people.lin.client.domains
      .replay('large', { sinceMs: 0, files: large('third') })
      .finally(() => told.push('replayed'))
    await house.people.lin.client.domains.of('large').evaluate(question)
    told.push('asked')
    expect(await replaying).toMatchObject({ decisions: expect.any(Number) })
    expect(told).toEqual(['asked', 'replayed'])
  })

  it('and after a restart it decides as before', async () => {
    await house.stop()
    await house.start()
    const { decision, context } = await house.people.lin.client.domains.of('large').evaluate(question)
    expect([decision, JSON.stringify(context)]).toEqual([true, expect.stringContaining('own:second')])
  })
})
