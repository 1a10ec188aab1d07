import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkShipped } from './check-shipped.ts'
import { pointAtOwnContract } from './write-dist.ts'

let target: string
beforeEach(() => {
  target = mkdtempSync(join(tmpdir(), 'remit-dist-'))
})
afterEach(() => rmSync(target, { recursive: true, force: true }))

describe('what is shipped', () => {
  it('is let through when it needs only itself, Node.js and the run-time dependencies', () => {
    write('src/main.js', "import 'node:fs'\nimport { z } from 'zod'\nimport { x } from './a.js'\nimport 'pg'")
    write('src/a.js', "import { b } from '../sdk/b.js'")
    write('src/a.d.ts', "import type { X } from 'pg-types'")
    write('sdk/b.js', "import { c } from './contract/c.js'")
    write('sdk/contract/c.js', '')
    expect(checkShipped(target)).toEqual([])
  })

  it.each([
    ['an import of what is not there', 'src/a.js', "import './gone.js'"],
    ['an import of a TypeScript file', 'src/a.js', "import './a.ts'"],
    ['a dependency for development', 'cli/a.js', "const x = await import('@modelcontextprotocol/sdk/client/index.js')"],
    ['an SDK that needs the server', 'sdk/a.js', "import '../src/here.js'"],
    ['an SDK that needs a package', 'sdk/a.d.ts', "import type { z } from 'zod'"],
    ['an SDK that needs Node.js', 'sdk/a.js', "import 'node:crypto'"],
    ['a test', 'src/a.test.js', ''],
  ])('is refused with %s', (_, path, source) => {
    write('src/here.js', '')
    write(path, source)
    expect(checkShipped(target)).toHaveLength(1)
  })
})

describe('an SDK file', () => {
  it('points at the contract that is shipped with it, from any depth', () => {
    expect(pointAtOwnContract('sdk/a.js', "import { x } from '../src/contract/x.js'")).toBe(
      "import { x } from './contract/x.js'",
    )
    expect(pointAtOwnContract('sdk/deep/a.d.ts', 'export * from "../../src/contract/x.js"')).toBe(
      'export * from "../contract/x.js"',
    )
  })

  it('keeps its other imports', () => {
    const source = "import { x } from './x.js' // '../src/ground/x.js'"
    expect(pointAtOwnContract('sdk/a.js', source)).toBe(source)
  })
})

function write(path: string, source: string): void {
  mkdirSync(dirname(join(target, path)), { recursive: true })
  writeFileSync(join(target, path), source)
}
