import { beforeAll, describe, expect, it } from 'vitest'
import { compilePolicies } from '../../../test/decide/policy-set.ts'
import {
  delegationRequest,
  hourMs,
  read,
  reader,
  taskRequest,
  World,
  write,
  writer,
} from '../../../test/decide/world.ts'
import { createMemoryStore } from '../../../test/record/memory-store.ts'
import { createTestClock, openTestLog } from '../../../test/record/open-test-log.ts'
import type { Decision } from '../../contract/decision.ts'
import type { Json, JsonObject } from '../../contract/log-entry.ts'
import { ownDomain, type PolicyVersion, policyVersionId } from '../../contract/policy.ts'
import type { KeptQuestions } from '../../contract/question.ts'
import type { Policies } from '../../decide/policy/load-policies.ts'
import { canonicalJson } from '../../ground/canonical-json.ts'
import { digestText } from '../../ground/digest.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { Log } from '../../record/log.ts'
import type { Page } from '../../register/store.ts'
import type { House } from '../house.ts'
import { type ObservedSet, readShadow } from './read-shadow.ts'
import { replayLog } from './replay-log.ts'
import { readObserved } from './replay-policies.ts'

const world = new World()
const shipped = world.shelf.enforced()
const always = { sinceMs: 0, untilMs: null, from: null }

function withOwn(text: string): Policies {
  const { schema } = JSON.parse(shipped.text) as { readonly schema: string }
  const files = [...shipped.byId.values()].map((policy) => ({ name: policy.id, text: policy.text }))
  return compilePolicies(schema, [...files, { name: 'own.cedar', text: `@id("own:new") @sentence("New.") ${text}` }])
}

const noWrites = withOwn('forbid (principal, action in Remit::Action::"change", resource);')
const clock = createTestClock()
let log: Log
let payloads: Map<string, { readonly id: string; readonly salt: string; readonly body: string }>

const house = () => ({
  log,
  clock,
  register: { payload: async (id: string) => payloads.get(id) as never },
})

/** Writes a decision down as a house does. */
async function record(decision: Decision): Promise<void> {
  clock.atMs += 1_000
  for (const change of decision.changes)
    if (change.op === 'insert' && change.table === 'payloads') payloads.set(change.row.id, change.row)
  await log.record({ entry: decision.entry, changes: [] })
}

/** The same as a house would have written it that did not know yet what was done to a resource. */
function asBefore(call: Decision): Decision {
  const questions = call.entry.data['questions'] as unknown as KeptQuestions
  const asked = questions.asked.map((row) => {
    const [principal, action, resource, context, ...places] = row as readonly [Json, Json, Json, JsonObject, ...Json[]]
    const { here: _here, ...known } = context
    return [principal, action, resource, known, ...places]
  })
  return {
    ...call,
    entry: {
      ...call.entry,
      data: { ...call.entry.data, questions: { ...questions, form: 1, asked } as unknown as JsonObject },
    },
  }
}

beforeAll(async () => {
  log = await openTestLog(createMemoryStore(), { clock })
  payloads = new Map([[shipped.version, { id: shipped.version, salt: '', body: shipped.text }]])
  const agent = await world.start(writer.id)
  for (let at = 0; at < 5; at++) await record(await world.decide.call(agent, write(`handbook/${at}.md`)))
  await record(await world.decide.call(agent, read()))
  await record(await world.decide.delegation(agent, delegationRequest))
  await record(await world.decide.call(agent, read('board/x.md')))
  world.shelf.put({ enforced: noWrites, shadow: shipped, guards: [] })
  await record(await world.decide.call(agent, write()))
  world.shelf.put({ enforced: shipped, shadow: noWrites, guards: [] })
  await record(await world.decide.call(agent, write()))
  await record(await world.decide.task(world.workload(reader.id), taskRequest))
})

