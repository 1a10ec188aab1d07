import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type CallbackTold, createCallbackReader, type ReadCallback } from '../../sdk/callback.ts'
import { makeDevTls } from '../../src/http/tls/dev-tls.ts'
import { type House, startHouse } from '../house.ts'
import { type Actor, furnish, makeReleaser, makeSummariser, problemOf, register } from '../scenarios/cast.ts'

const folder = mkdtempSync(join(tmpdir(), 'remit-task-callbacks-'))
const secret = 'k'.repeat(40)
let house: House
let releaser: Actor
let receiver: Server
let base: string
let read: ReadCallback
const heard: { readonly path: string; readonly body: string; readonly signature: string; readonly status: number }[] =
  []

/** A receiver as a user would write it: what it cannot read it refuses. */
beforeAll(async () => {
  const secretFile = join(folder, 'secret')
  writeFileSync(secretFile, `${secret}\n`, { mode: 0o600 })
  read = await createCallbackReader({ secret })
  const tls = await makeDevTls(folder, '127.0.0.1', Date.now())
  receiver = createServer(tls, (request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString()
    })
    request.on('end', () => {
      const signature = String(request.headers['remit-signature'])
      void read(body, signature).then(
        () => answer(204),
        () => answer(400),
      )
      const answer = (status: number): void => {
        heard.push({ path: request.url ?? '', body, signature, status })
        response.writeHead(status).end()
      }
    })
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  base = `https://127.0.0.1:${(receiver.address() as AddressInfo).port}`
  const target = { secretFile, caFile: tls.caFile, allowInternal: true }
  house = await startHouse({
    accessCallbacks: [
      { ...target, endpoint: `${base}/cb` },
      { ...target, endpoint: `${base}/theirs`, identities: ['somebody-else'] },
    ],
  })
  await furnish(house)
  releaser = await makeReleaser(house)
  await register(house, releaser)
})
afterAll(async () => {
  await house.end()
  receiver.closeAllConnections()
  await new Promise((resolve) => receiver.close(resolve))
  rmSync(folder, { recursive: true, force: true })
})

const open = (callback: { readonly endpoint: string; readonly state?: unknown }) =>
  releaser.agent.openTask({ ...releaser.task, scope: releaser.task.scope.slice(0, 1), callback })
const toldOf = (taskId: string): Promise<(typeof heard)[number]> =>
  vi.waitFor(() => heard.find(({ body }) => body.includes(taskId)) ?? expect.fail('it is not told yet'), 60_000)

describe('a task that waits for people', () => {
  it('tells its workload once people said yes, signed, and the token is there at once', async () => {
    const state = { job: 'Ä-7' }
    const { task, approvalId } = await open({ endpoint: `${base}/cb`, state })
    expect(task.state).toBe('waiting')
    expect(heard).toEqual([])
    await house.people.lin.client.approvals.vote(approvalId ?? '', 'approve', 'It may')
    const told = await toldOf(task.id)
    expect([told.status, JSON.parse(told.body)]).toEqual([
      204,
      {
        state,
        task: { id: task.id, status: 'approved', status_endpoint: `${house.url}/api/v1/tasks/${task.id}` },
      } satisfies CallbackTold,
    ])
    expect((await releaser.agent.exchange(task.id, house.url)).taskId).toBe(task.id)
    // neither the state nor the place stands in the log, and the end of the telling does
    const entries = await vi.waitFor(async () => {
      const { lin } = house.people
      const { size } = await lin.client.entries.list({ limit: 1 })
      const list = (await lin.client.entries.list({ from: Math.max(0, size - 50), limit: 50 })).entries
      const ended = list.find(({ entry }) => entry.kind === 'callback.ended' && entry.data['approvalId'] === approvalId)
      return ended === undefined ? expect.fail('it is not on record yet') : { ended, list }
    }, 60_000)
    expect(entries.ended.entry).toMatchObject({
      subject: { kind: 'task', id: task.id },
      data: { end: 'told', status: 'approved' },
    })
    expect(JSON.stringify(entries.list)).not.toContain('Ä-7')
  })

  it('tells of a no, and of a task that was taken back before anybody answered', async () => {
    const refused = await open({ endpoint: `${base}/cb` })
    await house.people.lin.client.approvals.vote(refused.approvalId ?? '', 'deny', 'Not today')
    expect(JSON.parse((await toldOf(refused.task.id)).body)).toMatchObject({ task: { status: 'denied' } })
    const ended = await open({ endpoint: `${base}/cb` })
    await house.people.ada.client.tasks.revoke(ended.task.id, 'It is not needed')
    expect(JSON.parse((await toldOf(ended.task.id)).body)).toMatchObject({ task: { status: 'cancelled' } })
  })

  it.each([
    ['nobody registered', () => `${base}/other`],
    ['differs by a letter', () => `${base}/cb/`],
    ['is registered for somebody else', () => `${base}/theirs`],
    ['is of the cloud around', () => 'http://169.254.169.254/latest/meta-data'],
  ])('is not opened for an endpoint that %s', async (_, endpoint) => {
    const before = heard.length
    expect((await problemOf(open({ endpoint: endpoint() })))?.code).toBe('request_invalid')
    expect(heard.length).toBe(before)
  })

  it('that does not wait tells nobody, whatever it names', async () => {
    const plain = makeSummariser(house, 'plain-reader')
    await register(house, plain)
    const { task } = await plain.agent.openTask({ ...plain.task, callback: { endpoint: `${base}/cb` } })
    expect(task.state).toBe('active')
    const { task: after, approvalId } = await open({ endpoint: `${base}/cb` })
    await house.people.lin.client.approvals.vote(approvalId ?? '', 'approve', 'It may')
    await toldOf(after.id)
    expect(heard.some(({ body }) => body.includes(task.id))).toBe(false)
  })
})

describe('who reads callbacks', () => {
  const sign = (body: string, seconds: number, by = secret): string =>
    `t=${seconds},v1=${createHmac('sha256', by).update(`${seconds}.${body}`).digest('hex')}`
  const body = JSON.stringify({ task: { id: 'tsk_1', status: 'approved', status_endpoint: 'https://x' } })
  const now = (): number => Math.floor(Date.now() / 1000)

  it('takes each once, and none that is old, changed, of another secret or unsigned', async () => {
    const reader = await createCallbackReader({ secret })
    const good = sign(body, now())
    expect((await reader(body, good)).task.id).toBe('tsk_1')
    await expect(reader(body, good)).rejects.toThrow('read before')
    await expect(reader(body, sign(body, now() - 301))).rejects.toThrow('too old')
    await expect(reader(body, sign(body, now() + 302))).rejects.toThrow('too old')
    await expect(reader(`${body} `, good)).rejects.toThrow('does not hold')
    await expect(reader(body, good.replace(/t=\d/, 't=9'))).rejects.toThrow('does not hold')
    await expect(reader(body, sign(body, now(), 'x'.repeat(40)))).rejects.toThrow('does not hold')
    for (const bad of [null, '', 't=1', good.toUpperCase(), `${good},v1=00`])
      await expect(reader(body, bad)).rejects.toThrow('not signed')
  })

  it('refuses what was told before, sent again by whoever saw it', async () => {
    const told = heard[0] ?? expect.fail('nothing was told')
    await expect(read(told.body, told.signature)).rejects.toThrow('read before')
  })
})
