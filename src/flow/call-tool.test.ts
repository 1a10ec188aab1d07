import { expect, it } from 'vitest'
import { newToolRule } from '../../test/decide/nouns.ts'
import { createMemoryStore } from '../../test/record/memory-store.ts'
import { openTestLog } from '../../test/record/open-test-log.ts'
import { insert } from '../contract/change.ts'
import { quarantine } from './call-tool.ts'
import type { House } from './house.ts'

it('of several calls that see at once that a tool is not the reviewed one, one takes it out of use and none fails', async () => {
  const store = createMemoryStore()
  const log = await openTestLog(store)
  await log.record({
    entry: {
      kind: 'tool.classified',
      actor: { kind: 'system', id: 'gateway' },
      subject: { kind: 'tool', id: 'docs/read' },
      data: {},
    },
    changes: [insert('tool_rules', newToolRule({ definitionDigest: 'reviewed' }))],
  })
  const toolRule = async () => {
    const row = store.rows.get('tool_rules/docs/read') ?? expect.unreachable()
    return { ...JSON.parse(row.body), version: row.version, entry: row.entry }
  }
  const house = { register: { toolRule }, log } as unknown as House // no more of it is asked
  await Promise.all(Array.from({ length: 4 }, () => quarantine(house, 'docs', 'read', 'seen')))
  expect(await toolRule()).toMatchObject({ state: 'quarantined', version: 2 })
  expect(store.entries).toHaveLength(2)
})
