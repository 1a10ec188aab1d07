import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'

/** True where a file holds something: an empty one was left by a start that was cut short. */
export function holdsSomething(file: string): boolean {
  return existsSync(file) && statSync(file).size > 0
}

/**
 * Writes a file whole or not at all, whenever the machine stops: first a draft beside it, synced, which then takes the
 * name. What somebody else has written meanwhile stays, and is an error (EEXIST), unless it may be replaced; where its name
 * leads to another place, it is replaced there.
 */
export function writeWhole(name: string, text: string, mode: number, mayReplace = false): void {
  const file = mayReplace && existsSync(name) ? realpathSync(name) : name
  const draft = `${file}.draft`
  rmSync(draft, { force: true })
  const opened = openSync(draft, 'wx', mode)
  try {
    writeFileSync(opened, text)
    fsyncSync(opened)
  } finally {
    closeSync(opened)
  }
  const isReplaced = mayReplace || (existsSync(file) && !holdsSomething(file))
  if (isReplaced) renameSync(draft, file)
  else linkSync(draft, file)
  rmSync(draft, { force: true })
  syncFolder(dirname(file))
}

/** Makes the names in a folder durable. */
export function syncFolder(folder: string): void {
  const opened = openSync(folder, 'r')
  try {
    fsyncSync(opened)
  } finally {
    closeSync(opened)
  }
}
