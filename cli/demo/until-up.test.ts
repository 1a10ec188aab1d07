import { expect, it } from 'vitest'
import { RemitProblem } from '../../sdk/problem.ts'
import { askUntilUp } from './until-up.ts'

const late = new RemitProblem('upstream_unavailable', 503, { detail: 'docs does not answer.' })

async function askOf(answers: readonly (string | Error)[]): Promise<{ heard: unknown; asked: number }> {
  let asked = 0
  const ask = async (): Promise<string> => {
    const answer = answers[asked++]
    if (typeof answer === 'string') return answer
    throw answer ?? late
  }
  return { heard: await askUntilUp(ask).catch((error: unknown) => error), asked }
}

it('asks again until the server is up', async () => {
  expect(await askOf([late, late, 'up'])).toEqual({ heard: 'up', asked: 3 })
})

it('gives up on one that never comes up', async () => {
  expect(await askOf([])).toEqual({ heard: late, asked: 12 })
})

it('asks once where the answer is no', async () => {
  const no = new RemitProblem('role_missing', 403, { detail: 'Only an administrator may.' })
  expect(await askOf([no, 'up'])).toEqual({ heard: no, asked: 1 })
})
