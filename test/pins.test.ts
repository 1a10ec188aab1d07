import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ENTRY_KINDS } from '../src/contract/log-entry.ts'
import { ERRORS } from '../src/ground/error-table.ts'
import { ROUTES } from '../src/http/routes.ts'
import { ROOT } from '../tools/read-tree.ts'
import {
  findLooseVersions,
  findLostSentences,
  findOddPackages,
  findUnlocked,
  type Lockfile,
  type Manifest,
} from './pins/dependencies.ts'
import { PINNED_ENTRY_KINDS, PINNED_ERRORS, PINNED_ROUTES } from './pins/outside.ts'

const MAX_RUNTIME_DEPENDENCIES = 10

const manifest: Manifest = JSON.parse(readText('package.json'))
const lockfile: Lockfile = JSON.parse(readText('package-lock.json'))
const sentences = readText('DEPENDENCIES.md')

describe('what the outside can see', () => {
  it('is every error with its status and its OAuth error, as declared', () => {
    const errors = Object.entries(ERRORS).map(([code, { status, oauth }]) => `${status} ${oauth} ${code}`)
    expect(errors.sort()).toEqual([...PINNED_ERRORS].sort())
  })

  it('is every door with its method, its path and who may come through, as declared', () => {
    const routes = ROUTES.map(({ method, path, who }) => `${method} ${path} ${who}`)
    expect(routes.sort()).toEqual([...PINNED_ROUTES].sort())
  })

  it('is every kind of entry, as declared', () => {
    expect(Object.keys(ENTRY_KINDS).sort()).toEqual([...PINNED_ENTRY_KINDS].sort())
  })
})

describe('what we depend on', () => {
  it(`is at most ${MAX_RUNTIME_DEPENDENCIES} packages at run time`, () => {
    expect(Object.keys(manifest.dependencies).length).toBeLessThanOrEqual(MAX_RUNTIME_DEPENDENCIES)
  })

  it('has exact versions only', () => {
    expect(findLooseVersions(manifest)).toEqual([])
  })

  it('has a sentence in DEPENDENCIES.md for each package, and no sentence for another', () => {
    expect(findLostSentences(manifest, sentences)).toEqual([])
  })

  it('is what the lockfile holds', () => {
    expect(findUnlocked(manifest, lockfile)).toEqual([])
  })

  it('is locked by digest, without the name of a registry and without install scripts', () => {
    expect(findOddPackages(lockfile)).toEqual([])
  })
})

describe('a check of what we depend on', () => {
  const plain: Manifest = {
    version: '1.0.0',
    dependencies: { a: '1.2.3' },
    devDependencies: {},
    optionalDependencies: {},
  }
  const locked: Lockfile = {
    version: '1.0.0',
    packages: { '': plain, 'node_modules/a': { version: '1.2.3', integrity: 'sha512-x' } },
  }

  it.each(['^1.2.3', '~1.2.3', '1.2', '*', 'latest', '>=1.2.3', 'npm:b@1.2.3', 'git+https://x/y'])(
    'notices the version %s',
    (version) => {
      expect(findLooseVersions({ ...plain, dependencies: { a: version } })).toEqual([`a ${version}`])
    },
  )

  it.each([
    ['a package without a sentence', '| `b` | why |', ['a', 'b']],
    ['a sentence that says nothing', '| `a` | - |', ['a']],
    ['nothing, when all is said', '| `a` | Because it reads what the standard writes. |', []],
  ])('notices %s', (_, text, lost) => {
    expect(findLostSentences(plain, text)).toEqual(lost)
  })

  it('notices a lockfile of another version', () => {
    expect(findUnlocked({ ...plain, version: '1.0.1' }, locked)).toEqual(['version'])
    expect(findUnlocked({ ...plain, dependencies: { a: '1.2.4' } }, locked)).toEqual(['dependencies', 'a 1.2.4'])
  })

  it.each([
    ['the name of a registry', { resolved: 'https://registry.example/a.tgz' }],
    ['an install script', { hasInstallScript: true }],
    ['a package without a digest', { integrity: undefined }],
  ])('notices %s', (_, odd) => {
    const packages = { ...locked.packages, 'node_modules/a': { ...locked.packages['node_modules/a'], ...odd } }
    expect(findOddPackages({ ...locked, packages } as Lockfile)).toEqual(['node_modules/a'])
  })
})

function readText(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}
