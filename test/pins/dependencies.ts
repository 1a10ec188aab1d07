type Versions = Record<string, string>

/** The parts of package.json that say what the project depends on. */
export type Manifest = {
  version: string
  dependencies: Versions
  devDependencies: Versions
  optionalDependencies: Versions
}

/** The parts of package-lock.json that are checked. The package with an empty path is the project itself. */
export type Lockfile = { version: string; packages: Record<string, Locked> }

type Locked = Partial<Manifest> & {
  integrity?: string
  resolved?: string
  hasInstallScript?: boolean
  inBundle?: boolean
}

const KINDS = ['dependencies', 'devDependencies', 'optionalDependencies'] as const
const MIN_SENTENCE_WORDS = 5

/** Lists dependencies whose version leaves a choice. */
export function findLooseVersions(manifest: Manifest): string[] {
  const loose = Object.entries(allDependencies(manifest)).filter(
    ([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version),
  )
  return loose.map(([name, version]) => `${name} ${version}`)
}

/** Lists dependencies that no row of the document explains, and rows that explain no dependency. */
export function findLostSentences(manifest: Manifest, document: string): string[] {
  const names = Object.keys(allDependencies(manifest))
  const rows = [...document.matchAll(/^\| `([^`]+)` \|(.*)\|$/gm)].map(([, name = '', rest = '']) => ({ name, rest }))
  const explained = rows.filter(({ rest }) => rest.split(/\s+/).length >= MIN_SENTENCE_WORDS).map(({ name }) => name)
  const unknown = rows.map(({ name }) => name).filter((name) => !names.includes(name))
  return [...names.filter((name) => !explained.includes(name)), ...unknown]
}

/** Lists where the lockfile says something else than package.json. */
export function findUnlocked(manifest: Manifest, lockfile: Lockfile): string[] {
  const root = lockfile.packages[''] ?? {}
  const sameVersion = manifest.version === lockfile.version && manifest.version === root.version
  const kinds = KINDS.filter((kind) => JSON.stringify(sort(manifest[kind])) !== JSON.stringify(sort(root[kind] ?? {})))
  const unlocked = Object.entries(allDependencies(manifest)).filter(
    ([name, version]) => lockfile.packages[`node_modules/${name}`]?.version !== version,
  )
  return [...(sameVersion ? [] : ['version']), ...kinds, ...unlocked.map((each) => each.join(' '))]
}

/** Lists locked packages that name a registry host, run a script when installed, or have no digest. */
export function findOddPackages(lockfile: Lockfile): string[] {
  const isOdd = ({ resolved, hasInstallScript, integrity, inBundle }: Locked): boolean =>
    resolved !== undefined || hasInstallScript === true || (integrity === undefined && inBundle !== true)
  return Object.entries(lockfile.packages)
    .filter(([path, each]) => path !== '' && isOdd(each))
    .map(([path]) => path)
}

function allDependencies(manifest: Manifest): Versions {
  return Object.assign({}, ...KINDS.map((kind) => manifest[kind])) as Versions
}

function sort(versions: Versions): Versions {
  return Object.fromEntries(Object.entries(versions).sort(([a], [b]) => (a < b ? -1 : 1)))
}
