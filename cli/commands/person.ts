import { CHOICES, chosen } from '../../sdk/choices.ts'
import type { Client } from '../../sdk/client.ts'
import type { Person, Role } from '../../sdk/nouns.ts'
import type { PersonLeft, PersonWhole } from '../../sdk/people-answers.ts'
import { tellChange } from '../changed.ts'
import { type Command, type Context, type Input, type Option, usageError } from '../command.ts'
import { findPerson, readNamer, readPeople, writeNamed } from '../lookup.ts'
import { type Layout, writeCount, writeFacts, writeTable } from '../terminal.ts'

const PERSON = { name: 'person', sentence: 'Name, mail address or id.' } as const

const ROLE: Option = {
  name: 'role',
  value: 'role',
  isMany: true,
  isRequired: true,
  oneOf: CHOICES.roles,
  sentence: 'What they may do.',
}

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
        lines: [writeTable(['name', 'mail', 'roles', 'state', 'id'], rows, 'There is nobody yet.')],
      }
    },
  },
  {
    name: 'person add',
    sentence: 'Adds a person and makes their first sign-in link.',
    arguments: [{ name: 'name', sentence: "The person's name." }],
    options: [{ name: 'email', value: 'address', isRequired: true, sentence: 'Mail address.' }, ROLE],
    run: async (input, context) => {
      const roles = readRoles(input)
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
    name: 'person show',
    sentence: 'Shows a person, and how many identities they own and sponsor.',
    arguments: [PERSON],
    options: [],
    run: async (input, context) => {
      const client = context.client()
      const shown = await client.people.show((await findPerson(client, input.text('person'))).id)
      return { data: shown, lines: [tellPerson(shown)] }
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
    name: 'person roles',
    sentence: 'Gives a person these roles, in place of those that they had.',
    arguments: [PERSON],
    options: [ROLE],
    run: async (input, context) => {
      const client = context.client()
      const roles = readRoles(input)
      const changed = await client.people.setRoles((await findPerson(client, input.text('person'))).id, roles)
      return tellChange(`${changed.person.name} is now: ${roles.join(', ')}.`, changed)
    },
  },
  {
    name: 'person rename',
    sentence: "Changes a person's name or mail address; what they did stays theirs.",
    arguments: [PERSON],
    options: [
      { name: 'name', value: 'text', sentence: 'The new name.' },
      { name: 'email', value: 'address', sentence: 'The new mail address.' },
    ],
    run: rename,
  },
  {
    name: 'person leave',
    sentence:
      'Records that a person has left: from then on nothing is let be done by the identities that they own, and they are suspended; where they are many, the rest after the answer.',
    arguments: [PERSON],
    options: [],
    run: async (input, context) => {
      const client = context.client()
      const { id, name } = await findPerson(client, input.text('person'))
      const left = await client.people.leave(id)
      const named = await nameSuspended(client, left.suspended)
      return tellChange(`${name} has left; ${tellSuspended(left)}`, left, [
        ...named,
        ...(named.length === 0 ? [] : [ANOTHER_OWNER]),
      ])
    },
  },
]

/** What is suspended without an owner waits for one. */
const ANOTHER_OWNER = "  remit identity reassign <identity> --owner <person> --reason '…'"

/** It is done by now: whoever may not read the names any more, having left themselves, is shown ids. */
async function nameSuspended(client: Client, ids: readonly string[]): Promise<string[]> {
  const nameOf = await readNamer(client, ids).catch(() => (id: string) => id)
  return ids.map((id) => `  ${writeNamed(id, nameOf)}`)
}

/** A server of before answered once all was suspended, and said no more. */
function tellSuspended({ suspended, following = 0, settled = true }: PersonLeft): string {
  const count = suspended.length
  const what =
    ['nothing that they owned acts', 'one identity was suspended'][count] ?? `${count} identities were suspended`
  if (settled) return `${what}.`
  const rest = following === null || following === 0 ? 'the rest follows' : `${following} more follow`
  return `${what}, and ${rest}: nothing is let be done by what they owned meanwhile. \`remit person show\` says how many are left.`
}

function tellPerson({ person, estate: { identities, living, sponsored = 0 } }: PersonWhole): Layout {
  return writeFacts([
    ['name', person.name],
    ['mail', person.email],
    ['roles', person.roles.length === 0 ? 'none' : person.roles.join(', ')],
    ['state', person.state],
    ['owns', tellEstate(person, identities, living)],
    ...(sponsored === 0 ? [] : [['sponsors', tellSponsored(person, sponsored)] as const]),
    ['id', person.id],
  ])
}

function tellEstate({ state }: Person, identities: number, living: number): string {
  if (identities === 0) return 'no identity'
  const all = writeCount(identities, 'identity', 'identities')
  const one = living === 1
  if (state === 'active')
    return `${all}, of which ${living} ${one ? 'is active or waits' : 'are active or wait'} for approval`
  return living === 0
    ? `${all}, none of which acts`
    : `${all}, of which ${living} ${one ? 'is' : 'are'} still to be suspended; none acts`
}

/** Beside its owner nobody answers for what is sponsored by somebody who left. */
function tellSponsored({ state }: Person, sponsored: number): string {
  const one = sponsored === 1
  const all = `${writeCount(sponsored, 'identity', 'identities')} that ${one ? 'is active or waits' : 'are active or wait'} for approval`
  return state === 'active'
    ? all
    : `${all}; ${one ? 'it needs' : 'each needs'} another sponsor (remit identity reassign)`
}

function readRoles(input: Input): readonly Role[] {
  return input.all('role').map((role) => chosen(CHOICES.roles, role))
}

async function rename(input: Input, context: Context) {
  const [name, email] = [input.find('name'), input.find('email')]
  if (name === undefined && email === undefined)
    throw usageError('Say --name, --email or both.', 'Run `remit person rename --help`.')
  const client = context.client()
  const { id } = await findPerson(client, input.text('person'))
  const profile = { ...(name === undefined ? {} : { name }), ...(email === undefined ? {} : { email }) }
  const changed = await client.people.rename(id, profile)
  return tellChange(`It is ${changed.person.name} <${changed.person.email}> now.`, changed)
}

function showLink(url: string, link: string): string[] {
  return [`  remit login ${link} --url ${url}`, '  It works once; hand it over in private.']
}
