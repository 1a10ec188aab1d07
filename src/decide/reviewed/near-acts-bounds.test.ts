import { describe, expect, it } from 'vitest'
import {
  kept,
  newActFacts,
  newEntitlement,
  newLineage,
  newLink,
  newPerson,
  newPurpose,
  newToolRule,
} from '../../../test/decide/nouns.ts'
import type { Kept } from '../../contract/change.ts'
import type { PersonRight } from '../../contract/register/person-right.ts'
import type { ResourceRule, ToolRule } from '../../contract/register/purpose.ts'
import type { Grant, Scope } from '../../contract/scope.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { ActFacts } from '../laws/act.ts'
import type { Law } from '../laws/law.ts'
import type { Link } from '../lineage.ts'
import type { DecideStore } from '../store.ts'
import { findNearActs } from './near-acts.ts'

const on = (resource: string, action = 'docs/read'): Grant => ({ action, resource })
const tools: readonly ToolRule[] = [newToolRule(), newToolRule({ tool: 'write', actionClass: 'write' })]
const internal: readonly ResourceRule[] = [{ pattern: 'docs:/*', sensitivity: 'internal' }]

interface Told {
  readonly law?: string
  readonly tools?: readonly ToolRule[]
  readonly rules?: readonly ResourceRule[]
  readonly facts?: Partial<ActFacts>
}

/** What is near a read of a page outside all folders, of a chain of one hop where nothing else is said. */
function near(told: Told = {}): Promise<Scope> {
  const store = {
    resourceRules: async () => ({ catalogue: undefined, rules: told.rules ?? internal }),
    toolRulesOf: async () => told.tools ?? tools,
  } as unknown as DecideStore // all that is asked of it
  const facts = newActFacts({ resources: [{ id: 'mail:/a', sensitivity: 'internal' }], ...told.facts })
  return findNearActs(store, { rule: told.law ?? 'law:scope' } as Law<ActFacts>, facts)
}

const chain = (...links: [Link, ...Link[]]): Told => ({ facts: { lineage: newLineage(links) } })

describe('what is near an act that a law denied', () => {
  it.each([
    'tool-quarantined',
    'tool',
    'target',
    'scope',
    'ceiling',
    'purpose',
    'entitlement',
    'behalf-rights',
    'pivot',
  ])('is told where the law is about what was asked: %s', async (name) => {
    expect(await near({ law: `law:${name}` })).toEqual([on('docs:/*')])
  })

  it.each(['pivots', 'identity', 'budget', 'task'])('is not where the law says no to all: %s', async (name) => {
    expect(await near({ law: `law:${name}` })).toEqual([])
  })

  it.each<[string, Link]>([
    ['whose purpose covers no such class', newLink({}, {}, { purpose: newPurpose({ classes: ['write'] }) })],
    ['whose purpose is gone', newLink({}, {}, { purpose: undefined })],
    ['whose calls are used up', newLink({}, { calls: 10 })],
    ['whose bytes are used up', newLink({}, { bytes: 1_000 })],
    ['that is entitled to another class', newLink({}, {}, { entitlements: [newEntitlement({ classes: ['write'] })] })],
  ])('is nothing under a hop %s, wherever that stands', async (_, hop) => {
    expect(await near(chain(hop))).toEqual([])
    expect(await near(chain(hop, newLink({ id: 'tsk_2' })))).toEqual([])
    expect(await near(chain(newLink(), newLink({ ...hop.task, id: 'tsk_2' }, hop.usage, hop)))).toEqual([])
  })

  it('is told while one call and one byte are left', async () => {
    expect(await near(chain(newLink({}, { calls: 9, bytes: 999 })))).toEqual([on('docs:/*')])
  })

  it('is a change only while one write is left', async () => {
    const classes = ['write'] as const
    const more = { purpose: newPurpose({ classes }), entitlements: [newEntitlement({ classes })] }
    expect(await near(chain(newLink({}, { writes: 4 }, more)))).toEqual([on('docs:/*', 'docs/write')])
    expect(await near(chain(newLink({}, { writes: 5 }, more)))).toEqual([])
  })

  it('is what each of the people has a right to, on whose behalf the chain acts', async () => {
    const { classes, ceiling, reason, startsMs, endsMs } = newEntitlement()
    const bounds = { classes, ceiling, reason, startsMs, endsMs, grantedBy: 'psn_1', state: 'granted' } as const
    const right = (personId: string, folder: string): Kept<PersonRight> =>
      kept({ ...bounds, id: `rgt_${folder}`, personId, scope: [on(folder, '*')] })
    const lineage = newLineage()
    const behalf = (...ids: readonly string[]) => ({
      standing: { ...lineage.standing, behalf: ids.map((id) => newPerson({ id })) },
    })
    const rights = [right('psn_zoe', 'docs:/a/*'), right('psn_bo', 'docs:/b/*'), right('psn_bo', 'docs:/a/b/*')]
    const ask = (more: Partial<typeof lineage>) => near({ facts: { lineage: { ...lineage, ...more } } })
    expect(await ask({ rights })).toEqual([on('docs:/*')])
    expect(await ask({ rights, ...behalf('psn_zoe') })).toEqual([on('docs:/a/*')])
    expect(await ask({ rights, ...behalf('psn_zoe', 'psn_bo') })).toEqual([on('docs:/a/b/*')])
    expect(await ask({ rights, ...behalf('psn_nobody') })).toEqual([])
    const writes = rights.map((each) => ({ ...each, classes: ['write'] as const }))
    expect(await ask({ rights: writes, ...behalf('psn_zoe') })).toEqual([])
  })
})

