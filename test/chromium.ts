import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'
import { INSTALL_MS, installFromDebian } from './debian.ts'

/** How long a test may wait for `startChromium`. */
export const CHROMIUM_START_MS = INSTALL_MS

const DEBIAN = '/usr/bin/chromium'
/** Where systems put it. */
const PROGRAMS = [DEBIAN, '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Starts a browser for tests, without a window; installs Debian's Chromium where there is none. Throws a sentence where neither is possible. */
export async function startChromium(): Promise<Browser> {
  const executablePath = PROGRAMS.find(existsSync) ?? DEBIAN
  if (!existsSync(executablePath))
    await installFromDebian({ title: 'Chromium', name: 'chromium', program: executablePath })
  // root's tests run it as root, where it has no sandbox; it sees pages of ours only
  return chromium.launch({ executablePath, args: ['--no-sandbox'] })
}
