import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { join as joinPath, relative as relativePath } from 'node:path/posix'
import { readImports } from './read-imports.ts'
import { listFiles, ROOT } from './read-tree.ts'

/** Files that the sources read at run time and the compiler does not copy, by folder and ending. */
const ASSETS = [
  { folder: 'src', ending: /\.(sql|cedar|cedarschema|json|txt)$/ },
  { folder: 'policies', ending: /\.(cedar|cedarschema|json)$/ },
  { folder: 'console', ending: /\.(html|css|js|svg|png|ico|woff2|webmanifest)$/ },
] as const

const CONTRACT = 'src/contract/'

/** Writes everything that is shipped into a folder; returns how many files that are. */
export function writeDist(target: string): number {
  compile(target)
  for (const { folder, ending } of ASSETS) {
    for (const path of listFiles([folder], ending)) copy(join(ROOT, path), join(target, path))
  }
  nameCompiledFiles(target)
  closeSdk(target)
  writeManifests(target)
  return listFiles([target], /./, '').length
}

function compile(target: string): void {
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
  const args = [tsc, '-p', join(ROOT, 'tsconfig.build.json'), '--outDir', target]
  const { status } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: 'inherit' })
  if (status !== 0) throw new Error(`The compiler ended with ${status}.`)
}

// The compiler rewrites `.ts` in what it emits as JavaScript, and leaves it in declarations.
function nameCompiledFiles(target: string): void {
  for (const path of listFiles(['.'], /\.d\.ts$/, target)) {
    const file = join(target, path)
    const source = readFileSync(file, 'utf8')
    const relatives = readImports(path, source).filter(({ specifier }) => /^\..*\.ts$/.test(specifier))
    const renames = relatives.map(({ specifier }) => [specifier, specifier.replace(/\.ts$/, '.js')] as const)
    writeFileSync(file, replaceSpecifiers(source, renames))
  }
}

function replaceSpecifiers(source: string, renames: readonly (readonly [from: string, to: string])[]): string {
  return renames.reduce(
    (text, [from, to]) => text.replaceAll(`'${from}'`, `'${to}'`).replaceAll(`"${from}"`, `"${to}"`),
    source,
  )
}

// The SDK is a package of its own, so it carries its copy of the contract and points at that one.
function closeSdk(target: string): void {
  const compiled = /\.(js|d\.ts)$/
  const contract = listFiles([CONTRACT], compiled, target)
  for (const path of contract) copy(join(target, path), join(target, 'sdk', path.slice('src/'.length)))
  for (const path of listFiles(['sdk'], compiled, target).filter((each) => !each.startsWith('sdk/contract/'))) {
    const file = join(target, path)
    writeFileSync(file, pointAtOwnContract(path, readFileSync(file, 'utf8')))
  }
}

/** Rewrites the imports of a compiled SDK file from the server's contract to the copy beside it. */
export function pointAtOwnContract(path: string, source: string): string {
  const outside = readImports(path, source).filter(({ target }) => target.startsWith(CONTRACT))
  const renames = outside.map(({ specifier, target }) => {
    const own = relativePath(joinPath(path, '..'), `sdk/contract/${target.slice(CONTRACT.length)}`)
    return [specifier, own.startsWith('.') ? own : `./${own}`] as const
  })
  return replaceSpecifiers(source, renames)
}

function writeManifests(target: string): void {
  const { name, version, license } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  writeManifest(join(target, 'package.json'), { name, version, license, private: true, type: 'module' })
  const entry = ['client', 'main', 'index'].find((each) => existsSync(join(target, 'sdk', `${each}.js`)))
  const main = entry === undefined ? {} : { '.': { types: `./${entry}.d.ts`, default: `./${entry}.js` } }
  const each = { './*': { types: './*.d.ts', default: './*.js' } }
  const sdk = {
    name: '@remit/sdk',
    version,
    license,
    type: 'module',
    sideEffects: false,
    exports: { ...main, ...each },
  }
  writeManifest(join(target, 'sdk', 'package.json'), sdk)
}

function writeManifest(path: string, manifest: object): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `${JSON.stringify(manifest, null, 2)}\n`)
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true })
  cpSync(from, to)
}
