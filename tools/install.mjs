// Makes sure that node_modules is what package-lock.json says, once, also when two commands start together.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const LOCK_WAIT_MS = 15 * 60_000
const LOCK_POLL_MS = 250
const OWNERLESS_LOCK_STALE_MS = 10_000
const FOREIGN_LOCK_STALE_MS = 30 * 60_000
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024

// What the outer npm was told about the network and its caches holds for the inner one too; anything else that it
// was told (--global, --omit, --dry-run, --prefix, an unknown --exit) is about the outer command and would spoil it.
const KEPT_NPM_SETTING =
  /^npm_config_(registry|[@/].*|https?_proxy|proxy|noproxy|ca|cafile|cert|key|strict_ssl|cache|userconfig|globalconfig|fetch_.*|maxsockets|offline|prefer_.*|replace_registry_host|local_address)$/i

// No dependency needs its install script, so none gets to run one. The age of a release is asked when the lockfile is
// written; what is locked by digest was looked at, and must install whatever the registry says about its date.
const CI_FLAGS = [
  '--include=dev',
  '--include=optional',
  '--ignore-scripts',
  '--min-release-age=0',
  '--no-audit',
  '--no-fund',
  '--no-update-notifier',
  '--loglevel=error',
]

/**
 * Installs the dependencies when they are absent or differ from the lockfile.
 * Returns undefined, or one sentence (with npm's output below it) that says why it could not.
 */
export async function ensureInstalled(root, say) {
  if (isInstalled(root)) return undefined
  const release = await takeLock(join(root, '.remit-installing'), say)
  if (release === undefined) return `Another command has been installing dependencies for too long in ${root}.`
  try {
    return isInstalled(root) ? undefined : install(root, say)
  } finally {
    release()
  }
}

function install(root, say) {
  say('Installing dependencies from package-lock.json, which takes a minute the first time.')
  const [command, ...first] = findNpm()
  const args = [...first, 'ci', ...CI_FLAGS]
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: root,
    env: keepOwnEnvironment(process.env),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: MAX_OUTPUT_BYTES,
  })
  if (status !== 0) return `npm ci failed: ${error?.message ?? `it ended with ${status}`}.\n${stdout}${stderr}`.trim()
  writeStamp(root)
  return undefined
}

/** Says whether node_modules holds what the lockfile asks for on this machine. */
export function isInstalled(root) {
  const stamp = readIfThere(stampPath(root))
  if (stamp === stampText(root)) return true
  if (!matchesLockfile(root)) return false
  writeStamp(root)
  return true
}

// npm keeps its own account of what it installed. When that agrees with the lockfile, somebody ran npm by hand.
function matchesLockfile(root) {
  const account = readIfThere(join(root, 'node_modules', '.package-lock.json'))
  if (account === undefined) return false
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
  const present = JSON.parse(account).packages
  const asWanted = ([path, { version, integrity }]) =>
    wanted[path]?.version === version && wanted[path]?.integrity === integrity
  const notMissing = ([path, { optional }]) => path === '' || optional === true || present[path] !== undefined
  return Object.entries(present).every(asWanted) && Object.entries(wanted).every(notMissing)
}

const stampPath = (root) => join(root, 'node_modules', '.remit-installed')

function stampText(root) {
  const digest = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  return `${digest} ${process.platform}-${process.arch}\n`
}

function writeStamp(root) {
  const draft = `${stampPath(root)}.${process.pid}`
  writeFileSync(draft, stampText(root))
  renameSync(draft, stampPath(root))
}

function findNpm() {
  const { npm_execpath: script, npm_node_execpath: node } = process.env
  if (script === undefined || basename(script) !== 'npm-cli.js' || !existsSync(script)) return ['npm']
  return [node !== undefined && existsSync(node) ? node : process.execPath, script]
}

/** Drops the settings that an outer `npm run` hands down, except those about network and caches. */
export function keepOwnEnvironment(environment) {
  const kept = ([name]) => !/^npm_config_/i.test(name) || KEPT_NPM_SETTING.test(name)
  return Object.fromEntries(Object.entries(environment).filter(kept))
}

/**
 * Takes a lock folder; resolves to the function that gives it back, or to undefined when the wait was too long.
 *
 * @param {string} folder
 * @param {(sentence: string) => void} [say]
 * @param {number} [waitMs]
 */
export async function takeLock(folder, say = () => {}, waitMs = LOCK_WAIT_MS) {
  mkdirSync(join(folder, '..'), { recursive: true })
  const untilMs = Date.now() + waitMs
  let told = false
  while (!tryLock(folder)) {
    if (isStale(folder)) discardLock(folder)
    else if (Date.now() > untilMs) return undefined
    else {
      if (!told) say('Another command is installing dependencies; waiting for it.')
      told = true
      await sleep(LOCK_POLL_MS)
    }
  }
  return () => rmSync(folder, { recursive: true, force: true })
}

function tryLock(folder) {
  try {
    mkdirSync(folder)
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  }
  writeFileSync(join(folder, 'owner.json'), JSON.stringify({ pid: process.pid, host: hostname() }))
  return true
}

function isStale(folder) {
  const text = readIfThere(join(folder, 'owner.json'))
  const ageMs = Date.now() - (statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now())
  if (!text) return ageMs > OWNERLESS_LOCK_STALE_MS
  const { pid, host } = JSON.parse(text)
  return host === hostname() ? !isAlive(pid) : ageMs > FOREIGN_LOCK_STALE_MS
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error.code === 'EPERM'
  }
}

// Renaming first means that of two commands that found the same stale lock only one removes it.
function discardLock(folder) {
  const aside = `${folder}.${process.pid}`
  try {
    renameSync(folder, aside)
  } catch (error) {
    if (error.code === 'ENOENT') return
    throw error
  }
  rmSync(aside, { recursive: true, force: true })
}

function readIfThere(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}
