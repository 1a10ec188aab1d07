import { readFileSync } from 'node:fs'
import { registerHooks, stripTypeScriptTypes } from 'node:module'
import { relative, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { ROOT } from '../../read-tree.ts'

const base = pathToFileURL(`${ROOT}/`).href
/** What stands for vitest in the modules that are loaded here, and where its parts are found. */
const standInUrl = 'stand-in:vitest'
const parts = 'remitMutationVitest'

interface Loader {
  /** Loads a file, and all of the repository that it imports, anew: no module is one that was loaded before. */
  readonly loadFresh: (file: string) => Promise<unknown>
  /** Lists which modules of the repository have been loaded, by their paths from its root. */
  readonly loaded: () => readonly string[]
}

/**
 * Takes over how modules are loaded in this process: those of the repository from the texts that were given, where there
 * are any, and once for every call of `loadFresh`; packages once, as ever.
 */
export function createLoader(texts: Readonly<Record<string, string>>, vitest: object): Loader {
  Object.assign(globalThis, { [parts]: vitest })
  const standIn = `export const { ${Object.keys(vitest).join(', ')} } = globalThis.${parts}`
  const stripped = new Map<string, string>()
  const strip = (path: string): string => {
    const known = stripped.get(path)
    if (known !== undefined) return known
    const text = stripTypeScriptTypes(texts[path] ?? readFileSync(`${ROOT}/${path}`, 'utf8'))
    stripped.set(path, text)
    return text
  }
  registerHooks({
    resolve(specifier, context, next) {
      const fresh = context.parentURL?.split('?')[1]
      if (fresh === undefined) return next(specifier, context)
      if (specifier === 'vitest') return { url: standInUrl, shortCircuit: true }
      const found = next(specifier, context)
      return isOwn(found.url) ? { ...found, url: `${found.url}?${fresh}` } : found
    },
    load(url, context, next) {
      if (url === standInUrl) return { format: 'module', source: standIn, shortCircuit: true }
      // the ending is for whoever looks whether it runs from sources
      if (!/\.ts\?\d+\.ts$/.test(url)) return next(url, context)
      return { format: 'module', source: strip(pathOf(url)), shortCircuit: true }
    },
  })
  let times = 0
  return {
    loadFresh: (file) => import(`${base}${file}?${++times}.ts`),
    loaded: () => [...stripped.keys()],
  }
}

function isOwn(url: string): boolean {
  return url.startsWith(base) && !url.includes('/node_modules/')
}

function pathOf(url: string): string {
  return relative(ROOT, fileURLToPath(url)).split(sep).join('/')
}