describe('what the log holds, decided again', () => {
  it('by the version that decided comes out the same, bit for bit', async () => {
    const replayed = await replayLog(house(), shipped, always)
    expect(replayed).toMatchObject({ from: 0, to: 11, next: null, policy: shipped.version, decisions: 10, ofLaws: 1 })
    expect(replayed.notAgain).toEqual({ older: 0, beside: 0, broken: 0, schema: 0 })
    // the ninth was denied by other policies
    expect(replayed.differences).toMatchObject([{ before: 'denied', after: 'permit', rules: ['own:new'], count: 1 }])
    expect(replayed.same).toBe(9)
    expect(await replayLog(house(), shipped, { ...always, untilMs: clock.atMs - 3_000 })).toMatchObject({
      differences: [],
    })
  })

  it('by a candidate is told by identity and rule, with examples', async () => {
    const replayed = await replayLog(house(), noWrites, always)
    expect(replayed).toMatchObject({ decisions: 10, same: 4, unkept: [], more: 0 })
    const [only, ...others] = replayed.differences
    expect(others).toEqual([])
    expect(only).toMatchObject({
      identityId: writer.id,
      decision: 'call',
      before: 'permit',
      after: 'denied',
      rules: ['own:new'],
      count: 6,
    })
    expect(only?.examples).toHaveLength(LIMITS.differenceExamplesMax)
    expect(only?.examples[0]).toMatchObject({
      entry: 0,
      before: { outcome: 'permit', code: null, rules: ['base:call'] },
      after: { outcome: 'denial', code: 'denied', rules: ['own:new'] },
    })
  })

  it('is looked at from a time on, until another one, and a part a request', async () => {
    const all = await replayLog(house(), noWrites, always)
    expect(await replayLog(house(), noWrites, { ...always, sinceMs: clock.atMs })).toMatchObject({ from: 10, to: 11 })
    expect(await replayLog(house(), noWrites, { ...always, sinceMs: clock.atMs + 1 })).toMatchObject({
      from: 11,
      to: 11,
      next: null,
    })
    expect(await replayLog(house(), noWrites, { ...always, from: 9 })).toMatchObject({ from: 9, to: 11, decisions: 2 })
    expect(await replayLog(house(), noWrites, { ...always, from: 999 })).toMatchObject({
      from: 11,
      to: 11,
      decisions: 0,
    })
    const early = await replayLog(house(), noWrites, { ...always, untilMs: clock.atMs - hourMs })
    expect(early).toMatchObject({ to: 0, decisions: 0, next: null })
    expect(all.next).toBeNull()
  })

  it('names what a candidate looks at and entries do not hold', async () => {
    const candidate = withOwn('forbid (principal, action, resource) when { principal.hasTag("team") };')
    expect(await replayLog(house(), candidate, always)).toMatchObject({ unkept: ['team'], decisions: 10 })
  })

  it('before policies knew what was done to a resource, is told apart where they look at it, and is as it was where not', async () => {
    const [own, before] = [log, payloads]
    log = await openTestLog(createMemoryStore(), { clock })
    const ofChain = withOwn(
      'forbid (principal, action in Remit::Action::"call", resource) when { context.history.permitted.hasTag("docs/x") };',
    )
    payloads = new Map([[ofChain.version, { id: ofChain.version, salt: '', body: ofChain.text }]])
    const then = new World(ofChain)
    const call = await then.decide.call(await then.start(writer.id), write())
    await record(asBefore(call))
    await record(call)
    const told = { decisions: 2, notAgain: { older: 0, beside: 0, broken: 0, schema: 0 } }
    expect(await replayLog(house(), ofChain, always)).toMatchObject({ ...told, same: 2, unkept: [] })
    const ofResource = withOwn(
      'forbid (principal, action in Remit::Action::"call", resource) unless { context.here.permitted.hasTag("docs/x") };',
    )
    expect(await replayLog(house(), ofResource, always)).toMatchObject({ ...told, same: 0, unkept: ['context.here'] })
    ;[log, payloads] = [own, before]
  })

  it('is not guessed where an entry does not hold what was asked', async () => {
    const [own, before] = [log, payloads]
    log = await openTestLog(createMemoryStore(), { clock })
    payloads = new Map()
    const content = withOwn('forbid (principal, action, resource) when { principal.hasTag("x") };')
    const spoken = new World(content)
    const agent = await spoken.start(writer.id)
    const tagged = await spoken.decide.evaluation(
      {
        subject: { type: 'task', id: agent.task.id, properties: { x: 'y' } },
        action: { name: 'docs/read_text_file', properties: {} },
        resource: { type: 'docs', id: '/handbook/a.md', properties: {} },
        context: {},
      },
      agent,
    )
    await record(tagged)
    const call = await spoken.decide.call(agent, read())
    const { questions: _questions, ...older } = call.entry.data
    await record({ ...call, entry: { ...call.entry, data: older } })
    await record({ ...call, entry: { ...call.entry, data: { ...call.entry.data, questions: 7 } } })
    expect(await replayLog(house(), content, always)).toMatchObject({ decisions: 1, same: 1 })
    for (const [id, row] of payloads) payloads.set(id, { ...row, body: row.body.replace('y', 'z') })
    const replayed = await replayLog(house(), content, always)
    expect(replayed).toMatchObject({ decisions: 0, notAgain: { older: 1, beside: 1, broken: 1, schema: 0 } })
    ;[log, payloads] = [own, before]
  })

  it('under another schema says that it cannot be asked, and is no denial', async () => {
    const { schema, texts } = JSON.parse(shipped.text) as { schema: string; texts: Record<string, string> }
    const wider = schema.replace('kind: String,', 'kind: String, region: String,')
    const files = Object.entries(texts).map(([name, text]) => ({ name, text }))
    const replayed = await replayLog(house(), compilePolicies(wider, files), always)
    expect(replayed).toMatchObject({ decisions: 0, notAgain: { schema: 10 }, differences: [] })
  })
})

