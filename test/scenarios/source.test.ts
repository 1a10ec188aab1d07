import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type House, startHouse } from '../house.ts'
import { json, post } from '../http/bad-request.ts'
import { sendRaw } from '../http/raw.ts'
import { type Actor, furnish, makeSummariser, openTask, register } from './cast.ts'

/** What must come from the inner network: tokens, and whatever is done with them. */
const POLICY = `
@id("where:inner") @sentence("Only from the inner network.")
forbid (principal, action, resource)
when { action == Remit::Action::"token" || action == Remit::Action::"read" }
unless { context has source && context.source.isInRange(ip("10.0.0.0/8")) };`

describe('the address that a request comes from', () => {
  let [house, folder]: [House | undefined, string] = [undefined, '']
  let actor: Actor
  let taskId: string
  const at = (): House => {
    if (house === undefined) throw new Error('there is no house')
    return house
  }
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'remit-policies-'))
    writeFileSync(join(folder, 'own.cedar'), POLICY)
    house = await startHouse({ policiesDir: folder, trustedProxies: ['127.0.0.0/8'] })
    await furnish(house)
    actor = makeSummariser(house)
    await register(house, actor)
    taskId = await openTask(house, actor)
  })
  afterAll(async () => {
    await house?.end()
    rmSync(folder, { recursive: true, force: true })
  })

  /** Asks for a token as a form, as a proxy passes it on. */
  async function askToken(from: Record<string, string>, resource = `${at().url}/mcp/docs`, who = { actor, taskId }) {
    const form = new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: await who.actor.assertion(),
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      authorization_details: JSON.stringify([{ type: 'urn:remit:task', task_id: who.taskId }]),
      resource,
    })
    const headers = { 'content-type': 'application/x-www-form-urlencoded', ...from }
    return sendRaw(at().url, { method: 'POST', path: '/oauth/token', headers, body: form.toString() })
  }

  const inner = { 'x-forwarded-for': '10.1.2.3' }
  const outer = [{ 'x-forwarded-for': '11.1.2.3' }, { 'x-forwarded-for': 'unknown' }, {}]

  const outside = { status: 400, text: expect.stringContaining('Only from the inner network.') }

  it('is what policies see of a request for a token: of a proxy that is trusted, whom it speaks for', async () => {
    expect(await askToken(inner)).toMatchObject({ status: 200 })
    expect(await askToken({ 'x-forwarded-for': '10.1.2.3:4711' })).toMatchObject({ status: 200 })
    for (const from of outer) expect(await askToken(from)).toMatchObject(outside)
    // whom a client says that it speaks for is not believed: only the last address is the word of our proxy
    expect(await askToken({ 'x-forwarded-for': '10.1.2.3, 11.1.2.3' })).toMatchObject(outside)
  })

  it('is what they see of a call through the gateway, and of a question of an enforcement point', async () => {
    const { access_token: token } = (await askToken(inner)).json as { access_token: string }
    const authorization = `Bearer ${token}`
    const { access_token: api } = (await askToken(inner, at().url)).json as { access_token: string }
    const call = { jsonrpc: '2.0', id: 1, method: 'tools/call' }
    const params = { name: 'read_text_file', arguments: { path: 'public/handbook.md' } }
    const ask = { subject: { type: 'task', id: taskId }, action: { name: 'docs/read_text_file' } }
    const resource = { type: 'resource', id: 'docs:public/handbook.md' }
    for (const [from, allowed] of [[inner, true] as const, ...outer.map((each) => [each, false] as const)]) {
      const accept = 'application/json, text/event-stream'
      const sent = post('/mcp/docs', { ...call, params })
      const called = await sendRaw(at().url, { ...sent, headers: { ...json, accept, authorization, ...from } })
      expect(called.text.includes('where:inner')).toBe(!allowed)
      expect(called.text.includes('dev.remit/permit')).toBe(allowed)
      const asked = post('/access/v1/evaluation', { ...ask, resource })
      const headers = { ...json, authorization: `Bearer ${api}`, ...from }
      expect((await sendRaw(at().url, { ...asked, headers })).json).toMatchObject({ decision: allowed })
    }
  })

  it('is not that of an enforcement point that asks about somebody else: where they are it does not know', async () => {
    await at().people.ada.client.catalogue.classifyResource({ pattern: 'domain:*', sensitivity: 'internal' })
    const plain = makeSummariser(at(), 'point')
    const scope = [{ action: 'read', resource: 'domain:remit' }]
    const entitlements = plain.entitlements.map((row) => ({ ...row, scope }))
    const point: Actor = { ...plain, entitlements, task: { ...plain.task, scope } }
    await register(at(), point)
    const who = { actor: point, taskId: await openTask(at(), point) }
    const { access_token: token } = (await askToken(inner, at().url, who)).json as { access_token: string }
    const ask = { subject: { type: 'task', id: taskId }, action: { name: 'docs/read_text_file' } }
    const resource = { type: 'resource', id: 'docs:public/handbook.md' }
    const headers = { ...json, authorization: `Bearer ${token}`, ...inner }
    const asked = await sendRaw(at().url, { ...post('/access/v1/evaluation', { ...ask, resource }), headers })
    expect(asked.json).toMatchObject({ decision: false })
    expect(asked.text).toContain('where:inner')
  })
})
