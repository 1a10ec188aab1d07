import { CHOICES, chosen } from '../../sdk/choices.ts'
import type { Client } from '../../sdk/client.ts'
import type { CutoffTarget } from '../../sdk/nouns.ts'
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
        nameOf(row.by),
        quote.text(row.because),
        `#${row.entry}`,
      ])
      return {
        data: { cutoffs },
        lines: [writeTable(['at', 'what', 'which', 'by', 'because', 'entry'], rows, 'Nothing was cut off.')],
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
      const ended = `${writeCount(made.tasksEnded, 'task')} and ${writeCount(streamsEnded, 'open stream')} ended`
      const sentence = `${target} ${input.text('which')} is cut off, in ${Math.ceil(tookMs)} ms; ${ended}.`
      const unsettled =
        'The state of something that fell does not say so yet; nothing of it is accepted, and the server carries on.'
      return tellChange(sentence, made, [
        `  ${AFTER[target]}`,
        ...(target === 'upstream' ? [] : [`  ${ELSEWHERE}`]),
        ...(made.settled ? [] : [`  ${unsettled}`]),
        `  last request accepted: ${writeTime(lastAcceptedMs) || 'none that the server remembers'}`,
      ])
    },
  },
]

/** One that waits for people now may be let act by their yes: whoever cut off decides whether it is to be given. */
const EACH_AGAIN =
  'each gets nothing before it is suspended, submitted and approved again (remit identity list), and one that waits for approval, before it is approved (remit approvals).'

/** What others count who do not ask here, nor read the status list. */
const ELSEWHERE =
  'Elsewhere a grant for another domain, an SVID, or a token for a cloud that was given before counts until it ends.'

/** What holds from now on, beside that tokens, approvals and tasks from before count no more. */
const AFTER: Readonly<Record<CutoffTarget, string>> = {
  identity:
    'Its tokens count no more; it gets nothing before it is submitted and approved again. Grants between it and others count again then (remit identity delegates).',
  task: 'Its tokens and those of all that it handed on count no more.',
  chain: 'The tokens of every task in it count no more.',
  binding:
    'Nothing that was given on its proofs counts, and nothing more is given on them: bind another one (remit identity bind).',
  owner: `Tokens of every identity that they own count no more; ${EACH_AGAIN}`,
  upstream: 'Calls that were permitted until now end; the tasks go on, and new tokens for it count.',
  vendor: `Tokens of every identity of it count no more; ${EACH_AGAIN}`,
}

/** How a name becomes an id, for the targets that have names. */
const FINDERS: Readonly<Record<string, (client: Client, said: string) => Promise<string>>> = {
  identity: findIdentityId,
  owner: async (client, said) => (await findPerson(client, said)).id,
}
