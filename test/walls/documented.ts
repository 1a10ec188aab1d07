import type { Tree } from '../../tools/read-tree.ts'

const EXPORT = /^export (?:async )?(?:function\*?|const|class|interface|type) (\w+)/
const DERIVED = /^export type \w+ = (?:\(typeof \w+\)\[number\]|keyof (?:typeof )?\w+)$/

/** Lists what contract and sdk export without a sentence; the type of a list needs none beside that of the list. */
export function findUndocumented(tree: Tree): string[] {
  return [...tree]
    .filter(([path]) => /^(src\/contract|sdk)\//.test(path))
    .flatMap(([path, source]) => {
      const lines = source.split('\n')
      return lines.flatMap((line, at) => {
        const name = EXPORT.exec(line)?.[1]
        const isSaid = lines[at - 1]?.trimEnd().endsWith('*/') === true || DERIVED.test(line)
        return name === undefined || isSaid ? [] : [`${path}:${at + 1} exports ${name} without a sentence`]
      })
    })
}
