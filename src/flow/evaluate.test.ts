import { describe, expect, it } from 'vitest'
import { reader, World } from '../../test/decide/world.ts'
import { createMemoryStore } from '../../test/record/memory-store.ts'
import { openTestLog } from '../../test/record/open-test-log.ts'
import type { EvaluationRequest } from '../decide/requests.ts'
import { evaluateAll } from './evaluate.ts'
import { createLastAccepted } from './last-accepted.ts'

const question = (taskId: string, resource: string): EvaluationRequest => ({
  subject: { type: 'task', id: taskId, properties: {} },
  action: { name: 'docs/read_text_file', properties: {} },
  resource: { type: 'resource', id: resource, properties: {} },
  context: {},
})

describe('several questions', () => {
  it.each(['execute_all', 'permit_on_first_permit'] as const)('cost one commit (%s)', async (semantic) => {
    const world = new World()
    const agent = await world.start(reader.id)
    const kept = createMemoryStore()
    let commits = 0
    const store: typeof kept = {
      ...kept,
      commit: async (...args) => {
        commits += 1
        return kept.commit(...args)
      },
    }
    const log = await openTestLog(store)
    const policies = { refresh: async () => undefined }
    const domains = policies
    const house = { decide: world.decide, log, policies, domains, lastAccepted: createLastAccepted() }
    const denied = Array.from({ length: 20 }, () => question('tsk_unknown', 'docs:/a'))
    const before = commits
    const answered = await evaluateAll(house, agent, denied, { semantic })
    expect(answered.map(({ fact }) => fact.outcome)).toEqual(denied.map(() => 'denial'))
    expect(commits - before).toBe(1)
    await log.close()
  })
})