describe('what policies in shadow would have decided', () => {
  const observed = (policy: string): ObservedSet => ({
    policy,
    others: new Set([noWrites.version, shipped.version].filter((each) => each !== policy)),
  })

  it('is read from the entries, of one version', async () => {
    expect(await readShadow(house(), observed(noWrites.version), always)).toMatchObject({
      decisions: 10,
      failed: 0,
      differences: [{ identityId: writer.id, before: 'permit', after: 'denied', rules: ['own:new'], count: 1 }],
    })
    expect(await readShadow(house(), observed(shipped.version), always)).toMatchObject({
      differences: [{ before: 'denied', after: 'permit', rules: ['own:new'], examples: [{ entry: 8 }] }],
    })
    expect(await readShadow(house(), observed(digestText(canonicalJson({}))), always)).toMatchObject({
      differences: [],
    })
  })

  it('is read too where entries name it by a digest that it has since what comes with Remit changed', async () => {
    const before = { policy: digestText(canonicalJson({})), others: new Set([shipped.version]) }
    expect(await readShadow(house(), before, always)).toMatchObject({
      policy: before.policy,
      differences: [{ identityId: writer.id, rules: ['own:new'], count: 1 }],
    })
  })

  it('is that of no version just before or after it, however many have come since', async () => {
    const versionAt = (number: number): PolicyVersion =>
      ({
        id: policyVersionId(ownDomain, number),
        domain: ownDomain,
        digest: { 199: noWrites.version, 201: shipped.version }[number] ?? digestText(String(number)),
        number,
        source: 'published',
        approvalId: null,
        inForceMs: 0,
        endedMs: null,
      }) as PolicyVersion // as much of one as is looked at
    const kept = Array.from({ length: 500 }, (_, at) => versionAt(at + 1))
    const policyVersions = async (_domain: string, { after = '', limit, newestFirst }: Page) =>
      (newestFirst ? kept.toReversed() : kept).filter(({ id }) => newestFirst || id > after).slice(0, limit)
    const place = { log, clock, register: { policyVersions } } as unknown as House
    expect(await readObserved(place, versionAt(200), null)).toMatchObject({ version: 200, differences: [] })
  })
})
