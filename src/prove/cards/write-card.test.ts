import { expect, it } from 'vitest'
import { createMemoryCards, searchBy } from '../../../test/prove/memory-cards.ts'
import { drawHistory, storeOf } from '../../../test/prove/random-history.ts'
import type { LogEntry } from '../../contract/log-entry.ts'
import { digestOf, digestText } from '../../ground/digest.ts'

/** Of entries, of all that cards say of them, and of the seals: what they were when the seal got the name that it has. */
const PINNED = [
  '80634f953be077b3272c9206c0ff30bd55e57dfa8be6644060086d17ef2bf7c4',
  '89831bb6e9a5a15c0947153c73df64937d7a454e4814746dc4f928dbac11babe',
  'b7002ccdce1b04fc579a1b50201f263b4ecefb0f367b9f8cb71f89595e59fda6',
]

/** A question to another application, whose subject is in the words of who asks. */
const ABOUT_OTHERS: Partial<LogEntry> = {
  kind: 'decision.denial',
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
