import { execFile, execFileSync } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { INSTALL_MS, installFromDebian } from './debian.ts'

const run = promisify(execFile)

/** A PostgreSQL of our own: real, empty, reached by a socket in its temporary folder, gone when it is stopped. */
export interface Postgres {
  /** Makes a new, empty database and gives its URL. */
  createDatabase(): Promise<string>
  /** Lets it stand still, with every connection open, until it is thawed. */
  freeze(): void
  thaw(): void
  /** Lets it crash, with every connection lost, and starts it again. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** How long a test may wait for `startPostgres`. */
export const POSTGRES_START_MS = INSTALL_MS

const BINARIES = '/usr/lib/postgresql'
// sorted as people of another country would, so that a query which leaves the order to the database is noticed
const INITDB = [
  '-U',
  'remit',
  '-A',
  'trust',
  '-E',
  'UTF8',
  '--locale=C.UTF-8',
  '--locale-provider=icu',
  '--icu-locale=sv',
  '--no-sync',
]
// tests pull no plugs, so the disk need not be waited for
const SERVER = '-c fsync=off -c listen_addresses= -c max_connections=200'

/** Starts a PostgreSQL for tests; installs Debian's where there is none. Throws a sentence where neither is possible. */
export async function startPostgres(): Promise<Postgres> {
  const binaries = findBinaries() ?? (await install())
  const home = mkdtempSync(join(tmpdir(), 'remit-pg-'))
  const user = await findUser()
  chownSync(home, user.uid, user.gid)
  const as = {
    ...user,
    cwd: home,
    env: { PATH: process.env['PATH'], HOME: home, LC_ALL: 'C.UTF-8', PGCTLTIMEOUT: '300' },
  }
  const control = join(binaries, 'pg_ctl')
  const stopNow = ['stop', '-D', join(home, 'data'), '-m', 'immediate', '-s']
  const stopOnExit = (): void => void execFileSync(control, stopNow, { ...as, stdio: 'ignore' })
  await run(join(binaries, 'initdb'), ['-D', join(home, 'data'), ...INITDB], as)
  const start = ['start', '-w', '-s', '-D', join(home, 'data'), '-l', join(home, 'log'), '-o', `${SERVER} -k ${home}`]
  await run(control, start, as)
  process.once('exit', stopOnExit)
  let databases = 0
  return {
    createDatabase: async () => {
      const name = `test_${++databases}`
      await ask(urlOf(home, 'postgres'), `create database ${name}`)
      return urlOf(home, name)
    },
    freeze: () => signalAll(home, 'SIGSTOP'),
    thaw: () => signalAll(home, 'SIGCONT'),
    restart: async () => {
      await run(control, stopNow, as)
      await run(control, start, as)
    },
    stop: async () => {
      process.off('exit', stopOnExit)
      await run(control, stopNow, as)
      rmSync(home, { recursive: true, force: true })
    },
  }
}

/**
 * Stops the server and all that it has started, or lets them go on. The server stands still while the others are told: it starts
 * none meanwhile, and the number of one that has ended is given to nobody.
 */
function signalAll(home: string, signal: 'SIGSTOP' | 'SIGCONT'): void {
  const server = Number(readFileSync(join(home, 'data', 'postmaster.pid'), 'utf8').split('\n')[0])
  if (signal === 'SIGSTOP') process.kill(server, signal)
  const started = readFileSync(`/proc/${server}/task/${server}/children`, 'utf8')
  for (const pid of started.match(/\d+/g) ?? []) process.kill(Number(pid), signal)
  if (signal === 'SIGCONT') process.kill(server, signal)
}

/** Runs SQL on a database, beside whatever is being tested. */
export async function ask(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url })
  client.on('error', () => undefined) // what breaks while a server is stopped is told to whoever asked, and ends no test of others
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}

function urlOf(home: string, database: string): string {
  return `postgres://remit@localhost/${database}?host=${encodeURIComponent(home)}`
}

/** The newest version's programs, or undefined. */
function findBinaries(): string | undefined {
  const versions = existsSync(BINARIES) ? readdirSync(BINARIES).sort((x, y) => Number(y) - Number(x)) : []
  return versions.map((version) => join(BINARIES, version, 'bin')).find((folder) => existsSync(join(folder, 'initdb')))
}

/** PostgreSQL refuses to run as root, so root's tests run it as Debian's own user. */
async function findUser(): Promise<{ uid: number; gid: number }> {
  if (userInfo().uid !== 0) return { uid: userInfo().uid, gid: userInfo().gid }
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map(async (flag) => Number((await run('id', [flag, 'postgres'])).stdout)),
  )
  return { uid: uid ?? 0, gid: gid ?? 0 }
}

async function install(): Promise<string> {
  await installFromDebian({ title: 'PostgreSQL', name: 'postgresql', program: `${BINARIES}/*/bin/initdb` })
  const binaries = findBinaries()
  if (binaries === undefined) throw new Error(`apt-get installed PostgreSQL, but not in ${BINARIES}.`)
  return binaries
}
