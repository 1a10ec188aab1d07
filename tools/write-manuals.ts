import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { MANUALS } from './manuals.ts'
import { ROOT } from './read-tree.ts'

/** Writes every generated manual into docs. */
export async function writeManuals(root = ROOT): Promise<void> {
  for (const { path, write } of MANUALS) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), await write())
    process.stdout.write(`Wrote ${path}.\n`)
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await writeManuals()
