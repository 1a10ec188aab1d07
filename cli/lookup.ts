import type { Part } from '../sdk/answers.ts'
import type { Client, PageQuery } from '../sdk/client.ts'
import type { Kept, Person } from '../sdk/nouns.ts'
import { isProblem } from '../sdk/problem.ts'
import { CliError } from './command.ts'

/** Finds a person by id, mail address or name; refuses where none or more than one fits. */
export async function findPerson(client: Client, said: string): Promise<Kept<Person>> {
  const people = await readPeople(client)
  const exact = people.find(({ id }) => id === said)
  if (exact !== undefined) return exact
  const wanted = said.toLowerCase()
  const found = people.filter(({ name, email }) => name.toLowerCase() === wanted || email.toLowerCase() === wanted)
  const [only] = found
  if (only !== undefined && found.length === 1) return only
  const sentence = found.length === 0 ? `There is no person '${said}'.` : `More than one person is called '${said}'.`
  throw new CliError('refused', 'not_found', sentence, 'Use the id or mail address that `remit person list` shows.')
}

/** Gives the id of an identity that was named by name or id. */
export async function findIdentityId(client: Client, said: string): Promise<string> {
  return said.startsWith('idn_') ? said : (await client.identities.show(said)).identity.id
}

/** Reads a list to its end, a part at a time; `rowsOf` takes the rows out of a part. */
export async function readAll<Answer extends Part, Row>(
  read: (page: PageQuery) => Promise<Answer>,
  rowsOf: (part: Answer) => readonly Row[],
): Promise<Row[]> {
  const rows: Row[] = []
  let query: PageQuery = { limit: PAGE }
  for (;;) {
    const part = await read(query)
    rows.push(...rowsOf(part))
    if (part.next === null) return rows
    query = { limit: PAGE, after: part.next }
  }
}

/** Gives tasks of which an answer held the first part: these, or all of them anew where there are more. */
export async function readWhole<Row>(
  first: readonly Row[],
  next: string | null,
  read: (page: PageQuery) => Promise<Part & { readonly tasks: readonly Row[] }>,
): Promise<readonly Row[]> {
  return next === null ? first : readAll(read, ({ tasks }) => tasks)
}

/** Reads everybody. */
export function readPeople(client: Client): Promise<Kept<Person>[]> {
  return readAll(client.people.list, ({ people }) => people)
}

/** Gives the names of people by id, for showing. */
export async function readNames(client: Client): Promise<(id: string | null) => string> {
  const names = new Map((await readPeople(client)).map(({ id, name }) => [id, name]))
  return (id) => (id === null ? '' : (names.get(id) ?? id))
}

/** Puts names in the place of ids, which are all that the log knows of people. */
export async function nameSentences(client: Client, sentences: readonly string[]): Promise<string[]> {
  const nameOf = await readNames(client)
  const ids = new Set(sentences.flatMap((sentence) => sentence.match(IDENTITY_ID) ?? []))
  const named = await Promise.all([...ids].map((id) => readIdentityName(client, id)))
  const names = new Map([...ids].map((id, at) => [id, named[at] ?? id]))
  return sentences.map((sentence) =>
    sentence
      .replaceAll(NAMED_ALREADY, '')
      .replaceAll(PERSON_ID, (id) => nameOf(id))
      .replaceAll(IDENTITY_ID, (id) => names.get(id) ?? id),
  )
}

const PAGE = 200
const PERSON_ID = /psn_[0-9a-z]+/g
const IDENTITY_ID = /idn_[0-9a-z]+/g
const NAMED_ALREADY = / \((?:psn|idn)_[0-9a-z]+\)/g

async function readIdentityName(client: Client, id: string): Promise<string> {
  try {
    return (await client.identities.show(id)).identity.name
  } catch (error) {
    if (isProblem(error, 'not_found')) return id
    throw error
  }
}
