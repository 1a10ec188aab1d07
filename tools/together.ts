import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where tests are. */
const FOLDERS = ['src', 'sdk', 'cli', 'console', 'test', 'tools', 'bench'] as const

/** What outlives the test file that does it, such as a spy, and what there is one of for the whole process. */
const LASTING = [
  /\bvi\.(?!waitFor|waitUntil)/,
  /process\.(?:env|chdir|umask|on|once|exitCode)\b/,
  /\bglobalThis\b|\bprototype\b/,
]
/** What listens or starts processes: how long that takes is not to depend on what stood in memory before. */
const BUSY = [/\bcreateServer\b/, /\bnode:child_process\b/]

/** Which test files have a process to themselves, and which may share one with others, where modules are loaded once for all. */
export interface Shared {
  readonly apart: readonly string[]
  readonly together: readonly string[]
}

/** Looks through the test files of a checkout: those of `src` share a process where nothing that they do outlives them. */
export function shareProcesses(root: string): Shared {
  const files = FOLDERS.flatMap((folder) => globSync(`${folder}/**/*.test.ts`, { cwd: root })).sort()
  const isTogether = (file: string): boolean => {
    if (!file.startsWith('src/')) return false
    const text = readFileSync(join(root, file), 'utf8')
    return ![...LASTING, ...BUSY].some((each) => each.test(text))
  }
  return { apart: files.filter((file) => !isTogether(file)), together: files.filter(isTogether) }
}
