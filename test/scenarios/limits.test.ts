import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Gateway } from '../../cli/demo/gateway.ts'
import { type House, startHouse } from '../house.ts'
import { json, post } from '../http/bad-request.ts'
import { sendRaw } from '../http/raw.ts'
import { codeOf, enter, furnish, makeSummariser, openTask, register, verdictOf } from './cast.ts'

const few = { name: 'few', of: 'docs/read_text_file', per: 'identity', callsMax: 3, windowSeconds: 3_600 } as const

describe('a limit that people keep', () => {
  let house: House
  let gateway: Gateway
  beforeAll(async () => {
    house = await startHouse()
    await furnish(house)
    const actor = makeSummariser(house)
    await register(house, actor)
    gateway = (await enter(actor, await openTask(house, actor))).gateway
  })
  afterAll(async () => {
    await gateway.close()
    await house.end()
  })

  const read = async (): Promise<string> =>
    verdictOf(await gateway.call('read_text_file', { path: join(house.documents, 'public', 'handbook.md') }))

  it('is set by administrators only, and listed for everybody', async () => {
    const { ada, lin } = house.people
    expect(await codeOf(lin.client.catalogue.setLimit({ ...few, state: 'active' }))).toBe('role_missing')
    const set = await ada.client.catalogue.setLimit({ ...few, state: 'active' })
    expect((await lin.client.catalogue.limits()).limits).toMatchObject([{ ...few, state: 'active', entry: set.entry }])
    const { entry } = await lin.client.entries.show(set.entry)
    expect(entry).toMatchObject({ kind: 'limit.set', subject: { kind: 'limit', id: 'few' }, data: { callsMax: 3 } })
  })

  it('that names what is not behind the gateway, or not reviewed, is said to, as it would count nothing', async () => {
    const { catalogue } = house.people.ada.client
    const cautionsOf = async (of: string, state: 'active' | 'ended' = 'active') =>
      (await catalogue.setLimit({ ...few, name: 'odd', of, state })).cautions
    expect(await cautionsOf('dcos/read_text_file')).toEqual([expect.stringContaining('There is no server dcos')])
    expect(await cautionsOf('docs/raed_text_file')).toEqual([expect.stringContaining('offers no tool that docs/raed')])
    expect(await cautionsOf('docs/raed*')).toEqual([expect.stringContaining('offers no tool that docs/raed*')])
    expect(await cautionsOf('docs/edit_file')).toEqual([expect.stringContaining('is not reviewed')])
    for (const named of ['docs/*', 'read', '*', 'docs/read_text_file']) expect(await cautionsOf(named)).toEqual([])
    expect(await cautionsOf('dcos/*', 'ended')).toEqual([])
  })

  it('lets so many through, however many come at once', async () => {
    const verdicts = await Promise.all(Array.from({ length: 12 }, read))
    expect(verdicts.filter((verdict) => verdict === 'permitted')).toHaveLength(3)
    expect(verdicts.filter((verdict) => verdict === 'rate_limited')).toHaveLength(9)
  })

  it('that has ended holds nobody', async () => {
    await house.people.ada.client.catalogue.setLimit({ ...few, state: 'ended' })
    expect(await read()).toBe('permitted')
  })

  it.each([
    ['no name', { name: undefined }],
    ['a name of other letters', { name: 'wenige Fälle' }],
    ['a name that every object has', { name: '__proto__' }],
    ['a name with what joins keys', { name: 'a/b' }],
    ['no pattern', { of: '' }],
    ['a word that is neither a tool nor a class', { of: 'writes' }],
    ['a pattern with a star inside', { of: 'docs/*/x' }],
    ['whom nobody knows', { per: 'constructor' }],
    ['less than none', { callsMax: -1 }],
    ['a part of a call', { callsMax: 0.5 }],
    ['calls as text', { callsMax: '3' }],
    ['more calls than there are', { callsMax: 2 ** 53 }],
    ['no window', { windowSeconds: 0 }],
    ['a window without end', { windowSeconds: 1e300 }],
    ['a window of null', { windowSeconds: null }],
    ['a member too many', { because: 'x' }],
  ])('is refused where it is not well said: %s', async (_, wrong) => {
    const headers = { ...json, authorization: `Bearer ${house.people.ada.session}` }
    const answer = await sendRaw(house.url, { ...post('/api/v1/limits', { ...few, ...wrong }), headers })
    expect(answer).toMatchObject({ status: 400, json: { code: 'request_invalid' } })
  })
})
