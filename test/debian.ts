import { execFile } from 'node:child_process'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** What a test needs beside Node.js. */
export interface DebianPackage {
  /** As people say it. */
  readonly title: string
  readonly name: string
  /** Where it lies once it is there; a pattern of the shell. */
  readonly program: string
}

/** How long a test may wait for what it needs: on a fresh machine it is installed first. */
export const INSTALL_MS = 300_000

/**
 * Installs a package of Debian where its program is missing. One at a time: test files that start together would find
 * each other holding apt's locks. Throws a sentence where it cannot, for a test that is left out proves nothing.
 */
export async function installFromDebian({ title, name, program }: DebianPackage): Promise<void> {
  try {
    if (userInfo().uid !== 0) throw new Error('only root can install it')
    const wait = `-o DPkg::Lock::Timeout=${INSTALL_MS / 1000}` // for others on the machine, who hold the locks as well
    const script = `ls ${program} >/dev/null 2>&1 || { apt-get ${wait} update -qq && apt-get ${wait} install -qq --no-install-recommends ${name}; }`
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
    await run('flock', [join(tmpdir(), 'remit-apt.lock'), 'sh', '-c', script], { env, maxBuffer: 64 * 1024 * 1024 })
  } catch (error) {
    throw new Error(
      `These tests need ${title}. There is no ${program}, and it could not be installed: run \`apt-get install ${name}\`.`,
      { cause: error },
    )
  }
}
