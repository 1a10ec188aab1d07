import { describe, expect, it } from 'vitest'
import { findFunctions } from '../tools/find-functions.ts'
import { readTree, type Tree } from '../tools/read-tree.ts'
import { ROOMS } from './walls/floors.ts'

const MAX_FILE_LINES = 400
const MAX_FUNCTION_LINES = 70
const MAX_ROOM_FILES = 15

const tree = readTree(['src', 'sdk', 'cli', 'console', 'bench', 'test', 'tools', 'bin'])

/** Each limit on size: what it says, how it is measured, and trees that are just inside and just outside of it. */
const LIMITS = [
  {
    name: `no file has more than ${MAX_FILE_LINES} lines`,
    check: findLongFiles,
    inside: new Map([['src/a.ts', 'x\n'.repeat(MAX_FILE_LINES)]]),
    outside: new Map([['src/a.ts', `${'x\n'.repeat(MAX_FILE_LINES)}x`]]),
  },
  {
    name: `no function has more than ${MAX_FUNCTION_LINES} lines`,
    check: findLongFunctions,
    inside: new Map([['src/a.ts', `function f() {${'\nx()'.repeat(MAX_FUNCTION_LINES - 2)}\n}`]]),
    outside: new Map([['src/a.ts', `function f() {${'\nx()'.repeat(MAX_FUNCTION_LINES - 1)}\n}`]]),
  },
  {
    name: `no function without a name has more than ${MAX_FUNCTION_LINES} lines, but for the body of a test`,
    check: findLongFunctions,
    inside: new Map([['src/a.test.ts', `describe('x', () => {${'\nx()'.repeat(MAX_FUNCTION_LINES)}\n})`]]),
    outside: new Map([['src/a.ts', `on('x', () => {${'\nx()'.repeat(MAX_FUNCTION_LINES)}\n})`]]),
  },
  {
    name: `no room has more than ${MAX_ROOM_FILES} files in one folder`,
    check: findCrowdedRooms,
    inside: makeRoom(MAX_ROOM_FILES),
    outside: makeRoom(MAX_ROOM_FILES + 1),
  },
]

describe('the sizes of the house', () => {
  it.each(LIMITS)('$name', ({ check }) => {
    expect(check(tree)).toEqual([])
  })

  it.each(LIMITS)('a tree just inside is let through: $name', ({ check, inside }) => {
    expect(check(inside)).toEqual([])
  })

  it.each(LIMITS)('a tree just outside is noticed: $name', ({ check, outside }) => {
    expect(check(outside)).toHaveLength(1)
  })
})

describe('measuring functions', () => {
  const cases: [string, string, [string, number][]][] = [
    ['a declaration', 'export async function f<T>(a: T): Promise<T> {\n}', [['f', 2]]],
    ['a return type with braces', 'function f(a: { b: 1 }): { c: { d: 1 } } | [x] {\n\n}', [['f', 3]]],
    ['a guard as return type', 'function f(a: unknown): asserts a is { b: 1 } {\n}', [['f', 2]]],
    ['a function type as return type', 'function f(): (a: number) => { b: 1 } {\n\n}', [['f', 3]]],
    ['an arrow', 'const f = async (a: A): Promise<B> => {\n}', [['f', 2]]],
    ['an arrow with a typed binding', 'const f: Map<A, B> = (a) => {\n}', [['f', 2]]],
    ['an arrow with an expression', 'const f = (a: A) =>\n  a\n    .b()\n    .c({\n    })\nconst d = 1', [['f', 5]]],
    ['a method', 'class A {\n  #b(c = (1)): void {\n  }\n}', [['#b', 2]]],
    ['a property', 'const a = {\n  b: (c) => {\n  },\n}', [['b', 2]]],
    ['a callback', 'on(async () => {\n})', [['a callback', 2]]],
    [
      'one in another',
      'function f() {\n  return g(() => {\n  })\n}',
      [
        ['f', 4],
        ['a callback', 2],
      ],
    ],
    [
      'one with braces in strings, templates and patterns',
      "function f() {\n  x('{', `{${y}`, /[{]/)\n}\n}",
      [['f', 3]],
    ],
    ['no function: statements', 'if (a) {\n}\nfor await (const b of c) {\n}\nwhile (a) {\n} \nswitch (a) {\n}', []],
    ['no function: signatures', 'interface A {\n  b(c: D): E\n  f(): { g: 1 }\n  h: I\n}\n{\n}', []],
    ['no function: a call and a choice', 'const a = b ? c(d) : { e: 1 }\nf(g)', []],
    ['an overload once', 'function f(a: A): B\nfunction f(a: C): D\nfunction f(a: E): F {\n}', [['f', 2]]],
  ]
  it.each(cases)('sees %s', (_, source, spans) => {
    expect(findFunctions(source).map(({ name, lines }) => [name, lines])).toEqual(spans)
  })
})

function findLongFiles(files: Tree): string[] {
  const count = (source: string): number => source.replace(/\n$/, '').split('\n').length
  return [...files]
    .filter(([, source]) => count(source) > MAX_FILE_LINES)
    .map(([path, source]) => `${path} has ${count(source)} lines`)
}

function findLongFunctions(files: Tree): string[] {
  return [...files].flatMap(([path, source]) =>
    findFunctions(source)
      .filter(({ lines, named }) => lines > MAX_FUNCTION_LINES && (named || !/\.test\.tsx?$/.test(path)))
      .map(({ name, firstLine, lines }) => `${path}:${firstLine} ${name} has ${lines} lines`),
  )
}

function findCrowdedRooms(files: Tree): string[] {
  const sources = [...files.keys()].filter((path) => !/\.test\.tsx?$/.test(path))
  const folders = sources.map((path) => path.slice(0, path.lastIndexOf('/')))
  const held = [...ROOMS, 'contract', 'flow', 'http', 'mcp']
  const rooms = [...new Set(folders)].filter((folder) => held.some((room) => `${folder}/`.startsWith(`src/${room}/`)))
  const count = (room: string): number => folders.filter((folder) => folder === room).length
  return rooms.filter((room) => count(room) > MAX_ROOM_FILES).map((room) => `${room} has ${count(room)} files`)
}

function makeRoom(size: number): Tree {
  return new Map(Array.from({ length: size }, (_, index) => [`src/decide/part-${index}.ts`, '']))
}
