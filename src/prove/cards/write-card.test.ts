import { expect, it } from 'vitest'
import { createMemoryCards, searchBy } from '../../../test/prove/memory-cards.ts'
import { drawHistory, storeOf } from '../../../test/prove/random-history.ts'
import type { LogEntry } from '../../contract/log-entry.ts'
import { digestOf, digestText } from '../../ground/digest.ts'

/** Of entries, of all that cards say of them, and of the seals: what they were when the seal got the name that it has. */
const PINNED = [
  'b11b9e14a02c023792ac8f8300f7cd46f04f3ab5f9b032ee509fa1ff34fc1640',
  'f50886e421785af496d9a8394ad102b3b33738d6be118a0b27dc37fbe499c9fa',
  '7177e30a868167a80d9390b96003439d047bad04d6538019e9e5177200929ff5',
]

/** A question to another application, whose subject is in the words of who asks. */
const ABOUT_OTHERS: Partial<LogEntry> = {
  kind: 'decision.denial',
  actor: { kind: 'identity', id: 'idn_a', chain: [{ identityId: 'idn_a', name: 'a', taskId: 'tsk_ours' }] },
  subject: { kind: 'task', id: 'tsk_of_theirs' },
  data: { decision: 'evaluation', domain: { name: 'crm' }, approvalId: 'apr_1' },
}

it('cards that say something else of the same entries than before are sealed by another name, so that older ones do not count', async () => {
  const drawn = drawHistory(1, 1_023).entries
  const entries = [...drawn, ...drawn.slice(0, 1).map((entry): LogEntry => ({ ...entry, ...ABOUT_OTHERS }))]
  const { search, shelf } = searchBy(storeOf(entries), createMemoryCards())
  for await (const _ of search.read('told', [], 0, entries.length));
  const cards = [...shelf.kept.values()]
  expect(cards).toHaveLength(8)
  const digest = (part: 'hashes' | 'seal'): string =>
    digestText(cards.map((card) => Buffer.from(card[part]).toString('hex')).join())
  // where the second differs and the first does not, `createCardSeal` needs another name before these are put right
  expect([digestOf(entries), digest('hashes'), digest('seal')]).toEqual(PINNED)
})
