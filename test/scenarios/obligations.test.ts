import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccessToken } from '../../sdk/agent.ts'
import { callTool, type Heard, verdictOn } from '../attacks/intruder.ts'
import { type House, startHouse } from '../house.ts'
import { type Actor, enter, furnish, makeSummariser, openTask, problemOf, register } from './cast.ts'

const folder = mkdtempSync(join(tmpdir(), 'remit-obligations-'))
const permit = (id: string, obligation: object, pattern: string): string => `
@id("org:${id}")
@sentence("What is called ${pattern} has an obligation.")
@obligation(${JSON.stringify(JSON.stringify(obligation))})
permit (principal, action == Remit::Action::"read", resource)
when { resource.name like "${pattern}" };
`
const mask = { type: 'dev.remit/mask-result', properties: { members: ['iban'] } }
const files = [
  permit('masks', mask, 'docs:public/customer*'),
  permit('limits', { type: 'dev.remit/limit-result', properties: { bytesMax: 300 } }, 'docs:public/large*'),
  permit('steps-up', { type: 'step-up', properties: { acr_value: 'phr' } }, 'docs:public/secret*'),
  permit('tells', { type: 'notification', properties: { to: 'watch', body: 'It was read.' } }, '*secret-plan*'),
].join('\n')

let house: House
let actor: Actor
let token: AccessToken

beforeAll(async () => {
  writeFileSync(join(folder, 'org.cedar'), files)
  house = await startHouse({ policiesDir: folder })
  await furnish(house)
  const open = (name: string, text: string): void => writeFileSync(join(house.documents, 'public', name), text)
  open('customer.json', JSON.stringify({ name: 'Ada', iban: 'DE02120300000000202051' }))
  open('customer.txt', 'Ada, DE02120300000000202051')
  open('large.txt', 'x'.repeat(500))
  open('large-not.txt', 'x')
  open('secret.txt', 'open sesame')
  actor = makeSummariser(house)
  await register(house, actor)
  const entered = await enter(actor, await openTask(house, actor))
  await entered.gateway.close()
  token = entered.token
})
afterAll(async () => {
  await house.end()
  rmSync(folder, { recursive: true, force: true })
})

const read = (path: string): Promise<Heard> =>
  callTool(house, token, JSON.stringify({ name: 'read_text_file', arguments: { path } }))
const entryIn = ({ json }: Heard): number => {
  const { 'dev.remit/permit': yes, 'dev.remit/denial': no } = json.result?._meta ?? {}
  const told = (yes ?? no) as { readonly entry?: number } | undefined
  return told?.entry ?? -1
}
const why = async (heard: Heard) => (await house.people.lin.client.entries.why(entryIn(heard))).explanation

describe('the gateway', () => {
  it('hides what the policy names, says so in the log, and why tells it', async () => {
    const heard = await read('public/customer.json')
    expect(verdictOn(heard)).toBe('permitted')
    expect(heard.text).toContain('Ada')
    expect(heard.text).toContain('[hidden by policy]')
    expect(heard.text).not.toContain('DE0212')
    const { facts, rules = [], sentences } = await why(heard)
    expect(facts).toMatchObject({ obligations: [{ id: 'org:masks', ...mask }] })
    expect(rules.map(({ rule }) => rule)).toContain('org:masks')
    expect(sentences.join('\n')).toContain(
      'It was permitted with an obligation of the type dev.remit/mask-result (org:masks)',
    )
  })

  it('hides whole what it cannot look through', async () => {
    const heard = await read('public/customer.txt')
    expect([verdictOn(heard), heard.text.includes('DE0212'), heard.text.includes('Ada')]).toEqual([
      'permitted',
      false,
      false,
    ])
  })

  it('holds a result to the bytes that the policy lets through', async () => {
    expect(verdictOn(await read('public/large.txt'))).toBe('result_too_large')
    expect(verdictOn(await read('public/large-not.txt'))).toBe('permitted')
  })

  it('makes a no of an obligation that it does not know', async () => {
    const heard = await read('public/secret.txt')
    expect(verdictOn(heard)).toBe('denied')
    expect(heard.text).not.toContain('sesame')
    expect((await why(heard)).rules).toMatchObject([{ rule: 'law:obligation' }])
  })

  it('lets through as it is what no policy lays one on', async () => {
    expect((await read('public/handbook.md')).text).not.toContain('[hidden by policy]')
  })
})

