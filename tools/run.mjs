// `node tools/run.mjs <word> [arguments]` is what every npm script calls: it installs what is missing, finds a fit
// Node.js and runs the word's steps under it. It runs itself on any Node.js from 20 on, with nothing installed.
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findNode, runProgram, runScript } from '../bin/node-26.mjs'
import { ensureInstalled } from './install.mjs'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))

/** What the compiler knows of each file since it last looked: deleted, all is looked at anew. */
const TYPES_KNOWN = 'node_modules/.cache/types.tsbuildinfo'

/** The checks, in the order of how fast they answer. Each row: what it is called, then its command. */
const CHECKS = [
  { name: 'types', tool: 'tsc', args: ['--noEmit', '-p', '.', '--incremental', '--tsBuildInfoFile', TYPES_KNOWN] },
  { name: 'format and lint', tool: 'biome', args: ['check', '--error-on-warnings', '.'] },
  { name: 'typed lint', tool: 'oxlint', args: ['--type-aware', '--deny-warnings', '.'] },
  { name: 'pack', script: 'tools/check-pack.ts', args: [] },
]

const TESTS = { script: 'node_modules/vitest/vitest.mjs', args: ['run'] }

/** What each word does. With `more`, the extra arguments of the command line go to the last step. */
const WORDS = {
  demo: () => [{ script: 'cli/demo/main.ts', args: [] }],
  remit: () => [{ script: 'cli/main.ts', args: [] }],
  bench: () => [{ script: 'bench/main.ts', args: [] }],
  'bench-policies': () => [{ script: 'bench/policies.ts', args: [] }],
  'bench-tokens': () => [{ script: 'bench/tokens/main.ts', args: [] }],
  'bench-crowd': () => [{ script: 'bench/crowd.ts', args: [] }],
  'bench-paths': () => [{ script: 'bench/paths.ts', args: [] }],
  peers: () => [{ script: 'test/spiffe/go/peers.ts', args: [] }],
  build: () => [{ script: 'tools/build.ts', args: [] }],
  manuals: () => [{ script: 'tools/write-manuals.ts', args: [] }],
  mutation: () => [{ script: 'tools/mutation/main.ts', args: [] }],
  check: () => CHECKS,
  // Who names a file or a test wants the answer to that one now; the whole run holds the checks as well.
  test: (more) => (more.length === 0 ? [...CHECKS, TESTS] : [TESTS]),
}

process.exitCode = await runWord(process.argv[2], process.argv.slice(3)).catch((error) => refuse(error.message))

async function runWord(word, more) {
  if (word === undefined || !Object.hasOwn(WORDS, word)) {
    return refuse(`Say one of: ${Object.keys(WORDS).join(', ')}.`)
  }
  const failure = await ensureInstalled(ROOT, say)
  if (failure !== undefined) return refuse(failure)
  const { path: node, refusal } = findNode(ROOT)
  if (refusal !== undefined) return refuse(refusal)
  return runSteps(node, WORDS[word](more), more)
}

async function runSteps(node, steps, more) {
  for (const [index, step] of steps.entries()) {
    const extra = index === steps.length - 1 ? more : []
    const startMs = Date.now()
    const code = await runStep(node, step, extra)
    if (code !== 0) {
      if (step.name !== undefined) say(`check ${step.name}: failed`)
      return code
    }
    if (step.name !== undefined) say(`check ${step.name}: passed (${((Date.now() - startMs) / 1000).toFixed(1)} s)`)
  }
  return 0
}

function runStep(node, { tool, script, args }, extra) {
  const bin = join(ROOT, 'node_modules', '.bin')
  const path = [dirname(node), bin, process.env.PATH].filter(Boolean).join(delimiter)
  const options = { cwd: ROOT, env: { ...process.env, PATH: path } }
  return script === undefined
    ? runProgram(join(bin, tool), [...args, ...extra], options)
    : runScript(node, script, [...args, ...extra], options)
}

function refuse(sentence) {
  say(sentence)
  return 1
}

function say(sentence) {
  process.stderr.write(`remit: ${sentence}\n`)
}
