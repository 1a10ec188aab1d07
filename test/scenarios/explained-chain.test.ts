import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Explanation } from '../../src/prove/explanation.ts'
import { type House, startHouse } from '../house.ts'
import {
  type Actor,
  enter,
  furnish,
  letAct,
  makeReleaser,
  makeSummariser,
  openTask,
  readingPart,
  register,
} from './cast.ts'

let house: House
let releaser: Actor
let summariser: Actor

beforeAll(async () => {
  house = await startHouse()
  await furnish(house)
  releaser = await makeReleaser(house)
  summariser = makeSummariser(house)
  await register(house, releaser)
  await register(house, summariser)
  await letAct(house, 'release-agent', 'docs-summariser')
})
afterAll(async () => {
  await house.end(40)
})

it('a no by a law for want of what a task above has used is explained by the bounds of each task of the chain', async () => {
  const parent = await openTask(house, releaser, {
    scope: releaser.task.scope.slice(0, 1),
    budget: { ...releaser.task.budget, callsMax: 2 },
  })
  const { task } = await releaser.agent.delegate(parent, {
    ...readingPart,
    budget: { ...readingPart.budget, callsMax: 2 },
  })
  const [above, below] = [await enter(releaser, parent), await enter(summariser, task.id)]
  const read = { path: `${house.documents}/internal/plans.md` }
  for (let calls = 0; calls < 2; calls += 1)
    expect(await above.gateway.call('read_text_file', read)).toMatchObject({ isPermitted: true })
  const denied = await below.gateway.call('read_text_file', read)
  expect(denied).toMatchObject({ isPermitted: false, code: 'budget_exceeded' })
  const { chain, sentences } = (await house.people.lin.client.entries.why(denied.entry))
    .explanation as unknown as Explanation
  const calls = chain.map(({ stand }) => stand?.budget.find(({ what }) => what === 'calls'))
  expect(calls).toEqual([
    { what: 'calls', before: 2, after: 2, max: 2 },
    { what: 'calls', before: 0, after: 0, max: 2 },
  ])
  expect(sentences.filter((each) => each.startsWith('The bounds of')).map((each) => each.split(' ')[3])).toEqual([
    'release-agent',
    'docs-summariser',
  ])
  await Promise.all([above.gateway.close(), below.gateway.close()])
})
