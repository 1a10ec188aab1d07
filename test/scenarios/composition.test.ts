import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readEnvironment } from '../../cli/environment.ts'
import { runCommandLine } from '../../cli/main.ts'
import { type Agent, createAgent } from '../../sdk/agent.ts'
import type { IdentityChanged } from '../../sdk/answers.ts'
import type { Approval, Composition } from '../../sdk/nouns.ts'
import { type House, startHouse } from '../house.ts'
import { json, post } from '../http/bad-request.ts'
import { sendRaw } from '../http/raw.ts'
import { type Actor, codeOf, furnish, makeSummariser, openTask, prepare, problemOf } from './cast.ts'

const digest = (digit: string): string => digit.repeat(64)
const approved: Composition = { model: 'm-1', promptDigest: digest('a'), toolsDigest: digest('b') }
const changed: Composition = { ...approved, promptDigest: digest('c') }

describe('an identity that was approved with what it is made of', () => {
  let house: House
  let actor: Actor
  let id: string
  let submitted: IdentityChanged & { readonly approval: Approval }

  const running = (composition?: Composition): Agent => {
    const made = composition === undefined ? {} : { composition }
    return createAgent({ baseUrl: house.url, assertion: actor.assertion, fetch: house.fetch, ...made })
  }
  const open = (composition: Composition): Promise<string> => openTask(house, { ...actor, agent: running(composition) })
  const exchange = async (agent: Agent, taskOf: Composition): Promise<string> =>
    codeOf(agent.exchange(await open(taskOf), agent.gatewayUrl('docs')))
  const approve = async (approvalId: string): Promise<string> =>
    codeOf(house.people.grace.client.approvals.vote(approvalId, 'approve', 'It is known'))

  beforeAll(async () => {
    house = await startHouse()
    await furnish(house)
    actor = makeSummariser(house)
    id = await prepare(house, actor)
    submitted = await house.people.ada.client.identities.submit(id, approved)
    await approve(submitted.approval.id)
  })
  afterAll(() => house.end())

  it('shows it to those who approve, and says it in the log', async () => {
    expect(submitted.approval.asked['composition']).toEqual(approved)
    const { entry } = await house.people.lin.client.entries.show(submitted.entry)
    expect(entry.data['composition']).toEqual(approved)
  })

  it('gets tasks and tokens where just that runs', async () => {
    expect(await exchange(running(approved), approved)).toBe('answered')
  })

  it.each([
    ['another prompt', changed, 'by its prompt.'],
    ['another model', { ...approved, model: 'm-2' }, 'by its model.'],
    ['other tools', { ...approved, toolsDigest: digest('e') }, 'by its tools.'],
    ['what does not say', undefined, 'its workload does not say what runs.'],
  ])('gets none where it is %s, which is on record', async (_, composition, said) => {
    const agent = running(composition)
    for (const refused of [
      await problemOf(agent.openTask(actor.task)),
      await problemOf(agent.exchange(await open(approved), agent.gatewayUrl('docs'))),
    ]) {
      expect(refused).toMatchObject({ code: 'composition_changed' })
      const { entry } = await house.people.lin.client.entries.show(refused?.entry ?? -1)
      expect(entry).toMatchObject({ kind: 'decision.denial', data: { reasons: [{ rule: 'law:composition' }] } })
      expect(JSON.stringify(entry.data['reasons'])).toContain(said)
      expect((entry.data['asked'] as { readonly composition?: unknown }).composition).toEqual(composition)
    }
  })

  it('takes another one only by another approval, by somebody who did not ask', async () => {
    const { ada } = house.people
    expect(await codeOf(ada.client.identities.submit(id, changed))).toBe('transition_invalid')
    expect(await exchange(running(changed), approved)).toBe('composition_changed')
    await ada.client.identities.suspend(id, 'another prompt')
    await ada.client.identities.submit(id, changed)
    const { approvals, identity } = await ada.client.identities.show(id)
    expect(identity).toMatchObject({ state: 'pending', composition: changed })
    const pending = approvals.find(({ state }) => state === 'pending')
    expect(await codeOf(running(changed).openTask(actor.task))).toBe('identity_inactive')
    expect(await codeOf(ada.client.approvals.vote(pending?.id ?? '', 'approve', 'mine'))).not.toBe('answered')
    expect(await approve(pending?.id ?? '')).toBe('answered')
    expect(await exchange(running(changed), changed)).toBe('answered')
    expect(await exchange(running(approved), changed)).toBe('composition_changed')
  })

  it('is declared by a command, which sends the digests of files and shows them', async () => {
    const { ada } = house.people
    const said: string[] = []
    const say = (text: string): void => void said.push(text)
    const terminal = { print: say, warn: say, paint: (_: string, text: string) => text, columns: 200 }
    const environment = readEnvironment({ REMIT_URL: house.url, REMIT_SESSION: ada.session })
    const run = (...words: readonly string[]): Promise<number> => runCommandLine(words, environment, terminal)
    const submit = (...words: readonly string[]): Promise<number> => run('identity', 'submit', actor.name, ...words)
    const made = async () => (await ada.client.identities.show(id)).identity.composition
    const prompt = join(house.documents, 'prompt.txt')
    writeFileSync(prompt, 'Be kind.\n')
    await ada.client.identities.suspend(id, 'a prompt of a file')
    for (const wrong of [
      ['--prompt', prompt],
      ['--any-composition', '--model', 'm-3'],
      ['--any-composition', '--tools', digest('b')],
      ['--model', 'm-3', '--prompt', `${prompt}.gone`],
    ])
      expect(await submit(...wrong)).toBe(2)
    expect(await submit('--model', 'm-3', '--prompt', prompt)).toBe(0)
    const promptDigest = createHash('sha256').update('Be kind.\n').digest('hex')
    expect(await made()).toEqual({ model: 'm-3', promptDigest, toolsDigest: null })
    expect(await run('identity', 'show', actor.name)).toBe(0)
    expect(said.join('\n')).toContain(`m-3, prompt ${promptDigest}, any tools`)
    await ada.client.identities.sendBack(id, 'not so')
    expect(await submit()).toBe(0)
    expect(await made()).toEqual({ model: 'm-3', promptDigest, toolsDigest: null })
    await ada.client.identities.sendBack(id, 'it changes every day')
    expect(await submit('--any-composition')).toBe(0)
    expect(await made()).toBeUndefined()
    const pending = (await ada.client.identities.show(id)).approvals.find(({ state }) => state === 'pending')
    expect(pending?.asked['composition']).toBeNull()
    expect(await approve(pending?.id ?? '')).toBe('answered')
    expect(await exchange(running(), changed)).toBe('answered')
  })

  it.each([
    ['no model', { promptDigest: null }],
    ['a digest that is too short', { ...approved, promptDigest: 'a'.repeat(63) }],
    ['a digest in capital letters', { ...approved, promptDigest: 'A'.repeat(64) }],
    ['a digest by a number', { ...approved, toolsDigest: 1 }],
    ['a member named constructor', { ...approved, constructor: {} }],
    ['no object', 'm'],
    ['a member too many', { ...approved, seed: 1 }],
    ['a model without end', { ...approved, model: 'm'.repeat(10_000) }],
    ['a digest with a line break', { ...approved, toolsDigest: `${digest('a')}\n` }],
  ])('is refused with %s, in a submission and in a request for a task or a token', async (_, composition) => {
    const headers = { ...json, authorization: `Bearer ${house.people.ada.session}` }
    const answer = await sendRaw(house.url, { ...post(`/api/v1/identities/${id}/submit`, { composition }), headers })
    expect(answer).toMatchObject({ status: 400, json: { code: 'request_invalid' } })
    const agent = running(composition as Composition)
    expect(await codeOf(agent.openTask(actor.task))).toBe('request_invalid')
    expect(await codeOf(agent.exchange('tsk_none', agent.gatewayUrl('docs')))).toBe('details_invalid')
  })
})
