import { readImports } from '../../tools/read-imports.ts'
import type { Tree } from '../../tools/read-tree.ts'

/** Finds files that import each other in a circle, each circle once, as the path that closes it. */
export function findCircles(tree: Tree): string[] {
  const done = new Set<string>()
  const circles: string[] = []
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path)
    if (start !== -1) circles.push([...trail.slice(start), path].join(' -> '))
    if (start !== -1 || done.has(path)) return
    for (const target of new Set(readImports(path, tree.get(path) ?? '').map((each) => each.target))) {
      if (tree.has(target)) visit(target, [...trail, path])
    }
    done.add(path)
  }
  for (const path of tree.keys()) visit(path, [])
  return circles
}