describe('of tools, what is near', () => {
  it('is none that is held back', async () => {
    expect(await near({ tools: [newToolRule({ state: 'quarantined' })] })).toEqual([])
  })

  it('is the one resource of a tool that has no argument for it', async () => {
    const fixed = newToolRule({ resourceArgument: null, resourcePrefix: 'docs:/index' })
    expect(await near({ tools: [fixed] })).toEqual([on('docs:/index')])
  })

  it('is the others only where the one that was asked for is near nowhere', async () => {
    const others = ['list', 'search'].map((tool) => newToolRule({ tool }))
    expect(await near({ tools: [...tools, ...others] })).toEqual([on('docs:/*')])
    expect(await near({ tools: others })).toEqual(others.map(({ tool }) => on('docs:/*', `docs/${tool}`)))
    const page = { resources: [{ id: 'docs:/a', sensitivity: 'internal' }] } as const
    expect(await near({ tools: others, facts: page })).toEqual(others.map(({ tool }) => on('docs:/a', `docs/${tool}`)))
  })

  it('is an action by its class where no server has it', async () => {
    const link = newLink(
      { scope: [on('docs:/a/*', '*')] },
      {},
      { entitlements: [newEntitlement({ scope: [on('docs:/*', '*')] })] },
    )
    const facts = { name: 'read', lineage: newLineage([link]) }
    expect(await near({ facts, tools: [] })).toEqual([on('docs:/a/*', 'read')])
    expect(await near({ facts: { ...facts, name: 'docs/read' }, tools: [] })).toEqual([])
  })
})

describe('of resources, what is near', () => {
  it('is written out where a pattern holds more than may be read, and only what lies in it', async () => {
    const rules: readonly ResourceRule[] = [
      { pattern: 'docs:/*', sensitivity: 'restricted' },
      { pattern: 'docs:/open/*', sensitivity: 'public' },
      { pattern: 'docs:/secret/*', sensitivity: 'restricted' },
      { pattern: 'wiki:/open/*', sensitivity: 'public' },
    ]
    expect(await near({ rules })).toEqual([on('docs:/open/*')])
  })

  it('is one name as its own rule says, and a pattern as a name below it that no rule spells out', async () => {
    const rules: readonly ResourceRule[] = [
      { pattern: 'docs:/a', sensitivity: 'restricted' },
      { pattern: 'docs:/a*', sensitivity: 'public' },
      { pattern: 'docs:/*', sensitivity: 'restricted' },
    ]
    const only = (resource: string) => ({ rules, ...chain(newLink({ scope: [on(resource, 'docs/*')] })) })
    expect(await near(only('docs:/a'))).toEqual([])
    expect(await near(only('docs:/a*'))).toEqual([on('docs:/a*')])
  })

  it('is up to as many as a scope may hold, however many there are', async () => {
    const folders = (count: number) =>
      Array.from({ length: count }, (_, at) => on(`docs:/${String(at).padStart(3, '0')}/*`, 'docs/*'))
    expect(await near(chain(newLink({ scope: folders(20) })))).toHaveLength(20)
    expect(await near(chain(newLink({ scope: folders(21) })))).toHaveLength(20)
    const rules: readonly ResourceRule[] = [
      { pattern: 'docs:/*', sensitivity: 'restricted' },
      ...folders(LIMITS.scopeGrantsMax + 1).map(({ resource }) => ({
        pattern: resource,
        sensitivity: 'public' as const,
      })),
    ]
    expect(await near({ rules })).toHaveLength(LIMITS.scopeGrantsMax)
  })
})
