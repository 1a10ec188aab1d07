import type { ToolRule } from '../contract/register/purpose.ts'
import { LIMITS } from '../ground/limits.ts'

/** The resources that a call touches, or why they cannot be told. */
export type CallTarget = { readonly resources: readonly string[] } | { readonly because: string }

/** What the rule of a tool says about where its resources stand. */
export type TargetRule = Pick<ToolRule, 'resourceArgument' | 'resourceKind' | 'resourcePrefix' | 'resourceRoot'>

/**
 * Gives the ids of the resources that a call with these arguments touches. Anything that a server might read in
 * another way than it is judged here is refused: a doubt is a no.
 */
export function findCallTarget(rule: TargetRule, args: Readonly<Record<string, unknown>>): CallTarget {
  if (rule.resourceArgument === null)
    return rule.resourcePrefix === '' ? refuse('it has no resource') : { resources: [rule.resourcePrefix] }
  const lists = resourceTexts(rule.resourceArgument, args)
  if (lists.some((list) => list.length === 0)) return refuse('the list of resources is empty')
  const texts = lists.flat()
  if (texts.length > LIMITS.callResourcesMax) return refuse(`it names more than ${LIMITS.callResourcesMax} resources`)
  const resources = new Set<string>()
  for (const text of texts) {
    if (typeof text !== 'string') return refuse(`the argument ${rule.resourceArgument} is no text`)
    const found = READERS[rule.resourceKind](text, rule)
    if (typeof found === 'object') return found
    resources.add(found)
  }
  return { resources: [...resources] }
}

/** Gives what each argument that names resources holds, as a list; one that is not there holds no text. */
export function resourceTexts(names: string, args: Readonly<Record<string, unknown>>): readonly (readonly unknown[])[] {
  return names.split(',').map((name) => {
    const value = Object.hasOwn(args, name) ? args[name] : undefined
    return Array.isArray(value) ? (value as readonly unknown[]) : [value] // what is in it is checked one by one
  })
}

type Refusal = { readonly because: string }

const READERS: Readonly<Record<ToolRule['resourceKind'], (text: string, rule: TargetRule) => string | Refusal>> = {
  text: (text, rule) => findFault(TEXT_FAULTS, text) ?? bound(rule.resourcePrefix + text),
  path: (text, rule) => findFault([...TEXT_FAULTS, ...PATH_FAULTS], text) ?? placePath(text, rule),
}

/** Says why a name that an enforcement point gives could stand for another thing than it spells, or null. */
export function findNameFault(name: string): string | null {
  return findFault(TEXT_FAULTS, name)?.because ?? null
}

interface Fault {
  readonly because: string
  readonly shows: (text: string) => boolean
}

const TOO_LONG = `it has more than ${LIMITS.resourceCharsMax} characters`

/**
 * Where it leads, only the one who opens it knows: through a symbolic link, `..` is the parent of where the link leads.
 * Some servers drop what follows a semicolon first, and some fold what merely looks like dots and slashes.
 */
const CLIMBING: Fault = {
  because: 'it climbs with two dots',
  shows: (text) => /(?:^|[/\\:])\.\.(?:;[^/\\]*)?(?:[/\\]|$)/.test(text.normalize('NFKC')),
}

/** What no name of a resource may hold, be it a path, a text or what an enforcement point asks about. */
const TEXT_FAULTS: readonly Fault[] = [
  { because: 'it is empty', shows: (text) => text === '' },
  // before anything that costs more with every character
  { because: TOO_LONG, shows: (text) => text.length > LIMITS.resourceCharsMax },
  { because: 'it is not well-formed Unicode', shows: (text) => !text.isWellFormed() },
  { because: 'it holds a control character', shows: (text) => /\p{Cc}/u.test(text) },
  {
    because: 'it holds a character that turns the direction of writing',
    shows: (text) => /\p{Bidi_Control}/u.test(text),
  },
  CLIMBING,
  {
    because: 'it spells a dot, a slash, a backslash or a percent sign in percent code',
    shows: (text) => /%(?:2e|2f|5c|25|00)/i.test(text.normalize('NFKC')),
  },
  // RFC 3986 section 2.3: with or without the code it is the same name, and only one of the two spellings was judged
  {
    because: 'it spells in percent code what needs none',
    shows: (text) => /%(?:2d|3\d|[46][1-9a-f]|[57][\da]|5f|7e)/i.test(text.normalize('NFKC')),
  },
  // two spellings of one name could carry two sensitivities
  { because: 'it is not in Unicode normal form C', shows: (text) => text !== text.normalize('NFC') },
  // servers trim, so that " a" would be judged as one name and read as another
  { because: 'it begins or ends with white space', shows: (text) => text !== text.trim() },
]

/** Each is a spelling that some servers rewrite before they open the file. */
const PATH_FAULTS: readonly Fault[] = [
  { because: 'it holds a backslash', shows: (text) => text.includes('\\') },
  { because: 'it begins with the home sign ~', shows: (text) => text.startsWith('~') },
  { because: 'it begins or ends with a quotation mark', shows: (text) => /^["'`]|["'`]$/.test(text) },
  { because: 'it spells a letter beyond ASCII in percent code', shows: (text) => /%[89a-f][\da-f]/i.test(text) },
  { because: 'it begins with a drive letter or a scheme', shows: (text) => /^[a-z][a-z0-9+.-]*:/i.test(text) },
]

/**
 * Says why the folder that a rule names cannot be what its paths are relative to, or null. Of a server that opens files
 * of this machine (`isLocal`) the folder has to be known whole: else nobody can look where a path leads.
 */
export function findRootFault(rule: TargetRule, isLocal: boolean): string | null {
  if (rule.resourceKind !== 'path' || rule.resourceArgument === null) return null
  if (CLIMBING.shows(rule.resourceRoot)) return 'the root of the tool climbs with two dots'
  return isLocal && !rule.resourceRoot.startsWith('/') ? 'the root of the tool is not an absolute path' : null
}

function placePath(text: string, rule: TargetRule): string | Refusal {
  const fault = findRootFault(rule, false)
  if (fault !== null) return refuse(fault)
  const path = splitPath(text)
  const inside = text.startsWith('/') ? stripRoot(path, rule.resourceRoot) : path
  return inside === undefined
    ? refuse('it lies outside the root of the tool')
    : bound(rule.resourcePrefix + inside.join('/'))
}

function stripRoot(path: readonly string[], rootText: string): readonly string[] | undefined {
  const root = splitPath(rootText)
  const isUnder = rootText.startsWith('/') && root.every((segment, at) => path[at] === segment)
  return isUnder ? path.slice(root.length) : undefined
}

function splitPath(text: string): readonly string[] {
  return text.split('/').filter((segment) => segment !== '' && segment !== '.')
}

function bound(resource: string): string | Refusal {
  return resource.length > LIMITS.resourceCharsMax ? refuse(TOO_LONG) : resource
}

function findFault(faults: readonly Fault[], text: string): Refusal | undefined {
  const fault = faults.find((row) => row.shows(text))
  return fault === undefined ? undefined : refuse(fault.because)
}

function refuse(because: string): Refusal {
  return { because }
}
