#!/usr/bin/env node
// The `remit` command. In a clone it runs the sources, so that it never shows an old build; a published package
// has no sources and runs what was built.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { findNode, runScript } from './node-26.mjs'

const source = fileURLToPath(new URL('../cli/main.ts', import.meta.url))
const built = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
const script = [source, built].find((file) => existsSync(file))
const { path: node, refusal } = findNode()

if (script === undefined) refuse('This copy of Remit is incomplete: neither cli/main.ts nor dist/cli/main.js is there.')
else if (refusal !== undefined) refuse(refusal)
else process.exitCode = await runScript(node, script, process.argv.slice(2))

function refuse(sentence) {
  process.stderr.write(`remit: ${sentence}\n`)
  process.exitCode = 1
}
