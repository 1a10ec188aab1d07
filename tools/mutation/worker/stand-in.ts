import { expect } from 'vitest'

/** A test as its file registered it. It may be run as often as one likes. */
export interface Test {
  readonly name: string
  readonly run: () => unknown
}

/** What one test file registered. */
export interface Registered {
  readonly tests: Test[]
  /** What it wants done when all its tests are over. */
  readonly after: (() => unknown)[]
}

type Body = (...given: readonly unknown[]) => unknown

/**
 * Stands in for vitest while tests are run many times over in one process, without reading their files again: what they
 * register is listed. What it does not know, no test file can import: it fails as it is loaded. `expect` is vitest's own.
 */
export function createStandIn(runs: number) {
  expect.setState({ testPath: '' }) // which vitest would otherwise ask a worker of its own
  let registered: Registered = { tests: [], after: [] }
  let path: readonly string[] = []
  const it = (name: string, ...more: readonly (Body | object | number)[]): void => {
    const body = more.find((each): each is Body => typeof each === 'function')
    if (body === undefined) throw new Error(`The test "${name}" has nothing to run.`)
    registered.tests.push({ name: [...path, name].join(' > '), run: () => body() })
  }
  const describe = (name: string, body: Body): void => {
    const outer = path
    path = [...outer, name]
    try {
      if (body() instanceof Promise)
        throw new Error(`What describes "${name}" takes its time, which is not known here.`)
    } finally {
      path = outer
    }
  }
  return {
    /** What test files import from vitest. */
    vitest: {
      expect,
      it: Object.assign(it, { each: each(it) }),
      describe: Object.assign(describe, { each: each(describe) }),
      afterAll: (body: Body): void => void registered.after.push(body),
      inject: (name: string): unknown => (name === 'runs' ? runs : undefined),
    },
    /** Lists what is registered while a file is loaded. */
    async register(load: () => Promise<unknown>): Promise<Registered> {
      registered = { tests: [], after: [] }
      await load()
      return registered
    },
  }
}

/** Where all cases are arrays they are spread, as vitest does it. The number of the case makes its name unique. */
function each(register: (name: string, body: Body) => void) {
  return (cases: readonly unknown[]) =>
    (name: string, body: Body, _ms?: number): void => {
      const lists = cases.filter((given) => Array.isArray(given))
      for (const [at, given] of cases.entries()) {
        const list: readonly unknown[] = (lists.length === cases.length && lists[at]) || [given]
        register(`${name} #${at}`, () => body(...list))
      }
    }
}
