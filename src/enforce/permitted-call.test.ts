import { describe, expect, it } from 'vitest'
import type { Permit } from '../contract/decision.ts'
import { canonicalJson } from '../ground/canonical-json.ts'
import { digestCall } from '../ground/digest.ts'
import { markRecorded, type Recorded } from '../record/recorded.ts'
import { type CallRoute, type RawCall, sendPermittedCall } from './permitted-call.ts'
import { type Members, readToolDefinition } from './tool-definition.ts'
import type { Upstream } from './upstream.ts'
import type { Question } from './upstream-connection.ts'

const inputSchema = { type: 'object', properties: { path: { type: 'string', 'x-mcp-header': 'Path' } } }
const definition = readToolDefinition({ name: 'read', inputSchema })
const call: RawCall = { server: 'docs', tool: 'read', arguments: { path: 'a', n: 1 }, rest: {}, paramHeaders: {} }

function permit(definitionDigest: string | null = null): Recorded<Permit<'call'>> {
  const judged = {
    actionClass: 'read',
    resources: [{ id: 'docs:/a', sensitivity: 'internal' }],
    resultIntegrity: 'trusted',
    definitionDigest,
  } as const
  const action = {
    name: `${call.server}/${call.tool}`,
    ...judged,
    digest: digestCall({
      ...call,
      argumentsText: canonicalJson(call.arguments),
      taskId: 'tsk_one',
      policyVersion: 'v1',
      judged,
    }),
  }
  const fact = {
    policyVersion: 'v1',
    grant: { taskId: 'tsk_one', action, labels: { confidentiality: 'public', integrity: 'trusted' } },
  }
  return markRecorded(fact as unknown as Permit<'call'>, 7, 0)
}

function route(more: Partial<CallRoute> = {}): { route: CallRoute; sent: Members[]; headers: (Members | undefined)[] } {
  const sent: Members[] = []
  const headers: (Members | undefined)[] = []
  const upstream = {
    listTools: () => Promise.resolve(new Map(definition === undefined ? [] : [['read', definition]])),
    ask: (question: Question) => {
      sent.push(question.params)
      headers.push(question.headers)
      return Promise.resolve({ result: {} })
    },
  } as unknown as Upstream
  return { route: { upstream, signal: new AbortController().signal, ...more }, sent, headers }
}

describe('spending a permit on a call', () => {
  it('sends exactly the permitted call, with what came beside it', async () => {
    const { route: way, sent } = route()
    await sendPermittedCall(permit(definition?.digest), { ...call, rest: { unknown: 1 } }, way)
    expect(sent).toEqual([{ name: 'read', arguments: { path: 'a', n: 1 }, unknown: 1 }])
  })

  it('mirrors in headers what the tool asks for, from the permitted arguments', async () => {
    const { route: way, headers } = route()
    await sendPermittedCall(permit(), call, way)
    expect(headers).toEqual([{ 'mcp-param-path': 'a' }])
  })

  it('passes on headers that the tool does not ask for, and writes anew the one that it does', async () => {
    const { route: way, headers } = route()
    const shown = { 'mcp-param-path': 'b', 'mcp-param-region': 'eu' }
    await sendPermittedCall(permit(), { ...call, paramHeaders: shown }, way)
    expect(headers).toEqual([{ 'mcp-param-path': 'a', 'mcp-param-region': 'eu' }])
  })

  it('does not let what came beside it stand for the call itself', async () => {
    const { route: way, sent } = route()
    await sendPermittedCall(permit(), { ...call, rest: { name: 'write', arguments: { path: 'b' } } }, way)
    expect(sent).toEqual([{ name: 'read', arguments: { path: 'a', n: 1 } }])
  })

  it('counts once', async () => {
    const recorded = permit()
    const { route: way, sent } = route()
    await sendPermittedCall(recorded, call, way)
    await expect(sendPermittedCall(recorded, call, way)).rejects.toMatchObject({ code: 'permit_spent' })
    expect(sent).toHaveLength(1)
  })

  const OTHERS: readonly (readonly [string, Partial<RawCall>])[] = [
    ['another tool', { tool: 'write' }],
    ['another server', { server: 'mail' }],
    ['another argument', { arguments: { path: 'b', n: 1 } }],
    ['an argument of another type', { arguments: { path: 'a', n: '1' } }],
    ['an argument more', { arguments: { path: 'a', n: 1, force: true } }],
    ['an argument less', { arguments: { path: 'a' } }],
  ]
  it.each(OTHERS)('refuses %s, and is spent by the attempt', async (_, change) => {
    const recorded = permit()
    const { route: way, sent } = route()
    await expect(sendPermittedCall(recorded, { ...call, ...change }, way)).rejects.toMatchObject({
      code: 'call_changed',
    })
    await expect(sendPermittedCall(recorded, call, way)).rejects.toMatchObject({ code: 'permit_spent' })
    expect(sent).toEqual([])
  })

  it('refuses a call of another task', async () => {
    const recorded = permit()
    const other = { ...recorded.fact, grant: { ...recorded.fact.grant, taskId: 'tsk_two' } }
    await expect(sendPermittedCall(markRecorded(other, 8, 0), call, route().route)).rejects.toMatchObject({
      code: 'call_changed',
    })
  })

  it('refuses a call that was judged under another policy', async () => {
    const other = { ...permit().fact, policyVersion: 'v2' }
    const asked = sendPermittedCall(markRecorded(other, 8, 0), call, route().route)
    await expect(asked).rejects.toMatchObject({ code: 'call_changed' })
  })

  it.each([
    ['class', { actionClass: 'write' }],
    ['sensitivity', { resources: [{ id: 'docs:/a', sensitivity: 'public' }] }],
    ['resource', { resources: [{ id: 'docs:/b', sensitivity: 'internal' }] }],
    ['trust in its results', { resultIntegrity: 'untrusted' }],
    ['definition', { definitionDigest: '0'.repeat(64) }],
  ] as const)('refuses a call that was judged as one of another %s', async (_, judged) => {
    const { fact } = permit()
    const other = { ...fact, grant: { ...fact.grant, action: { ...fact.grant.action, ...judged } } }
    const asked = sendPermittedCall(markRecorded(other, 8, 0), call, route().route)
    await expect(asked).rejects.toMatchObject({ code: 'call_changed' })
  })

  it('refuses a tool that is not the reviewed one', async () => {
    const { route: way, sent } = route()
    await expect(sendPermittedCall(permit('0'.repeat(64)), call, way)).rejects.toMatchObject({
      code: 'tool_quarantined',
    })
    expect(sent).toEqual([])
  })

  it('sends nothing once authority is taken back', async () => {
    const { route: way, sent } = route({ signal: AbortSignal.abort(new Error('cut')) })
    await expect(sendPermittedCall(permit(), call, way)).rejects.toThrow('cut')
    expect(sent).toEqual([])
  })
})
