import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AccessToken, createAgent } from '../../sdk/agent.ts'
import { createProofKey, type ProofKey } from '../../sdk/dpop.ts'
import { readPackLines } from '../../sdk/pack-lines.ts'
import type { PackReport } from '../../sdk/pack-report.ts'
import { verifyPack } from '../../sdk/verify-pack.ts'
import type { PackManifest } from '../../src/contract/log/pack.ts'
import type { LogEntry } from '../../src/contract/log-entry.ts'
import { type House, startHouse } from '../house.ts'
import { packOf } from '../prove/made-pack.ts'
import { testSigner } from '../record/open-test-log.ts'
import { type Actor, furnish, letAct, makeSummariser, openTask, register } from '../scenarios/cast.ts'
import { sendProven, verdictOn } from './intruder.ts'

let house: House

beforeAll(async () => {
  house = await startHouse()
  await furnish(house)
  const { catalogue } = house.people.ada.client
  await catalogue.definePurpose({
    code: 'report',
    title: 'Report',
    classes: ['read', 'write'],
    ceiling: 'confidential',
  })
  await catalogue.classifyTool({
    server: 'docs',
    tool: 'read_text_file',
    actionClass: 'read',
    resourceArgument: 'path',
    resourceKind: 'path',
    resourcePrefix: 'docs:',
    resourceRoot: house.documents,
    resultIntegrity: 'untrusted',
  })
})

afterAll(async () => void (await house.end()))

type Keyed = Actor & { readonly key: ProofKey }

/** A writer of tier T2, whose tasks need no person: it reads up to confidential, by a tool that nobody trusts. */
async function registerWriter(name: string): Promise<Keyed> {
  const plain = makeSummariser(house, name)
  const key = await createProofKey()
  const scope = [{ action: 'docs/*', resource: 'docs:*' }]
  const terms = { scope, ceiling: 'confidential', classes: ['read', 'write'] } as const
  const actor: Keyed = {
    ...plain,
    key,
    agent: createAgent({ baseUrl: house.url, assertion: plain.assertion, key, fetch: house.fetch }),
    profile: { ...plain.profile, purpose: 'report' },
    entitlements: [{ ...terms, approval: 'none', reason: 'It reports.', days: 3 }],
    task: {
      ...plain.task,
      purpose: 'report',
      scope,
      ceiling: 'confidential',
      budget: { ...plain.task.budget, writesMax: 9 },
    },
  }
  await register(house, actor)
  return actor
}

const enter = async (actor: Actor): Promise<AccessToken> =>
  actor.agent.exchange(await openTask(house, actor), actor.agent.gatewayUrl('docs'))

async function call({ key }: Keyed, token: AccessToken, name: string, args: object): Promise<string> {
  const path = new URL(token.resource).pathname
  const proof = await key.prove('POST', `${house.url}${path}`, token.value)
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } })
  return verdictOn(await sendProven(house, path, { credential: token.value, proof, method: 'POST', body }))
}

const steal = (actor: Keyed, token: AccessToken): Promise<string> =>
  call(actor, token, 'read_text_file', { path: 'confidential/salaries.csv' })
const carryOut = (actor: Keyed, token: AccessToken): Promise<string> =>
  call(actor, token, 'write_file', { path: `${house.documents}/public/out.md`, content: 'stolen' })

function labelsIn({ value }: AccessToken): unknown {
  return (decodeJwt(value) as { readonly labels?: unknown }).labels
}

/** Hands the work on, and gives the helper's token for it. */
async function handOn(from: { readonly actor: Actor; readonly token: AccessToken }, helper: Actor, to: string) {
  await letAct(house, from.actor.name, to, { ceiling: 'restricted' })
  const { task } = await from.actor.agent.delegate(from.token.taskId, {
    to,
    goal: 'Write it down',
    scope: from.actor.task.scope,
    ceiling: 'confidential',
    budget: { callsMax: 5, writesMax: 5, bytesMax: 10_000 },
    lifeSeconds: 600,
  })
  return await helper.agent.exchange(task.id, helper.agent.gatewayUrl('docs'))
}

