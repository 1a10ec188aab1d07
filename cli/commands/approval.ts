import { CHOICES, chosen } from '../../sdk/choices.ts'
import type { Approval, Kept } from '../../sdk/nouns.ts'
import { tellChange } from '../changed.ts'
import type { Command } from '../command.ts'
import { nameSentences, readAll } from '../lookup.ts'
import { alignRows, showSafely, writeTime } from '../terminal.ts'

/** Questions to people, and their answers. */
export const APPROVAL_COMMANDS: readonly Command[] = [
  {
    name: 'approvals',
    sentence: 'Lists what waits for a person, with exactly what is asked.',
    arguments: [],
    options: [
      {
        name: 'state',
        value: 'state',
        oneOf: [...CHOICES.approvalStates, 'all'],
        fallback: 'pending',
        sentence: 'Which.',
      },
    ],
    run: async (input, context) => {
      const state = input.text('state')
      const filter = state === 'all' ? {} : { state: chosen(CHOICES.approvalStates, state) }
      const client = context.client()
      const approvals = await readAll(
        (page) => client.approvals.list({ ...filter, ...page }),
        (part) => part.approvals,
      )
      const lines =
        approvals.length === 0 ? ['Nothing waits.'] : await nameSentences(client, approvals.flatMap(describeApproval))
      return { data: { approvals }, lines: lines.map(showSafely) }
    },
  },
  voteCommand('approve', 'Says yes to exactly what an approval asks.'),
  voteCommand('deny', 'Says no; one no ends the question.'),
]

function describeApproval(approval: Kept<Approval>): string[] {
  const { id, subject, state, seats, expiresMs, asked } = approval
  const head = `${id}  ${subject}, ${state}; seats: ${seats.join(', ')}; until ${writeTime(expiresMs)}`
  const facts = Object.entries(asked).map(([name, value]) => ['', ...writeFact(name, value)])
  return [head, ...alignRows(facts)]
}

/** Writes a fact for the person who decides on it: a moment as a time, plain words as words, all else as its JSON. */
function writeFact(name: string, value: unknown): readonly [string, string] {
  if (typeof value === 'number' && name.endsWith('Ms')) return [name.slice(0, -2), writeTime(value)]
  if (typeof value === 'string') return [name, value]
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return [name, value.join('; ')]
  return [
    name,
    JSON.stringify(value, (key, each: unknown) =>
      key.endsWith('Ms') && typeof each === 'number' ? writeTime(each) : each,
    ),
  ]
}

function voteCommand(verdict: 'approve' | 'deny', sentence: string): Command {
  return {
    name: verdict,
    sentence,
    arguments: [{ name: 'approval', sentence: 'Its id, as `remit approvals` shows it.' }],
    options: [{ name: 'reason', value: 'text', isRequired: true, sentence: 'Why; it is kept in the log.' }],
    run: async (input, context) => {
      const voted = await context.client().approvals.vote(input.text('approval'), verdict, input.text('reason'))
      const after = voted.effect === 'none' ? `it is ${voted.approval.state}` : voted.effect
      return tellChange(`Your ${verdict === 'approve' ? 'yes' : 'no'} is recorded: ${after}.`, voted)
    },
  }
}