describe('another enforcement point', () => {
  const evaluate = (id: string, context: object = {}) =>
    actor.agent.access(token.taskId).evaluate({
      subject: { type: 'task', id: token.taskId },
      action: { name: 'docs/read_text_file' },
      resource: { type: 'docs', id },
      context,
    })

  it('is told what to do with a permit', async () => {
    expect(await evaluate('public/secret.txt')).toMatchObject({
      decision: true,
      context: { obligations: [{ id: 'org:steps-up', type: 'step-up', properties: { acr_value: 'phr' } }] },
    })
    expect((await evaluate('public/handbook.md')).context.obligations).toBeUndefined()
  })

  it('is told no where it says that it cannot do it', async () => {
    const able = { supported_obligations: ['step-up'] }
    expect(await evaluate('public/secret.txt', able)).toMatchObject({ decision: true })
    expect(await evaluate('public/customer.json', able)).toMatchObject({
      decision: false,
      context: { reasons: [{ rule: 'law:obligation' }] },
    })
  })

  it('is asked for what it can do all the same, where the permit is refused for what it cannot', async () => {
    const answer = await evaluate('public/secret-plan.txt', { supported_obligations: ['notification', 'dance'] })
    expect(answer).toMatchObject({
      decision: false,
      context: {
        reasons: [{ rule: 'law:obligation' }],
        obligations: [{ id: 'org:tells', type: 'notification', properties: { to: 'watch', body: 'It was read.' } }],
      },
    })
    const { explanation } = await house.people.lin.client.entries.why(answer.context.entry)
    const told = explanation.sentences.join('\n')
    expect(told).toContain('It was denied with an obligation of the type notification (org:tells)')
    expect(told).not.toContain('step-up (org:steps-up)')
    const none = await evaluate('public/secret-plan.txt', { supported_obligations: [] })
    expect([none.decision, none.context.obligations]).toEqual([false, undefined])
    expect((await evaluate('public/secret-plan.txt')).context.obligations).toHaveLength(2)
  })

  it.each(['step-up', null, { 0: 'step-up' }, ['step-up', 7]])(
    'is not taken for one that can do everything where it says what it can as %j',
    async (said) => {
      const around = { supported_obligations: said }
      expect(await problemOf(evaluate('public/secret.txt', around))).toMatchObject({
        code: 'request_invalid',
        detail: expect.stringContaining('supported_obligations'),
      })
    },
  )

  it('is told by a search what each result asks for, and not of what it cannot carry out', async () => {
    const { ada } = house.people
    for (const name of ['secret-plan.txt', 'handbook.md'])
      await ada.client.catalogue.classifyResource({ pattern: `docs:public/${name}`, sensitivity: 'public' })
    const search = async (context: object) =>
      (
        await ada.client.evaluation.searchResources({
          subject: { type: 'task', id: token.taskId },
          action: { name: 'docs/read_text_file' },
          resource: { type: 'docs' },
          context,
        })
      ).results.map(({ id, obligations = [] }) => [id, obligations.map((each) => each.id)])
    expect(await search({})).toEqual([
      ['public/handbook.md', []],
      ['public/secret-plan.txt', ['org:steps-up', 'org:tells']],
    ])
    expect(await search({ supported_obligations: ['notification'] })).toEqual([['public/handbook.md', []]])
  })

  it('reads in the metadata which there can be', async () => {
    const answer = await house.fetch(`${house.url}/.well-known/authzen-configuration`)
    expect(((await answer.json()) as { supported_obligations: string[] }).supported_obligations).toEqual([
      'step-up',
      'notification',
      'session_termination',
      'custom',
      'dev.remit/mask-result',
      'dev.remit/limit-result',
    ])
  })
})

describe('a replay', () => {
  it('comes to the same obligations, and tells where others would be laid', async () => {
    const { policies } = house.people.ada.client
    const same = await policies.replay({ files: [{ name: 'org.cedar', text: files }], sinceMs: 0 })
    expect(same.differences).toEqual([])
    const less = files.replace('\\"iban\\"', '\\"bic\\"')
    expect(less).not.toBe(files)
    const other = await policies.replay({ files: [{ name: 'org.cedar', text: less }], sinceMs: 0 })
    expect(other.differences.map(({ before, after }) => [before, after])).toContainEqual([
      'permit',
      'permit with other obligations',
    ])
  })
})
