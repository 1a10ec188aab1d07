import { describe, expect, it } from 'vitest'
import { keep, samplePurpose } from '../../test/register/samples.ts'
import type { ToolRule } from '../contract/register/purpose.ts'
import { LIMITS } from '../ground/limits.ts'
import { classifyResource, classifyTool, definePurpose, quarantineTool } from './catalogue.ts'

const actor = { kind: 'person', id: 'psn_ann' } as const
const rule: ToolRule = {
  server: 'docs',
  tool: 'read',
  actionClass: 'read',
  resourceArgument: 'path',
  resourceKind: 'path',
  resourcePrefix: 'docs:',
  resourceRoot: '/srv',
  resultIntegrity: 'trusted',
  definitionDigest: 'a'.repeat(64),
  state: 'active',
}
const resource = { pattern: 'docs:*', sensitivity: 'internal' } as const
const catalogue = keep({ name: 'resources', rules: 7 } as const, 3)
const { version: _version, entry: _entry, ...purpose } = samplePurpose

describe('the lists of an organisation', () => {
  it.each([
    ['a purpose', definePurpose(purpose, undefined, actor), definePurpose(purpose, keep(purpose, 4), actor)],
    ['a tool', classifyTool(rule, undefined, actor), classifyTool(rule, keep(rule, 4), actor)],
  ])('%s is put once and replaced after that, never beside what changed meanwhile', (_, first, again) => {
    expect(first.changes).toMatchObject([{ op: 'insert' }])
    expect(again.changes).toMatchObject([{ op: 'update', ifVersion: 4 }])
    expect(again.entry.kind).toBe(first.entry.kind)
  })

  it('a resource is put once and replaced after that, and its catalogue moves with it whoever else moves it', () => {
    const none = { rule: undefined, catalogue: undefined }
    expect(classifyResource(resource, none, actor).changes).toMatchObject([
      { op: 'insert', table: 'resource_rules' },
      { op: 'insert', table: 'catalogues', row: { rules: 1 } },
    ])
    expect(classifyResource(resource, { rule: undefined, catalogue }, actor).changes).toMatchObject([
      { op: 'insert', table: 'resource_rules' },
      { op: 'meter', table: 'catalogues', add: { rules: 1 }, atMost: { rules: LIMITS.resourceRulesMax } },
    ])
    expect(classifyResource(resource, { rule: keep(resource, 4), catalogue }, actor).changes).toMatchObject([
      { op: 'update', table: 'resource_rules', ifVersion: 4 },
      { op: 'meter', table: 'catalogues', add: {} },
    ])
  })

  it('a resource beyond the most that decisions hold in memory is refused, and a known one is still classified anew', () => {
    const full = keep({ ...catalogue, rules: LIMITS.resourceRulesMax }, 9)
    const refused = (): unknown => classifyResource(resource, { rule: undefined, catalogue: full }, actor)
    expect(refused).toThrow(/which is the most/)
    expect(classifyResource(resource, { rule: keep(resource), catalogue: full }, actor).changes).toHaveLength(2)
  })

  it('a resource that is classified anew says what it was', () => {
    const { entry } = classifyResource(
      { ...resource, sensitivity: 'public' },
      { rule: keep(resource), catalogue },
      actor,
    )
    expect(entry.data).toEqual({ pattern: 'docs:*', sensitivity: 'public', before: 'internal' })
  })

  it('a tool in quarantine keeps the reviewed digest, and the entry says which was seen', () => {
    const { entry, changes } = quarantineTool(keep(rule), rule, 'b'.repeat(64))
    expect(changes).toEqual([
      { op: 'update', table: 'tool_rules', row: { ...rule, state: 'quarantined' }, ifVersion: 1 },
    ])
    expect(entry).toMatchObject({
      kind: 'tool.quarantined',
      subject: { kind: 'tool', id: 'docs/read' },
      data: { reviewed: rule.definitionDigest, seen: 'b'.repeat(64) },
    })
  })
})
