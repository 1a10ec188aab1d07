import { join } from 'node:path/posix'

/** What there is to be named: every file of the repository, the words of its sources, its npm scripts, its commands. */
export type Known = {
  files: ReadonlySet<string>
  words: ReadonlySet<string>
  scripts: ReadonlySet<string>
  commands: ReadonlySet<string>
}

/** A way in which a document names something, and whether that is there. `folder` is where the document stands. */
type Naming = { pattern: RegExp; isThere: (name: string, known: Known, folder: string) => boolean }

const PATH = /^\.?[\w-]+(\/[\w.*-]*)+$|^[\w-]+\.(ts|md|json|mjs|cedar)$/
const SYMBOL = /^[\w$.]+(<[\w<>]+>)?(\([\w, ]*\))?$/

/** Links of any document, and the commands that it tells to run. */
const EVERYWHERE: readonly Naming[] = [
  { pattern: /\]\((?!https?:)([^)#]+)/g, isThere: (path, { files }, folder) => files.has(join(folder, path)) },
  { pattern: /npm run (?:-s )?([a-z]+)/g, isThere: (script, { scripts }) => scripts.has(script) },
  { pattern: /(?:^ {4}|`)remit ([a-z]+)/gm, isThere: (command, { commands }) => commands.has(command) },
]

/** What stands in backquotes in a document about the code: a path, or a symbol. */
const ABOUT_CODE: readonly Naming[] = [
  { pattern: /`([^`\n]+)`/g, isThere: (name, known) => isNamed(name, known) },
  { pattern: /^(?:\w+ +\w+ += )?await ([\w.]+)\(|= (\w+)\(/gm, isThere: (name, { words }) => isWords(name, words) },
]

/** Lists what a document names and what is not there. */
export function findUntrue(document: string, folder: string, known: Known, isAboutCode: boolean): string[] {
  return (isAboutCode ? [...EVERYWHERE, ...ABOUT_CODE] : EVERYWHERE).flatMap(({ pattern, isThere }) =>
    [...document.matchAll(pattern)]
      .map(([, first, second]) => first ?? second ?? '')
      .filter((name) => !isThere(name, known, folder)),
  )
}

function isNamed(name: string, { files, words }: Known): boolean {
  if (PATH.test(name)) return [...files].some((file) => fits(file, name))
  return SYMBOL.test(name) ? isWords(name, words) || [...files].some((file) => file.startsWith(`${name}/`)) : true
}

function fits(file: string, path: string): boolean {
  const [before = '', after = ''] = path.split('*')
  if (path.includes('*')) return file.startsWith(before) && file.endsWith(after)
  return path.includes('/') ? `${file}/`.startsWith(`${path.replace(/\/$/, '')}/`) : `/${file}`.endsWith(`/${path}`)
}

function isWords(name: string, words: ReadonlySet<string>): boolean {
  return (name.match(/[\w$]+/g) ?? []).every((word) => words.has(word))
}
