import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readImports } from './read-imports.ts'
import { listFiles, ROOT } from './read-tree.ts'

/**
 * Says what is wrong with a built folder: an import of something that is not shipped, a test that slipped in, or an
 * SDK that needs anything but itself.
 */
export function checkShipped(target: string): string[] {
  const paths = listFiles(['.'], /\.(js|d\.ts)$/, target)
  const tests = paths.filter((path) => /\.test\./.test(path)).map((path) => `${path} is a test and is shipped`)
  const imports = paths.flatMap((path) =>
    readImports(path, readFileSync(join(target, path), 'utf8')).flatMap(({ specifier, target: named }) => {
      const fault = judgeShipped(target, path, specifier, named)
      return fault === undefined ? [] : [`${path} imports ${specifier}: ${fault}`]
    }),
  )
  return [...tests, ...imports]
}

function judgeShipped(target: string, path: string, specifier: string, named: string): string | undefined {
  const inSdk = path.startsWith('sdk/')
  if (specifier.startsWith('.')) {
    if (inSdk && !named.startsWith('sdk/')) return 'the SDK is shipped alone'
    return existsSync(join(target, named)) ? undefined : 'it is not shipped'
  }
  if (inSdk) return 'the SDK has no dependencies'
  if (specifier.startsWith('node:')) return undefined
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
  // Declarations may speak of types that only the compiler needs.
  return path.endsWith('.d.ts') || runtimeDependencies().has(name) ? undefined : 'it is not a run-time dependency'
}

function runtimeDependencies(): Set<string> {
  const manifest: { dependencies: Record<string, string> } = JSON.parse(
    readFileSync(join(ROOT, 'package.json'), 'utf8'),
  )
  return new Set(Object.keys(manifest.dependencies))
}
