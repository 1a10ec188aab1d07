import { symlinkSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccessToken } from '../../sdk/agent.ts'
import { classifyTool } from '../../src/register/catalogue.ts'
import { type House, startHouse } from '../house.ts'
import { sendRaw } from '../http/raw.ts'
import { type Actor, codeOf, enter, furnish, makeSummariser, openTask, register } from '../scenarios/cast.ts'
import { callTool, type Heard, verdictOn } from './intruder.ts'

let house: House
let actor: Actor
let token: AccessToken

const review = {
  server: 'docs',
  tool: 'read_text_file',
  actionClass: 'read',
  resourceArgument: 'path',
  resourceKind: 'path',
  resourcePrefix: 'docs:',
  resultIntegrity: 'trusted',
} as const

beforeAll(async () => {
  house = await startHouse()
  await furnish(house)
  actor = makeSummariser(house)
  await register(house, actor)
  const entered = await enter(actor, await openTask(house, actor))
  await entered.gateway.close()
  token = entered.token
  symlinkSync('../confidential/salaries.csv', `${house.documents}/public/link.csv`)
})

afterAll(async () => void (await house.end()))

const read = (path: string): Promise<Heard> =>
  callTool(house, token, JSON.stringify({ name: 'read_text_file', arguments: { path } }))

describe('a server that opens files of this machine', () => {
  it('is not asked for a path that is too long to be looked at', { timeout: 10_000 }, async () => {
    for (const path of ['a/'.repeat(40_000), './'.repeat(40_000)])
      expect(verdictOn(await read(path))).toBe('request_invalid')
  })

  it('opens nothing through a link to where nothing is yet: a new file would come to lie there', async () => {
    symlinkSync('../confidential/new.csv', `${house.documents}/public/to-be`)
    expect(verdictOn(await read('public/to-be'))).toBe('request_invalid')
  })

  it.each(['', 'documents', './documents', '/srv/../documents'])(
    'is not reviewed with %j for the folder that its paths are relative to',
    async (resourceRoot) => {
      const { catalogue } = house.people.ada.client
      expect(await codeOf(catalogue.classifyTool({ ...review, resourceRoot }))).toBe('request_invalid')
    },
  )

  it('opens none where an older review names no such folder, since a link could lead anywhere', async () => {
    await house.stop()
    await house.whileStopped(async ({ store, log }) => {
      const kept = await store.register.toolRule('docs', 'read_text_file')
      if (kept === undefined) throw new Error('the house was furnished with this tool')
      const { version: _version, entry: _entry, ...rule } = kept
      await log.record(classifyTool({ ...rule, resourceRoot: '' }, kept, { kind: 'system', id: 'test' }))
    })
    await house.start()
    for (const path of ['public/link.csv', 'public/handbook.md']) {
      const heard = await read(path)
      expect(heard.text).not.toContain('ada,1')
      expect(heard.text).toContain('the root of the tool is not an absolute path')
      expect(verdictOn(heard)).toBe('request_invalid')
    }
    await house.people.ada.client.catalogue.classifyTool({ ...review, resourceRoot: house.documents })
    expect(verdictOn(await read('public/link.csv'))).toBe('request_invalid')
    expect(verdictOn(await read('public/handbook.md'))).toBe('permitted')
  })

  it('moves no folder out of the sight of a stricter rule, nor goes through one', async () => {
    const { catalogue } = house.people.ada.client
    await catalogue.classifyResource({ pattern: 'docs:*', sensitivity: 'public' })
    const folders = ['confidential', 'confidential/', `${house.documents}/confidential`, '.', house.documents]
    for (const path of folders) expect([path, verdictOn(await read(path))]).toEqual([path, 'ceiling_exceeded'])
    expect(verdictOn(await read('public'))).toBe('permitted')
  })

  it('is in reach of no folder that it is denied, whoever asks about it', async () => {
    const subject = { type: 'task', id: token.taskId }
    const isReached = async (id: string): Promise<readonly unknown[]> => {
      const body = JSON.stringify({
        subject,
        action: { name: 'docs/read_text_file' },
        resource: { type: 'resource', id },
      })
      const headers = { authorization: `Bearer ${asking.value}`, 'content-type': 'application/json' }
      const answer = await sendRaw(house.url, { method: 'POST', path: '/access/v1/evaluation', headers, body })
      const { paths, openable } = await house.people.ada.client.paths.between(actor.name, id)
      return [id, answer.json['decision'], paths.length > 0, openable.length > 0]
    }
    const asking = await actor.agent.exchange(token.taskId, house.url)
    for (const id of ['docs:confidential', 'docs:']) expect(await isReached(id)).toEqual([id, false, false, false])
    expect(await isReached('docs:public')).toEqual(['docs:public', true, true, true])
  })
})
