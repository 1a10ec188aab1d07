import type { PageQuery } from '../sdk/address.ts'
import type { Part } from '../sdk/answers.ts'
import type { Client } from '../sdk/client.ts'
import type { Kept, Person } from '../sdk/nouns.ts'
import { isProblem } from '../sdk/problem.ts'
import { quote } from '../sdk/quote.ts'
import { CliError } from './command.ts'

/** Finds a person by id, mail address or name; refuses where none or more than one fits. */
export async function findPerson(client: Client, said: string): Promise<Kept<Person>> {
  const people = await readPeople(client)
  const wanted = said.toLowerCase()
  // ids and mail addresses are nobody else's; a name may be one of them
  const exact = people.find(({ id }) => id === said) ?? people.find(({ email }) => email.toLowerCase() === wanted)
  if (exact !== undefined) return exact
  const found = people.filter(({ name }) => name.toLowerCase() === wanted)
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
    // a server that names no part beyond the one that it gave would be asked for ever
    if (typeof part.next !== 'string' || part.next === query.after) return rows
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

/** As `readNames`, and says who of those who are to answer for something has left. */
export async function readAccountable(client: Client): Promise<(id: string | null) => string> {
  const people = await readPeople(client)
  const names = new Map(people.map(({ id, name, state }) => [id, state === 'left' ? `${name} (left)` : name]))
  return (id) => (id === null ? '' : (names.get(id) ?? id))
}

/** Gives the names of people and identities by id, for showing; what is the id of nobody known stays as it is. */
export async function readNamer(client: Client, ids: readonly string[]): Promise<(id: string) => string> {
  const people = await readNames(client)
  const known = [...new Set(ids.filter((id) => IDENTITY_ID.test(id)))]
  const names = new Map<string, string>()
  const left = known.values()
  const readNext = async (): Promise<void> => {
    for (const id of left) names.set(id, await readIdentityName(client, id))
  }
  await Promise.all(Array.from({ length: NAMES_AT_ONCE }, readNext))
  return (id) => names.get(id) ?? people(id)
}

/** Writes a name with the id that it stands for, as two may have one name; the id alone where no name is known. */
export function writeNamed(id: string, nameOf: (id: string) => string): string {
  const name = nameOf(id)
  return name === id ? id : `${name} (${id})`
}

/** As `readNamer`. Whoever has no role may not read what there is, and is shown ids. */
export async function readNamerIfLet(client: Client, ids: readonly string[]): Promise<(id: string) => string> {
  try {
    return await readNamer(client, ids)
  } catch (error) {
    if (isProblem(error, 'role_missing')) return (id) => id
    throw error
  }
}

/** Sentences with the names of people and identities: alone, for people to read, and each with its id behind it. */
export interface NamedSentences {
  readonly plain: readonly string[]
  readonly withIds: readonly string[]
}

/** Puts names to ids, which are all that the log knows of people; not in what stands in quotes: it is somebody's words. */
export async function nameSentences(client: Client, sentences: readonly string[]): Promise<NamedSentences> {
  const ids = sentences.flatMap((sentence) => sentence.match(PIECE) ?? []).filter((piece) => ID_PIECE.test(piece))
  const nameOf = await readNamer(client, ids)
  const write = (nameId: (id: string) => string, inBrackets: (piece: string) => string): string[] =>
    sentences.map((sentence) =>
      sentence.replaceAll(PIECE, (piece) => {
        if (ID_PIECE.test(piece)) return nameId(piece)
        return piece.startsWith('"') ? piece : inBrackets(piece)
      }),
    )
  const sayName = (id: string): string => (nameOf(id) === id ? id : markName(nameOf(id)))
  return {
    plain: write(sayName, () => ''),
    withIds: write(
      (id) => writeNamed(id, sayName),
      (piece) => piece,
    ),
  }
}

/** People choose their names: none may read as words of the sentence that it stands in. */
function markName(name: string): string {
  return NOT_NAMES.includes(name.toLowerCase()) ? quote.text(name) : quote.unlessWord(name)
}

/** What sentences say where there is no name. */
const NOT_NAMES: readonly string[] = ['nobody', 'none', 'unknown']

const PAGE = 200
/** There may be thousands to be read, and whoever asks for all of them in one moment is refused. */
const NAMES_AT_ONCE = 16
const IDENTITY_ID = /^idn_[0-9a-z]{1,40}$/
/** In a sentence: a JSON string, an id in brackets after the name that it belongs to, or an id alone. */
const PIECE =
  /"(?:[^"\\]|\\.)*"|(?<=[\w"]) \((?:psn|idn)_[0-9a-z]{1,40}\)|(?<![\w:/@-])(?:psn|idn)_[0-9a-z]{1,40}(?![\w/@-])/g
const ID_PIECE = /^(?:psn|idn)_/

async function readIdentityName(client: Client, id: string): Promise<string> {
  try {
    return (await client.identities.show(id)).identity.name
  } catch (error) {
    if (isProblem(error, 'not_found')) return id
    throw error
  }
}
