import { CHOICES, chosen } from '../../sdk/choices.ts'
import { tellChange } from '../changed.ts'
import type { Command } from '../command.ts'
import { findPerson } from '../lookup.ts'
import { DAYS, GRANT_OPTIONS, REASON } from '../options.ts'
import { readGrant, writeScope } from '../scope-words.ts'
import { writeTable, writeTime } from '../terminal.ts'

const PERSON = { name: 'person', sentence: 'Name, mail address or id.' } as const

/** What people may do themselves, and so what agents may do on their behalf. */
export const RIGHT_COMMANDS: readonly Command[] = [
  {
    name: 'person rights',
    sentence: 'Lists what a person may do, which bounds what agents do on their behalf.',
    arguments: [PERSON],
    options: [],
    run: async (input, context) => {
      const client = context.client()
      const { id } = await findPerson(client, input.text('person'))
      const shown = await client.people.rights(id)
      const rows = shown.rights.flatMap((row) =>
        writeScope(row.scope).map((grant) => [
          grant,
          row.classes.join(','),
          row.ceiling,
          row.state,
          writeTime(row.endsMs),
          row.id,
        ]),
      )
      const head = ['may', 'classes', 'ceiling', 'state', 'until', 'right']
      return {
        data: shown,
        lines: [writeTable(head, rows, 'No right, and so nothing acts on their behalf.')],
      }
    },
  },
  {
    name: 'person entitle',
    sentence: 'Gives another person a right: agents may do that on their behalf, where they are entitled to it too.',
    arguments: [PERSON],
    options: [...GRANT_OPTIONS, DAYS, REASON],
    run: async (input, context) => {
      const client = context.client()
      const { id, name } = await findPerson(client, input.text('person'))
      const granted = await client.people.grantRight(id, {
        scope: input.all('allow').map(readGrant),
        classes: input.all('class').map((each) => chosen(CHOICES.classes, each)),
        ceiling: chosen(CHOICES.sensitivities, input.text('ceiling')),
        reason: input.text('reason'),
        days: input.whole('days', 1, 366),
      })
      return tellChange(`${name} has the right ${granted.right.id}.`, granted)
    },
  },
  {
    name: 'person unentitle',
    sentence: 'Ends a right of a person; what acts on it for them stops at its next request.',
    arguments: [PERSON, { name: 'right', sentence: 'Its id, as `remit person rights` shows it.' }],
    options: [REASON],
    run: async (input, context) => {
      const client = context.client()
      const { id } = await findPerson(client, input.text('person'))
      const ended = await client.people.endRight(id, input.text('right'), input.text('reason'))
      return tellChange(`The right ${input.text('right')} has ended.`, ended)
    },
  },
]
