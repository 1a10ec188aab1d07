import { readImports } from '../../tools/read-imports.ts'
import { readTokens } from '../../tools/read-tokens.ts'

/** A run of tokens that a file may not hold. `after` are words that make it another thing when they stand before it. */
type Phrase = { tokens: readonly (string | RegExp)[]; notAfter?: readonly string[]; notBefore?: readonly string[] }

const RANDOM = /^(random(UUID|UUIDv7|Bytes|Int|Fill|FillSync)|getRandomValues|generateKeyPair(Sync)?)$/

/** What reads the clock, draws randomness or sets a timer. `new Date(atMs)` is a conversion and stays allowed. */
export const CLOCK_AND_RANDOMNESS: readonly Phrase[] = [
  { tokens: ['Date', '.', 'now'] },
  { tokens: ['new', 'Date', '(', ')'] },
  { tokens: ['Date', '('], notAfter: ['new', '.'] },
  { tokens: ['performance', '.', 'now'] },
  { tokens: ['process', '.', 'hrtime'] },
  { tokens: ['Math', '.', 'random'] },
  { tokens: [/^(web)?crypto$/i, '.', RANDOM] },
  { tokens: [/^set(Timeout|Interval)$/], notAfter: ['.', '?.'], notBefore: [':'] },
  { tokens: ['globalThis', '.', /^set(Timeout|Interval)$/] },
]

/** What reads the environment of the process. */
export const ENVIRONMENT: readonly Phrase[] = [
  { tokens: ['process', '.', 'env'] },
  { tokens: ['process', '?.', 'env'] },
  { tokens: ['process', '[', /^['"`]?env['"`]?$/] },
  { tokens: ['}', '=', 'process'] },
]

/** What only Node.js has, so that a browser or another runtime could not run the file. */
export const NODE_GLOBALS: readonly Phrase[] = [
  {
    tokens: [/^(Buffer|process|__dirname|__filename|setImmediate)$/],
    notAfter: ['.', '?.'],
    notBefore: [':'],
  },
]

/** What leaves a test out by what the machine has, so that its guarantee is silently not held there. */
export const LEFT_OUT: readonly Phrase[] = [{ tokens: ['.', /^(skip|skipIf|runIf|todo)$/] }]

const MEMBER = ['.', '?.']

/** What only one room makes, so that having it is the proof, and the words by which another one could forge it. */
export const PROVEN: readonly { readonly room: string; readonly makers: readonly Phrase[] }[] = [
  {
    room: 'authenticate',
    makers: [
      { tokens: ['proveCaller'] },
      { tokens: ['as', /^((Workload|Agent|Person)?Caller|DpopProof)$/] },
      // a copy keeps the type, whatever is put in its place
      { tokens: ['...', 'caller'], notBefore: MEMBER },
    ],
  },
  {
    room: 'record',
    // to tell a recorded denial from a recorded permit forges nothing: a denial cannot be spent on anything
    makers: [
      { tokens: ['markRecorded'] },
      { tokens: ['as', 'Recorded', '<', /^(?!Denial$)/] },
      { tokens: ['as', 'Recorded'], notBefore: ['<'] },
      { tokens: ['...', /^(recorded|permitted|intent)$/], notBefore: MEMBER },
    ],
  },
  {
    room: 'decide',
    makers: [{ tokens: ['outcome', ':', /^['"]permit['"]$/], notAfter: ['readonly'] }, { tokens: ['as', 'Permit'] }],
  },
]

/** Imports that bring clock, timers or randomness in by name. */
export function findTimedImports(path: string, source: string): string[] {
  return readImports(path, source).flatMap(({ target, names, line }) => {
    const module = target.replace(/^node:/, '')
    const isTimed = /^(timers|timers\/promises|perf_hooks)$/.test(module)
    const drawn = module === 'crypto' ? names.filter((name) => RANDOM.test(name)) : []
    return isTimed || drawn.length > 0 ? [`${path}:${line} imports ${[module, ...drawn].join(' ')}`] : []
  })
}

/** Imports that bring the environment in by name. */
export function findEnvironmentImports(path: string, source: string): string[] {
  return readImports(path, source)
    .filter(({ target, names }) => /^(node:)?process$/.test(target) && names.includes('env'))
    .map(({ line }) => `${path}:${line} imports env of process`)
}

/** Finds each place where a file says one of the phrases, outside of comments and strings. */
export function findPhrases(path: string, source: string, phrases: readonly Phrase[]): string[] {
  const tokens = readTokens(source)
  const textAt = (index: number): string => tokens[index]?.text ?? ''
  const stands = ({ tokens: wanted, notAfter = [], notBefore = [] }: Phrase, start: number): boolean =>
    wanted.every((want, offset) =>
      typeof want === 'string' ? want === textAt(start + offset) : want.test(textAt(start + offset)),
    ) &&
    tokens[start]?.kind !== 'string' &&
    tokens[start]?.kind !== 'template' &&
    !notAfter.includes(textAt(start - 1)) &&
    !notBefore.includes(textAt(start + wanted.length))
  return tokens.flatMap(({ line }, start) => {
    const phrase = phrases.find((each) => stands(each, start))
    return phrase === undefined
      ? []
      : [
          `${path}:${line} says ${tokens
            .slice(start, start + phrase.tokens.length)
            .map((each) => each.text)
            .join('')}`,
        ]
  })
}
