import { tokensOf } from '../contract/log/read-json.ts'

/**
 * Gives the first name that stands twice in one object of a text, or null: such a text means different things to different
 * readers. The text must be known to be JSON. Walks its tokens: a string before a colon is a name.
 */
export function findNameTwice(text: string): string | null {
  return findTwice(text)?.name ?? null
}

/**
 * Gives that name with the index of the item in which it stands, of the list that lies as deep as `listDepth` says, which is the
 * outermost. Where it stands outside of its items, no index is meant.
 */
export function findTwice(text: string, listDepth = 1): { readonly name: string; readonly item: number } | null {
  const open: Set<string>[] = []
  let [last, item] = ['', 0]
  for (const token of tokensOf(text)) {
    if (token === ',' && open.length === listDepth) item += 1
    if (token === '{' || token === '[') open.push(new Set())
    if (token === '}' || token === ']') open.pop()
    if (token === ':') {
      const [names, name] = [open.at(-1), JSON.parse(last) as string]
      if (names?.has(name) === true) return { name, item }
      names?.add(name)
    }
    last = token
  }
  return null
}
