import { CHOICES, chosen } from '../../sdk/choices.ts'
import type { PageQuery } from '../../sdk/client.ts'
import { tellChange } from '../changed.ts'
import type { Command } from '../command.ts'
import { readAll } from '../lookup.ts'
import { showSafely, writeTable, writeTime } from '../terminal.ts'

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
      const read = async (page: PageQuery) => (await client.approvals.list({ ...filter, ...page })).approvals
      const approvals = await readAll(read, ({ id }) => id)
      const rows = approvals.flatMap((row) => [
        [row.id, row.subject, row.state, row.seats.join(','), writeTime(row.expiresMs)],
        [`  ${showSafely(JSON.stringify(row.asked))}`],
      ])
      const table = writeTable(
        ['id', 'about', 'state', 'seats', 'until'],
        rows.filter((row) => row.length > 1),
        'Nothing waits.',
      )
      // What is asked may be long, so it stands below its row and does not widen a column.
      const [head = '', ...lines] = table
      const asked = rows.filter((row) => row.length === 1).map(([text = '']) => text)
      return { data: { approvals }, lines: [head, ...lines.flatMap((line, at) => [line, asked[at] ?? ''])] }
    },
  },
  voteCommand('approve', 'Says yes to exactly what an approval asks.'),
  voteCommand('deny', 'Says no; one no ends the question.'),
]

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
