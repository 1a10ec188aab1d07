import { afterAll, beforeAll, expect, it } from 'vitest'
import type { AccessToken } from '../../sdk/agent.ts'
import { LIMITS } from '../../src/ground/limits.ts'
import { type House, startHouse } from '../house.ts'
import { type Actor, furnish, makeSummariser, openTask, register } from '../scenarios/cast.ts'
import { callTool } from './intruder.ts'

let house: House
let actor: Actor

beforeAll(async () => {
  house = await startHouse({ limits: { requestsPerSecond: 100_000 } })
  await furnish(house)
  const plain = makeSummariser(house, 'reads-on-request')
  actor = { ...plain, entitlements: plain.entitlements.map((row) => ({ ...row, approval: 'each-call' })) }
  await register(house, actor)
})
afterAll(async () => void (await house.end(200)))

const budget = { callsMax: 1_000, writesMax: 0, bytesMax: 10_000_000 }
const enter = async (): Promise<AccessToken> =>
  await actor.agent.exchange(await openTask(house, actor, { budget }), actor.agent.gatewayUrl('docs'))
const ask = async (token: AccessToken, head: number): Promise<string> => {
  const call = { name: 'read_text_file', arguments: { path: 'public/handbook.md', head } }
  const { json, text, status } = await callTool(house, token, JSON.stringify(call))
  const sentence = json.result?._meta?.['dev.remit/denial']?.ask?.sentence
  return typeof sentence === 'string' && sentence.startsWith('A person with the role approver')
    ? 'put'
    : String(sentence ?? `${status} ${text}`)
}

it('of two hundred questions that an identity puts at once, in many tasks, a hundred wait for people', {
  timeout: 120_000,
}, async () => {
  const tokens = await Promise.all(Array.from({ length: 20 }, enter))
  const answers: string[] = []
  let begun = 0
  // as many as a server takes of one identity at a time
  const work = async (): Promise<void> => {
    for (; begun < 2 * LIMITS.pendingPerAskerMax; ) {
      const at = begun++
      answers.push(await ask(tokens[at % tokens.length] as AccessToken, 1 + Math.floor(at / tokens.length)))
    }
  }
  await Promise.all(Array.from({ length: LIMITS.streamsPerIdentityMax }, work))
  expect(answers.filter((answer) => answer === 'put')).toHaveLength(LIMITS.pendingPerAskerMax)
  expect(new Set(answers)).toEqual(
    new Set([
      'put',
      '100 questions that were put for this identity are open in its tasks; wait until they are answered.',
    ]),
  )
  const { approvals } = await house.people.lin.client.approvals.list({ state: 'pending', limit: 200 })
  expect(approvals).toHaveLength(LIMITS.pendingPerAskerMax)
})
