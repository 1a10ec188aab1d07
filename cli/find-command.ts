import { type Command, usageError } from './command.ts'
import { COMMANDS } from './commands.ts'
import { findMeant } from './did-you-mean.ts'
import { COMMON_OPTIONS } from './input.ts'

/** Gives the commands that begin with a word and have more words. */
export function familyOf(first: string): readonly Command[] {
  return COMMANDS.filter(({ name }) => name.startsWith(`${first} `))
}

/** True for a word that begins commands, and is none itself. */
export function isFamily(first: string): boolean {
  return familyOf(first).length > 0 && COMMANDS.every(({ name }) => name !== first)
}

/** Parts the options of every command that stand before it from the command and what follows it. Errors: `usage`. */
export function takeCommon(words: readonly string[]): {
  readonly common: readonly string[]
  readonly words: readonly string[]
} {
  const common: string[] = []
  let at = 0
  for (let word = words[at]; word !== undefined && isCommon(word); word = words[at]) {
    const isValued = word === '--url'
    const value = words[at + 1]
    if (isValued && (value === undefined || value.startsWith('-')))
      throw usageError('Say a value for --url.', 'It is the address of a server: `remit --url <url> <command>`.')
    common.push(word, ...(isValued ? [value ?? ''] : []))
    at += isValued ? 2 : 1
  }
  const rest = words.slice(at)
  // what asks for an overview is no command that could take them
  return rest.length === 0 ? { common: [], words: common.filter((word) => word === '--json') } : { common, words: rest }
}

function isCommon(word: string): boolean {
  return word === '--json' || word === '--url' || word.startsWith('--url=')
}

/** Finds the command that words begin with. Errors: `usage`, naming what was likely meant. */
export function findCommand(words: readonly string[]): Command {
  const found = COMMANDS.filter(({ name }) => name === words.slice(0, name.split(' ').length).join(' '))
  const longest = found.toSorted((a, b) => b.name.length - a.name.length)[0]
  const [first = ''] = words
  if (longest === undefined) throw familyOf(first).length > 0 ? sayFamily(words) : sayUnknown(first)
  // where a command is a beginning of others too, what takes no word there is one of theirs that is misspelt
  const { name, arguments: places } = longest
  const next = words[name.split(' ').length]
  if (places.length === 0 && isWord(next) && familyOf(name).length > 0) throw sayFamily(words)
  return longest
}

function isWord(text: string | undefined): text is string {
  return text !== undefined && !text.startsWith('-')
}

/** What comes after the words that are right, of which there is one at least. */
function sayFamily(words: readonly string[]): Error {
  const right = [2, 1].map((count) => words.slice(0, count).join(' ')).find((each) => familyOf(each).length > 0) ?? ''
  const rest = familyOf(right).map(({ name }) => name.slice(right.length + 1))
  const list = `After '${right}' say one of: ${rest.join(', ')}.`
  const said = words[right.split(' ').length]
  if (!isWord(said)) return usageError(list, `Run \`remit help ${words[0]}\`.`)
  const meant = findMeant(said, [...new Set(rest.map((name) => name.split(' ')[0] ?? ''))])
  const guess = meant === undefined ? '' : ` Did you mean \`remit ${right} ${meant}\`?`
  return usageError(`There is no command '${right} ${said}'.${guess}`, list)
}

function sayUnknown(word: string): Error {
  if (word.startsWith('-')) {
    const known = COMMON_OPTIONS.map(({ name }) => `--${name}`)
    const meant = findMeant(word, known)
    return usageError(
      `Before the command stand only ${known.join(', ')}, not '${word}'.${meant === undefined ? '' : ` Did you mean ${meant}?`}`,
      'Options of a command come after its name: `remit <command> --help` lists them.',
    )
  }
  const meant = findMeant(word, [...new Set(COMMANDS.map(({ name }) => name.split(' ')[0] ?? ''))])
  return usageError(`There is no command '${word}'.${meant === undefined ? '' : ` Did you mean \`remit ${meant}\`?`}`)
}
