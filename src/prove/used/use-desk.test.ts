import { expect, it } from 'vitest'
import { newEntitlement } from '../../../test/decide/nouns.ts'
import { searchBy } from '../../../test/prove/memory-cards.ts'
import { writeCanonical } from '../../contract/log/canonical-json.ts'
import type { LogEntry } from '../../contract/log-entry.ts'
import type { ProveStore } from '../store.ts'
import { createUseDesk } from './use-desk.ts'

const call: LogEntry = {
  v: 1,
  org: 'org',
  kind: 'decision.permit',
  atMs: 5,
  actor: { kind: 'identity', id: 'idn_reader' },
  subject: { kind: 'task', id: 'tsk_1' },
  touched: [],
  data: {
    entitlements: ['ent_reader'],
    action: { name: 'docs/read_text_file', class: 'read' },
    resources: [{ id: 'docs:/handbook/a', sensitivity: 'internal' }],
  },
}

it('what was counted up to an entry stays that, also where somebody else counts on before it is read', async () => {
  const entitlement = { ...newEntitlement({ id: 'ent_reader', identityId: 'idn_reader' }), version: 1, entry: 0 }
  let size = 3
  const store: ProveStore = {
    readHead: async () => ({ size, note: '' }),
    readEntries: async (from, to) => Array.from({ length: to - from }, () => Buffer.from(writeCanonical(call))),
    readHashes: async () => [],
  }
  const desk = createUseDesk({ store, search: searchBy(store).search })
  const first = await desk.count('idn_reader', [entitlement])
  size = 7
  const second = await desk.count('idn_reader', [entitlement])
  const told = [first, second].map(({ to, of }) => [to, of('ent_reader').calls])
  expect(told).toEqual([
    [3, 2],
    [7, 6],
  ])
})
