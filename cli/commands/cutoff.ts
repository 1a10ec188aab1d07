import { CHOICES, chosen } from '../../sdk/choices.ts'
import type { Client } from '../../sdk/client.ts'
import { quote } from '../../sdk/quote.ts'
import { tellChange } from '../changed.ts'
import type { Command } from '../command.ts'
import { findIdentityId, findPerson, readAll, readNamerIfLet, writeNamed } from '../lookup.ts'
import { REASON } from '../options.ts'
import { writeCount, writeTable, writeTime } from '../terminal.ts'

/** Taking back everything of something at once. */
export const CUTOFF_COMMANDS: readonly Command[] = [
  {
    name: 'cutoff list',
    sentence: 'Lists what was cut off, when and why, newest first.',
    arguments: [],
    options: [],
    run: async (_input, context) => {
      const client = context.client()
      const all = await readAll(client.cutoffs.list, (part) => part.cutoffs)
      const cutoffs = all.sort((a, b) => b.atMs - a.atMs)
      const nameOf = await readNamerIfLet(
        client,
        cutoffs.map(({ targetId }) => targetId),
      )
      const rows = cutoffs.map((row) => [
        writeTime(row.atMs),
        row.target,
        writeNamed(row.targetId, nameOf),
        quote.text(row.because),
        `#${row.entry}`,
      ])
      return {
        data: { cutoffs },
        lines: writeTable(['at', 'what', 'which', 'because', 'entry'], rows, 'Nothing was cut off.'),
      }
    },
  },
  {
    name: 'cutoff',
    sentence: 'Cuts off: nothing that was issued to it until now counts, and its open streams end.',
    arguments: [
      { name: 'what', oneOf: CHOICES.cutoffTargets, sentence: 'What kind of thing.' },
      { name: 'which', sentence: 'Its name or id.' },
    ],
    options: [REASON],
    run: async (input, context) => {
      const client = context.client()
      const target = chosen(CHOICES.cutoffTargets, input.text('what'))
      const targetId = await (FINDERS[target]?.(client, input.text('which')) ?? input.text('which'))
      const made = await client.cutoffs.make({ target, targetId, because: input.text('reason') })
      const { tookMs, streamsEnded, lastAcceptedMs } = made.clock
      const sentence = `${target} ${input.text('which')} is cut off, in ${Math.ceil(tookMs)} ms; ${writeCount(streamsEnded, 'open stream')} ended.`
      return tellChange(sentence, made, [
        `  last request accepted: ${writeTime(lastAcceptedMs) || 'none that the server remembers'}`,
      ])
    },
  },
]

/** How a name becomes an id, for the targets that have names. */
const FINDERS: Readonly<Record<string, (client: Client, said: string) => Promise<string>>> = {
  identity: findIdentityId,
  owner: async (client, said) => (await findPerson(client, said)).id,
}