describe('who has read untrusted content and confidential data changes nothing by itself', () => {
  it('by a task that is opened afterwards, or was opened before', async () => {
    const actor = await registerWriter('patient')
    const [early, reading] = [await enter(actor), await enter(actor)]
    expect(await carryOut(actor, early)).toBe('permitted')
    expect(await steal(actor, reading)).toBe('permitted')
    expect(await carryOut(actor, reading)).toBe('approval_required')
    expect(await carryOut(actor, early)).toBe('approval_required')
    await actor.agent.complete(reading.taskId)
    expect(await carryOut(actor, await enter(actor))).toBe('approval_required')
  })

  it('by reading where another enforcement point asks', async () => {
    const actor = await registerWriter('elsewhere')
    const token = await enter(actor)
    const path = '/access/v1/evaluation'
    const api = await actor.agent.apiToken(token.taskId)
    const proof = await actor.key.prove('POST', `${house.url}${path}`, api.value)
    const body = JSON.stringify({
      subject: { type: 'task', id: token.taskId },
      action: { name: 'docs/read_text_file' },
      resource: { type: 'docs', id: 'confidential/salaries.csv' },
    })
    const heard = await sendProven(house, path, { credential: api.value, proof, method: 'POST', body })
    expect(heard.text).toContain('"decision":true')
    expect(await carryOut(actor, token)).toBe('approval_required')
  })

  it('by a helper that was asked before', async () => {
    const [actor, helper] = [await registerWriter('asker'), await registerWriter('helper')]
    const token = await enter(actor)
    const handed = await handOn({ actor, token }, helper, 'helper')
    expect(await carryOut(helper, handed)).toBe('permitted')
    expect(await steal(actor, token)).toBe('permitted')
    expect(await carryOut(helper, handed)).toBe('approval_required')
  })

  it('at a server that goes by what a token says: it says all that counts here, of the chain and of other tasks', async () => {
    const [actor, helper] = [await registerWriter('reader'), await registerWriter('bearer')]
    const token = await enter(actor)
    const handed = await handOn({ actor, token }, helper, 'bearer')
    expect(labelsIn(handed)).toEqual({ confidentiality: 'public', integrity: 'trusted' })
    expect(await steal(actor, token)).toBe('permitted')
    const tainted = { confidentiality: 'confidential', integrity: 'untrusted' }
    expect(labelsIn(await helper.agent.exchange(handed.taskId, token.resource))).toEqual(tainted)
    expect(labelsIn(await enter(actor))).toEqual(tainted)
  })

  it('by a helper that is asked afterwards, whatever it reads itself', async () => {
    const [actor, helper] = [await registerWriter('late-asker'), await registerWriter('late-helper')]
    const token = await enter(actor)
    expect(await steal(actor, token)).toBe('permitted')
    const handed = await handOn({ actor, token }, helper, 'late-helper')
    expect(await carryOut(helper, handed)).toBe('approval_required')
    expect(await steal(helper, handed)).toBe('permitted')
  })
})

describe('the log of all that', () => {
  type Line = { readonly index: number; readonly entry: LogEntry }
  let entries: readonly Line[]
  let policies: PackManifest['policies']
  let report: PackReport

  beforeAll(async () => {
    const { client } = house.people.lin
    const lines: string[] = []
    for await (const line of readPackLines(await client.evidence.pack())) lines.push(line)
    report = await verifyPack(lines, await client.log.key())
    const [manifest, ...rest] = lines.slice(0, -1)
    ;({ policies } = JSON.parse(manifest ?? '') as PackManifest)
    entries = rest.map((line) => {
      const { index, entry } = JSON.parse(line) as { readonly index: number; readonly entry: string }
      return { index, entry: JSON.parse(entry) as LogEntry }
    })
  })

  /** Which laws a log breaks that was written anew, and signed, with one entry that says something else. */
  async function forge(
    of: (entry: LogEntry) => boolean,
    data: (entry: LogEntry) => object,
  ): Promise<readonly string[]> {
    const at = entries.findIndex(({ entry }) => of(entry))
    expect(at).toBeGreaterThan(0)
    const told = entries.map(({ entry }, index) =>
      index === at ? { ...entry, data: { ...entry.data, ...data(entry) } } : entry,
    )
    const forged = await verifyPack(packOf(told, { policies, org: entries[0]?.entry.org ?? '' }), testSigner.vkey)
    return [...new Set(forged.failures.map(({ check }) => check))]
  }

  const isPermit = (decision: string, entry: LogEntry): boolean =>
    entry.kind === 'decision.permit' && entry.data['decision'] === decision
  const labels = { confidentiality: 'public', integrity: 'trusted' }

  it('verifies as it was written, and when it is written anew as it was', async () => {
    expect(report).toMatchObject({ ok: true, failures: [] })
    expect(
      await forge(
        (entry) => isPermit('call', entry),
        () => ({}),
      ),
    ).toEqual([])
  })

  it.each<[string, string, (entry: LogEntry) => boolean, (entry: LogEntry) => object]>([
    [
      'what a call has touched',
      'labels',
      (entry) => isPermit('call', entry) && JSON.stringify(entry.data['resources']).includes('confidential'),
      () => ({ labels: { before: labels, after: labels } }),
    ],
    [
      'what a task that is handed on begins with',
      'inherited',
      (entry) => isPermit('delegation', entry) && JSON.stringify(entry.data['labels']).includes('untrusted'),
      () => ({ labels }),
    ],
    [
      'what a call does, after both were read',
      'flow',
      (entry) =>
        isPermit('call', entry) &&
        JSON.stringify(entry.data['labels']).includes('"before":{"confidentiality":"confidential"'),
      ({ data }) => ({ action: { ...(data['action'] as object), class: 'write' } }),
    ],
    ['how much a call gave', 'bytes', ({ kind }) => kind === 'call.finished', () => ({ resultBytes: 1_000_000_000 })],
  ])('does not verify once one entry says otherwise: %s', async (_, law, of, data) => {
    expect(await forge(of, data)).toContain(`law:${law}`)
  })
})
