import { CHOICES, chosen } from '../../sdk/choices.ts'
import { tellChange } from '../changed.ts'
import type { Command } from '../command.ts'
import { findPerson, readPeople } from '../lookup.ts'
import { writeTable } from '../terminal.ts'

const PERSON = { name: 'person', sentence: 'Name, mail address or id.' } as const

/** The people who answer for AI identities. */
export const PERSON_COMMANDS: readonly Command[] = [
  {
    name: 'person list',
    sentence: 'Lists the people and their roles.',
    arguments: [],
    options: [],
    run: async (_input, context) => {
      const people = await readPeople(context.client())
      const rows = people.map(({ id, name, email, roles, state }) => [name, email, roles.join(','), state, id])
      return {
        data: { people },
        lines: writeTable(['name', 'mail', 'roles', 'state', 'id'], rows, 'There is nobody yet.'),
      }
    },
  },
  {
    name: 'person add',
    sentence: 'Adds a person and makes their first sign-in link.',
    arguments: [{ name: 'name', sentence: "The person's name." }],
    options: [
      { name: 'email', value: 'address', isRequired: true, sentence: 'Mail address.' },
      {
        name: 'role',
        value: 'role',
        isMany: true,
        isRequired: true,
        oneOf: CHOICES.roles,
        sentence: 'What they may do.',
      },
    ],
    run: async (input, context) => {
      const roles = input.all('role').map((role) => chosen(CHOICES.roles, role))
      const client = context.client()
      const added = await client.people.add({ name: input.text('name'), email: input.text('email'), roles })
      return tellChange(
        `${added.person.name} was added (${roles.join(', ')}).`,
        added,
        showLink(client.baseUrl, added.link),
      )
    },
  },
  {
    name: 'person link',
    sentence: 'Makes a new one-time sign-in link for a person.',
    arguments: [PERSON],
    options: [],
    run: async (input, context) => {
      const client = context.client()
      const { id, name } = await findPerson(client, input.text('person'))
      const made = await client.people.link(id)
      return { data: made, lines: [`A sign-in link for ${name} was made.`, ...showLink(client.baseUrl, made.link)] }
    },
  },
  {
    name: 'person leave',
    sentence: 'Records that a person has left; the identities that they own are suspended.',
    arguments: [PERSON],
    options: [],
    run: async (input, context) => {
      const client = context.client()
      const { id, name } = await findPerson(client, input.text('person'))
      const left = await client.people.leave(id)
      return tellChange(`${name} has left; ${left.suspended.length} identities were suspended.`, left, left.suspended)
    },
  },
]

function showLink(url: string, link: string): string[] {
  return [`  remit login ${link} --url ${url}`, '  It works once; hand it over in private.']
}
