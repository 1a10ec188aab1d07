import { type Import, readImports } from '../../tools/read-imports.ts'
import type { Tree } from '../../tools/read-tree.ts'
import { findCircles } from './circles.ts'
import { findUndocumented } from './documented.ts'
import { judgeByFloors, judgeByNevers, roomOf } from './floors.ts'
import { findUnusedExports, findUnusedRows } from './unused.ts'
import {
  CLOCK_AND_RANDOMNESS,
  ENVIRONMENT,
  findEnvironmentImports,
  findPhrases,
  findTimedImports,
  LEFT_OUT,
  NODE_GLOBALS,
  PROVEN,
} from './words.ts'

/** A rule about who may know whom. `check` lists what breaks it; each planted file must be listed, each allowed one not. */
export type Rule = {
  name: string
  check: (tree: Tree) => string[]
  /** Tests are held to it too. */
  withTests?: true
  planted: Record<string, string>
  allowed: Record<string, string>
}

const FORBIDDEN_NAME = /^(utils?|helpers?|shared|common|services?|misc|lib|stuff)$/

/** What is made to be taken back: it has no scope, nobody above it, and its token is given to nobody. */
const CANARY = 'src/flow/identity/rehearse-identity.ts'

/** Every rule, each with files that break it and files that look alike and do not. */
export const RULES: readonly Rule[] = [
  {
    name: 'imports go down the floors, never up and never sideways',
    check: (tree) => checkImports(tree, judgeByFloors),
    planted: {
      'src/ground/up.ts': "import { x } from '../record/log.ts'",
      'src/decide/sideways.ts': "import type { X } from '../revoke/cutoff.ts'",
      'src/store/sideways.ts': "export { x } from '../flow/ask.ts'",
      'src/http/late.ts': "const x = await import('../main.ts')",
      'src/attic/any.ts': "import { x } from '../ground/ids.ts'",
      'src/register/inline.ts': "let x: import('../decide/permit.ts').Permit",
      'src/register/multi.ts': "import {\n  a, // from './b.ts'\n  type B,\n} from '../flow/ask.ts'",
    },
    allowed: {
      'src/http/down.ts': "import { x } from '../flow/ask.ts'",
      'src/record/own.ts': "import { x } from './store.ts'",
      'src/record/said.ts':
        "// import { x } from '../http/routes.ts'\nconst s = `import { x } from '../http/routes.ts'`",
    },
  },
  {
    name: 'the imports that are refused by name stay refused',
    check: (tree) => checkImports(tree, judgeByNevers),
    planted: {
      'src/record/maker.ts': "import { sign } from '../issue/access-token.ts'",
      'src/prove/maker.ts': "import '../issue/access-token.ts'",
      'src/enforce/door.ts': "import { x } from '../mcp/gateway.ts'",
      'src/issue/engine.ts': "import { x } from '../store/issue.ts'",
      'src/revoke/flow.ts': "import { x } from '../flow/complete.ts'",
      'src/config.ts': "import { x } from './register/identity.ts'",
    },
    allowed: {
      'src/issue/below.ts': "import { x } from '../record/log.ts'",
      'src/prove/store.ts': "import { x } from '../ground/limits.ts'",
    },
  },
  {
    name: 'no files import each other in a circle',
    check: findCircles,
    planted: {
      'src/decide/a.ts': "import { b } from './b.ts'",
      'src/decide/b.ts': "import type { C } from './c.ts'",
      'src/decide/c.ts': "export * from './a.ts'",
    },
    allowed: {
      'src/decide/d.ts': "import { b } from './e.ts'\nimport { f } from './f.ts'",
      'src/decide/e.ts': "import { f } from './f.ts'",
      'src/decide/f.ts': '',
    },
  },
  {
    name: 'contract imports nothing outside itself',
    check: (tree) => checkReach(tree, 'src/contract/', ['src/contract/']),
    planted: {
      'src/contract/hash.ts': "import { createHash } from 'node:crypto'",
      'src/contract/schema.ts': "import type { z } from 'zod'",
      'src/contract/up.ts': "import { ids } from '../ground/ids.ts'",
    },
    allowed: { 'src/contract/task.ts': "import type { Scope } from './scope.ts'" },
  },
  {
    name: 'sdk reaches only itself and contract',
    check: (tree) => checkReach(tree, 'sdk/', ['sdk/', 'src/contract/']),
    planted: {
      'sdk/client.ts': "import { RemitError } from '../src/ground/errors.ts'",
      'sdk/read.ts': "import { readFile } from 'node:fs/promises'",
      'sdk/fetch.ts': "import { fetch } from 'undici'",
    },
    allowed: {
      'sdk/verify.ts': "import { hashLeaf } from '../src/contract/merkle.ts'\nimport { get } from './get.ts'",
    },
  },
  {
    name: 'contract and sdk use no global that only Node.js has',
    check: (tree) =>
      checkFiles(tree, /^(sdk|src\/contract)\//, (path, source) => findPhrases(path, source, NODE_GLOBALS)),
    planted: {
      'sdk/bytes.ts': "const x = Buffer.from('x')",
      'src/contract/where.ts': 'const x = process.platform',
    },
    allowed: {
      'sdk/words.ts': "// Buffer\nconst x = { process: 1 }\nx.process\nconst s = 'Buffer'",
      'src/ground/bytes.ts': "const x = Buffer.from('x')",
    },
  },
  {
    name: 'cli and console speak to Remit through sdk only',
    check: (tree) => [
      // The demo is part of a clone only, and brings an issuer along; the pack check keeps it out of what is shipped.
      ...checkReach(tree, 'cli/', ['cli/', 'sdk/', 'test/issuer/'], true),
      ...checkReach(tree, 'console/', ['console/', 'sdk/'], true),
    ],
    planted: {
      'cli/why.ts': "import { explain } from '../src/decide/explain.ts'",
      'cli/task.ts': "import type { Task } from '../src/contract/task.ts'",
      'console/screen.ts': "import { x } from '../cli/table.ts'",
    },
    allowed: {
      'cli/verify.ts': "import { readFile } from 'node:fs/promises'\nimport { verify } from '../sdk/verify.ts'",
    },
  },
  {
    name: 'only main.ts imports the store engines',
    check: (tree) =>
      checkImports(tree, (path, { target }) =>
        roomOf(target) === 'store' && !['store', 'main'].includes(roomOf(path) ?? '') ? 'only main.ts does' : undefined,
      ),
    planted: {
      'src/http/health.ts': "import { open } from '../store/open.ts'",
      'cli/doctor.ts': "import { open } from '../src/store/open.ts'",
    },
    allowed: {
      'src/main.ts': "import { open } from './store/open.ts'",
      'src/store/record.ts': "import { open } from './open.ts'",
    },
  },
  {
    name: 'src imports nothing of the programs around it',
    check: (tree) =>
      checkImports(tree, (path, { target }) =>
        roomOf(path) !== undefined && /^(sdk|cli|console|test|tools|bench)\//.test(target)
          ? 'it is not part of the server'
          : undefined,
      ),
    planted: { 'src/flow/ask.ts': "import { x } from '../../sdk/client.ts'" },
    allowed: { 'src/flow/tell.ts': "import { x } from 'jose'" },
  },
  {
    name: 'only ground touches clock, randomness and timers',
    check: (tree) =>
      checkFiles(tree, /^src\/(?!ground\/)/, (path, source) => [
        ...findPhrases(path, source, CLOCK_AND_RANDOMNESS),
        ...findTimedImports(path, source),
      ]),
    planted: {
      'src/record/now.ts': 'const x = Date.now()',
      'src/record/today.ts': 'const x = new Date()',
      'src/record/said.ts': 'const x = Date()',
      'src/issue/luck.ts': 'const x = Math.random()',
      'src/issue/id.ts': "import { createHash, randomUUID } from 'node:crypto'",
      'src/issue/bytes.ts': "import crypto from 'node:crypto'\ncrypto.randomBytes(8)",
      'src/issue/web.ts': 'crypto.getRandomValues(new Uint8Array(8))',
      'src/revoke/later.ts': 'setTimeout(() => {}, 5)',
      'src/revoke/often.ts': 'globalThis.setInterval(() => {}, 5)',
      'src/revoke/sleep.ts': "import { setTimeout as sleep } from 'node:timers/promises'",
      'src/prove/fast.ts': 'const x = performance.now()',
    },
    allowed: {
      'src/ground/clock.ts': 'const x = Date.now()',
      'src/record/iso.ts': 'const x = new Date(atMs).toISOString()',
      'src/record/told.ts': "// Date.now() is for ground\nconst x = 'Date.now()'",
      'src/record/asked.ts': 'const x = clock.setTimeout(f, 5)\nids.randomBytes(8)\nconst y = { setTimeout: f }',
      'src/record/hash.ts': "import { createHash } from 'node:crypto'",
    },
  },
  {
    name: 'only main.ts, config.ts and cli/environment.ts read the environment',
    check: (tree) =>
      checkFiles(tree, /^(?!src\/(main|config)\.ts|cli\/environment\.ts)/, (path, source) => [
        ...findPhrases(path, source, ENVIRONMENT),
        ...findEnvironmentImports(path, source),
      ]),
    planted: {
      'src/http/port.ts': 'const x = process.env.PORT',
      'src/http/name.ts': "const x = process['env']",
      'src/http/taken.ts': 'const { env } = process',
      'cli/home.ts': "import { env } from 'node:process'",
      'sdk/token.ts': 'const x = globalThis.process?.env',
    },
    allowed: {
      'src/config.ts': 'const x = process.env',
      'src/main.ts': 'const x = process.env',
      'cli/environment.ts': 'const x = process.env',
      'src/http/cert.ts': "// process.env\nconst x = process.exitCode + 'process.env'",
    },
  },
  {
    name: 'only authenticate makes callers, only record what is recorded, only decide permits',
    check: (tree) =>
      PROVEN.flatMap(({ room, makers }) =>
        checkFiles(tree, new RegExp(`^src/(?!${room}/)`), (path, source) => findPhrases(path, source, makers)),
      ),
    planted: {
      'src/flow/forged-caller.ts': "import { proveCaller } from '../authenticate/caller.ts'",
      'src/http/borrowed-caller.ts': "import * as c from '../authenticate/caller.ts'\nc.proveCaller({})",
      'src/mcp/cast-caller.ts': 'const x = { kind: 1 } as unknown as AgentCaller',
      'src/http/cast-proof.ts': 'const x = given as unknown as DpopProof',
      'src/flow/changed-caller.ts': 'const x = { ...caller, identity: other }',
      'src/issue/copied-record.ts': 'spend({ ...recorded })',
      'src/store/forged-record.ts': "import { markRecorded as make } from '../record/recorded.ts'",
      'src/issue/cast-record.ts': "const x = { fact } as Recorded<Permit<'token'>>",
      'src/enforce/bare-record.ts': 'const x = { fact } as unknown as Recorded',
      'src/flow/forged-permit.ts': "const x = { outcome: 'permit', kind }",
      'src/issue/cast-permit.ts': "const x = given as Permit<'token'>",
    },
    allowed: {
      'src/authenticate/person-proof.ts': 'const x = proveCaller({}) as PersonCaller',
      'src/record/flush.ts': 'const x = markRecorded(fact, 1, 2) as Recorded<T>',
      'src/decide/hearing.ts': "const x = { outcome: 'permit' } as Permit",
      'src/contract/shape.ts': "interface Permit { readonly outcome: 'permit'; readonly kind: K }",
      'src/http/taken.ts': 'const x: AgentCaller = caller\nconst y: Recorded<Permit> = recorded',
      'src/flow/other-half.ts': 'const x = recorded as Recorded<Denial>',
      'src/decide/parts.ts': 'const x = [...caller.changes, ...(proof?.changes ?? [])]',
    },
  },
  {
    name: 'only issue and enforce spend what is recorded',
    check: (tree) =>
      checkFiles(tree, /^src\/(?!record\/)/, (path, source) =>
        readImports(path, source)
          .filter(({ target }) => target === 'src/record/recorded.ts')
          .filter(({ names }) => names.includes('spend') && !['issue', 'enforce'].includes(roomOf(path) ?? ''))
          .map(({ line }) => `${path}:${line} spends what is recorded`),
      ),
    planted: {
      'src/flow/spend.ts': "import { spend } from '../record/recorded.ts'",
      'src/mcp/renamed.ts': "import { type Recorded, spend as take } from '../record/recorded.ts'",
    },
    allowed: {
      'src/issue/token.ts': "import { spend } from '../record/recorded.ts'",
      'src/enforce/call.ts': "import { spend } from '../record/recorded.ts'",
      'src/flow/type.ts': "import type { Recorded } from '../record/recorded.ts'",
    },
  },
  {
    name: 'every error, entry kind and limit of the tables is used',
    check: findUnusedRows,
    planted: {
      'src/ground/error-table.ts': 'export const ERRORS = { used: { status: 1 }, lost: { status: 2 } } as const',
      'src/contract/log-entry.ts': "export const ENTRY_KINDS = { 'a.used': 'x', 'a.lost': 'y' } as const",
      'src/ground/limits/doors.ts': 'export const DOORS = { usedMax: 1, lostMax: 2 } as const',
    },
    allowed: { 'src/http/errors.ts': 'export const ERRORS = { lost: 1 }' },
  },
  {
    name: 'the rooms, contract, ground, mcp and cli export only what somebody imports',
    check: findUnusedExports,
    withTests: true,
    planted: {
      'src/decide/lost.ts': 'export async function lost() {}',
      'src/contract/lost.ts': 'export const lost = 1',
      'cli/lost.ts': 'export class Lost {}',
    },
    allowed: {
      'src/decide/kept.ts': "export function kept() {}\nexport interface Shape {}\nexport type { A } from './a.ts'",
      'src/decide/takes.ts': "import { kept } from './kept.ts'\nimport * as all from './whole.ts'",
      'src/decide/whole.ts': 'export const part = 1',
    },
  },
  {
    name: 'whoever makes a task or a token has held its chain to law:may-act',
    check: (tree) =>
      checkFiles(tree, /^src\//, (path, source) =>
        /insert\(\s*'(tasks|credentials)'|\bmakeTask\(/.test(source) &&
        !/\bholdToMayAct\(|: MayAct\b/.test(source) &&
        path !== CANARY
          ? [`${path} makes a task or a token and does not ask who may act for whom`]
          : [],
      ),
    planted: {
      'src/decide/judge-swap.ts': "const made = insert('credentials', credential)",
      'src/flow/token/late.ts': "import { makeTask } from '../decide/new-task.ts'\nmakeTask(hearing, wish, birth)",
    },
    allowed: {
      'src/decide/judge-held.ts': "insert('credentials', make(holdToMayAct(standing)))",
      'src/decide/maker.ts': "function make(a: A, mayAct: MayAct) { return insert('tasks', task) }",
      'src/revoke/end.ts': "update('tasks', task, ended)",
    },
  },
  {
    name: 'all that contract and sdk export says in a sentence what it is',
    check: findUndocumented,
    planted: {
      'src/contract/silent.ts': 'export const SILENT = 1',
      'sdk/silent.ts': '/** One. */\nexport interface One {}\nexport interface Silent {}',
    },
    allowed: {
      'src/contract/said.ts': "/** All. */\nexport const ALL = ['a'] as const\nexport type One = (typeof ALL)[number]",
      'sdk/named.ts': "export type { A } from './a.ts'\n\n/**\n * Two.\n */\nexport async function two() {}",
      'src/flow/silent.ts': 'export const inside = 1',
    },
  },
  {
    name: 'no test is left out, whatever the machine lacks',
    withTests: true,
    check: (tree) => checkFiles(tree, /\.test\.ts$/, (path, source) => findPhrases(path, source, LEFT_OUT)),
    planted: {
      'test/browser/lazy.test.ts': "describe.skipIf(browser === undefined)('a person', () => {})",
      'src/store/late.test.ts': "it.runIf(isRoot)('is kept', () => {})\nit('is old', (context) => context.skip())",
    },
    allowed: {
      'test/suites/said.test.ts': "// it.skipIf(x)\nit('says .skip(', () => skipIf(1))",
      'src/store/list.ts': 'rows.skip(1)',
    },
  },
  {
    name: 'no file or folder has a name that says nothing',
    withTests: true,
    check: (tree) =>
      [...tree.keys()].filter((path) => path.split('/').some((part) => FORBIDDEN_NAME.test(part.replace(/\..*$/, '')))),
    planted: {
      'src/ground/utils.ts': '',
      'src/shared/x.ts': '',
      'cli/helpers/table.ts': '',
      'sdk/common.test.ts': '',
    },
    allowed: { 'src/flow/use-shared-signal.ts': '', 'src/contract/service-account.ts': '' },
  },
]

/** Leaves out tests: a test may put real parts together from wherever they are. */
export function withoutTests(tree: Tree): Tree {
  return new Map([...tree].filter(([path]) => !/\.test\.tsx?$/.test(path)))
}

function checkImports(tree: Tree, judge: (path: string, each: Import) => string | undefined): string[] {
  return checkFiles(tree, /./, (path, source) =>
    readImports(path, source).flatMap((each) => {
      const fault = judge(path, each)
      return fault === undefined ? [] : [`${path}:${each.line} imports ${each.specifier}: ${fault}`]
    }),
  )
}

function checkReach(tree: Tree, folder: string, reach: readonly string[], packagesToo = false): string[] {
  return checkImports(tree, (path, { specifier, target }) => {
    if (!path.startsWith(folder) || reach.some((allowed) => target.startsWith(allowed))) return undefined
    return packagesToo && !specifier.startsWith('.') ? undefined : `${folder} reaches only ${reach.join(' and ')}`
  })
}

function checkFiles(tree: Tree, paths: RegExp, check: (path: string, source: string) => string[]): string[] {
  return [...tree].filter(([path]) => paths.test(path)).flatMap(([path, source]) => check(path, source))
}
