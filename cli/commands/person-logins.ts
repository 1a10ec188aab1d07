import { tellChange } from '../changed.ts'
import type { Command } from '../command.ts'
import { findPerson } from '../lookup.ts'
import { REASON } from '../options.ts'
import { writeTable, writeTime } from '../terminal.ts'

const PERSON = { name: 'person', sentence: 'Name, mail address or id.' } as const

/** By what the organisation's identity providers know people. */
export const LOGIN_COMMANDS: readonly Command[] = [
  {
    name: 'person logins',
    sentence: 'Lists by which subject each identity provider knows a person.',
    arguments: [PERSON],
    options: [],
    run: async (input, context) => {
      const client = context.client()
      const { id } = await findPerson(client, input.text('person'))
      const shown = await client.logins.list(id)
      const rows = shown.logins.map((row) => [
        row.issuer,
        row.subject,
        row.endedMs === null ? 'counts' : `ended ${writeTime(row.endedMs)}`,
        row.id,
      ])
      const head = ['issuer', 'subject', 'state', 'login']
      return {
        data: shown,
        lines: [writeTable(head, rows, 'No login: no token of an identity provider proves them.')],
      }
    },
  },
  {
    name: 'person login add',
    sentence: 'Says by which subject an identity provider knows a person: its tokens prove them from now on.',
    arguments: [PERSON],
    options: [
      { name: 'issuer', value: 'url', isRequired: true, sentence: 'As its tokens say iss; it has to serve people.' },
      { name: 'subject', value: 'text', isRequired: true, sentence: 'As its tokens say sub of this person.' },
    ],
    run: async (input, context) => {
      const client = context.client()
      const { id, name } = await findPerson(client, input.text('person'))
      const added = await client.logins.add(id, { issuer: input.text('issuer'), subject: input.text('subject') })
      return tellChange(`${name} has the login ${added.login.id}.`, added)
    },
  },
  {
    name: 'person login end',
    sentence: 'Ends a login of a person; tokens with that subject prove nobody any more.',
    arguments: [PERSON, { name: 'login', sentence: 'Its id, as `remit person logins` shows it.' }],
    options: [REASON],
    run: async (input, context) => {
      const client = context.client()
      const { id } = await findPerson(client, input.text('person'))
      const ended = await client.logins.end(id, input.text('login'), input.text('reason'))
      return tellChange(`The login ${input.text('login')} has ended.`, ended)
    },
  },
]
