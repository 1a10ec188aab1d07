import { describe, expect, it } from 'vitest'
import type { Kept } from '../../contract/change.ts'
import type { JsonObject, LogEntry } from '../../contract/log-entry.ts'
import type { Entitlement } from '../../contract/register/entitlement.ts'
import { proposeNarrower } from '../../contract/register/entitlement-use.ts'
import { LIMITS } from '../../ground/limits.ts'
import { createUseCount } from './count-uses.ts'
import { writeUsedPolicy } from './write-used-policy.ts'

const entitlement: Kept<Entitlement> = {
  id: 'ent_docs',
  identityId: 'idn_a',
  scope: [{ action: 'docs/*', resource: 'docs:*' }],
  classes: ['read', 'write'],
  ceiling: 'confidential',
  approval: 'none',
  reason: 'needed',
  requestedBy: 'psn_a',
  startsMs: 0,
  endsMs: 10,
  state: 'granted',
  version: 2,
  entry: 3,
}

const entry = (data: JsonObject, kind: LogEntry['kind'] = 'decision.permit', atMs = 5): LogEntry => ({
  v: 1,
  org: 'org',
  kind,
  atMs,
  actor: { kind: 'identity', id: 'idn_a' },
  subject: { kind: 'task', id: 'tsk_a' },
  touched: [],
  data,
})

const call = (name: string, ids: readonly string[], more: JsonObject = {}): LogEntry =>
  entry({
    decision: 'call',
    entitlements: ['ent_docs'],
    action: { name, class: 'read' },
    resources: ids.map((id) => ({ id, sensitivity: 'internal' })),
    ...more,
  })

describe('counting what was permitted', () => {
  it('counts a call once, however many resources it touched', () => {
    const count = createUseCount([entitlement])
    count.take(call('docs/read', ['docs:/a', 'docs:/b']), 4)
    expect(count.of('ent_docs')).toMatchObject({ calls: 1, tasks: 0, firstMs: 5, lastMs: 5 })
    expect(count.of('ent_docs').acts).toMatchObject([{ calls: 1, resources: ['docs:/a', 'docs:/b'] }])
  })

  it.each([
    ['a denial', entry({ decision: 'call', entitlements: ['ent_docs'] }, 'decision.denial')],
    ['a permit under another entitlement', call('docs/read', ['docs:/a'], { entitlements: ['ent_other'] })],
    ['a permit that names none', call('docs/read', ['docs:/a'], { entitlements: 'ent_docs' })],
    ['an act of a class that nobody knows', call('docs/read', ['docs:/a'], { action: { name: 'x', class: 'y' } })],
    ['a question of a person', { ...call('docs/read', ['docs:/a']), actor: { kind: 'person' as const, id: 'psn_a' } }],
    ['an act without a name', call('docs/read', ['docs:/a'], { action: null })],
  ])('leaves out %s', (_, odd) => {
    const count = createUseCount([entitlement])
    count.take(odd, 4)
    expect(count.of('ent_docs')).toMatchObject({ calls: 0, acts: [] })
  })

  it('leaves out a resource that another entitlement covered', () => {
    const count = createUseCount([entitlement])
    const resources = [
      { id: 'crm:/a', sensitivity: 'public' },
      { id: 'docs:/board', sensitivity: 'restricted' },
      { id: 'docs:/a', sensitivity: 'public' },
    ]
    count.take(call('docs/read', [], { resources }), 4)
    expect(count.of('ent_docs').acts).toMatchObject([{ resources: ['docs:/a'], sensitivity: 'public' }])
  })

  it('leaves out what was done before it became what it is', () => {
    const count = createUseCount([entitlement])
    count.take(call('docs/read', ['docs:/a']), 3)
    expect(count.of('ent_docs').calls).toBe(0)
    count.take(call('docs/read', ['docs:/a']), 4)
    expect(count.of('ent_docs').calls).toBe(1)
  })

  it('takes what an entry had no room to name for all that was granted', () => {
    const count = createUseCount([entitlement])
    count.take(call('docs/read', [], { resources: [{ id: 'docs:/a', sensitivity: 'public' }, { more: 30 }] }), 4)
    const { acts } = count.of('ent_docs')
    expect(acts).toMatchObject([{ sensitivity: 'confidential' }])
    expect(proposeNarrower(acts, { grantsMax: 100, charsMax: 10_000 })?.scope).toEqual([
      { action: 'docs/read', resource: 'docs:*' },
    ])
  })

  it('counts a task that was opened on it, and no act', () => {
    const count = createUseCount([entitlement])
    count.take(entry({ decision: 'task', entitlements: ['ent_docs'] }), 4)
    expect(count.of('ent_docs')).toMatchObject({ tasks: 1, calls: 0, firstMs: null })
  })

  it('holds no more than its bounds, and then says what is wider', () => {
    const count = createUseCount([entitlement])
    for (let at = 0; at < 3 * LIMITS.usedActsMax; at += 1)
      for (const name of ['docs/one', `docs/tool-${at}`]) count.take(call(name, [`docs:/folder-${at % 7}/${at}`]), 4)
    const { acts, calls } = count.of('ent_docs')
    expect(calls).toBe(6 * LIMITS.usedActsMax)
    expect(acts.length).toBeLessThanOrEqual(LIMITS.usedActsMax + 1)
    for (const { resources } of acts) expect(resources.length).toBeLessThanOrEqual(LIMITS.usedResourcesMax)
    expect(acts.reduce((sum, act) => sum + act.calls, 0)).toBe(calls)
    expect(acts.some(({ action }) => action === 'docs/*')).toBe(true)
    expect(acts.find(({ action }) => action === 'docs/one')?.resources).toContain('docs:/folder-0/*')
  })
})

describe('the policy of what was used', () => {
  it('quotes what others named, so that it stays one text', () => {
    const scope = [{ action: 'docs/"); permit (', resource: 'docs:\\"*' }]
    const policy = writeUsedPolicy({ id: 'idn_a', name: 'a' }, [{ scope, classes: ['read'], ceiling: 'internal' }])
    expect(policy).toContain('context.tool.name == "docs/\\"); permit ("')
    expect(policy).toContain('resource.name like "docs:\\\\\\"*"')
  })

  it('forbids all where nothing was used', () => {
    const policy = writeUsedPolicy({ id: 'idn_a', name: 'a' }, [])
    expect(policy).not.toContain('unless')
    expect(policy).toContain('a was seen to need nothing, and does nothing.')
  })
})
