import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The root of the repository. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))

/** Source files by their path from the root, with forward slashes. */
export type Tree = ReadonlyMap<string, string>

const LEFT_OUT = new Set(['node_modules', 'dist', 'coverage', '.remit', '.git'])

/** Lists the files below some folders of the repository, sorted; a folder that is not there yet has no files. */
export function listFiles(folders: readonly string[], ending: RegExp, root = ROOT): string[] {
  const below = (folder: string): string[] =>
    readdirSync(folder, { withFileTypes: true }).flatMap((each) => {
      if (each.isDirectory()) return LEFT_OUT.has(each.name) ? [] : below(join(folder, each.name))
      return ending.test(each.name) ? [relative(root, join(folder, each.name)).split(sep).join('/')] : []
    })
  const there = folders.map((folder) => join(root, folder)).filter((folder) => isFolder(folder))
  return there.flatMap((folder) => below(folder)).sort()
}

/** Reads the TypeScript and JavaScript sources below some folders of the repository. */
export function readTree(folders: readonly string[], root = ROOT): Tree {
  const paths = listFiles(folders, /\.(ts|tsx|mts|mjs)$/, root)
  return new Map(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')]))
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}
