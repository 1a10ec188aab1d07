import { dirname, resolve, sep } from 'node:path'
import { z } from 'zod'
import { CONFIG_MANUAL } from './config/manual.ts'
import { absoluteMasterKey, masterKey } from './config/master-key.ts'
import { absoluteMutual, clientAuthority, mutualTls, refuseBadCertificates } from './config/mutual-tls.ts'
import {
  completeIssuer,
  federation,
  issuer,
  ownSpiffe,
  refuseBadSource,
  resourceServer,
  target,
  trustDomain,
  url,
} from './config/sources.ts'
import { refuseBadUpstreams, transport, upstream } from './config/upstreams.ts'
import { line, origin, rowName } from './config/value-shapes.ts'
import { isKeyName } from './contract/log/note.ts'
import { isMembers } from './contract/read-entry.ts'
import { DRAFT_NAMES } from './contract/token/drafts.ts'
import { RemitError } from './ground/errors.ts'
import { LIMITS } from './ground/limits.ts'
import { findNearestWord } from './ground/nearest-word.ts'
import { readJsonFile } from './ground/read-json-file.ts'
import { sayFormFault } from './ground/say-form-fault.ts'
import { isTimeZone } from './ground/time-zone.ts'

/** Others add paths to it and compare it letter by letter. */
const publicUrl = url.regex(/^[^/?#]+:\/\/[^/?#@]+(\/[^?#]*)?$/, 'must hold no user, query or fragment')

/** Which specifications that are no RFC yet are spoken. */
const drafts = z.partialRecord(z.enum(DRAFT_NAMES), z.boolean()).default({})

/** Where those who ask for access may be told; what is sent is signed by the secret that the file holds. */
const accessCallback = z.strictObject({
  endpoint: z.url({ protocol: /^https$/ }).regex(/^[^#@]+$/, 'must hold no user and no fragment'),
  secretFile: z.string().min(1),
  identities: z.array(z.string().min(1)).max(1_000).default([]),
  allowInternal: z.boolean().default(false),
  caFile: z.string().min(1).optional(),
})

/** Who signs, elsewhere, that the log only grows. */
const witness = z
  .strictObject({
    url: url.regex(/^[^?#@]+$/, 'must hold no user, query or fragment'),
    vkey: line(1_000),
    allowInternal: z.boolean().default(false),
    caFile: z.string().min(1).optional(),
  })
  .refine(
    ({ url, allowInternal }) => url.startsWith('https:') || allowInternal,
    'must be https, or inside (allowInternal)',
  )

const store = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('sqlite') }),
  z.strictObject({
    kind: z.literal('postgres'),
    url: z.string().regex(/^postgres(ql)?:\/\//, 'must begin with postgres://'),
  }),
])

const schema = z.strictObject({
  org: rowName.default('main'),
  address: z
    .strictObject({ host: z.string().min(1).default('127.0.0.1'), port: z.int().min(0).max(65_535).default(7460) })
    .prefault({}),
  publicUrl: publicUrl.optional(),
  trustedProxies: z
    .array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]))
    .max(100)
    .default([]),
  dataDir: z.string().min(1).default('.remit'),
  store: store.default({ kind: 'sqlite' }),
  masterKey: masterKey.optional(),
  issuers: z.array(issuer.transform(completeIssuer)).max(1_000).default([]),
  trustDomains: z.array(trustDomain).max(1_000).default([]),
  spiffe: ownSpiffe.optional(),
  federation: federation.optional(),
  resourceServers: z.array(resourceServer).max(1_000).default([]),
  targets: z.array(target).max(1_000).default([]),
  upstreams: z.array(upstream).max(1_000).default([]),
  browserOrigins: z.array(origin).max(100).default([]),
  clientDocuments: z
    .strictObject({ allowInternal: z.boolean().default(false), caFile: z.string().min(1).optional() })
    .prefault({}),
  accessCallbacks: z.array(accessCallback).max(LIMITS.callbacksMax).default([]),
  policiesDir: z.string().min(1).optional(),
  dpopNonces: z.enum(['off', 'token', 'all']).default('token'),
  drafts,
  timeZone: z.string().refine(isTimeZone, 'must be the name of a time zone, such as Europe/Berlin').default('UTC'),
  environment: rowName.default('production'),
  transactionTokens: z.strictObject({ trustDomain: line(255).optional() }).prefault({}),
  log: z
    .strictObject({
      origin: z
        .string()
        .refine(isKeyName, 'must be up to 255 characters without white space, controls and plus')
        .optional(),
      public: z.boolean().default(false),
      witnesses: z.array(witness).max(16).default([]),
    })
    .prefault({}),
  limits: z
    .strictObject({
      connections: z.int().min(16).max(1_000_000).default(LIMITS.connectionsDefault),
      requestsPerSecond: z.int().min(1).max(1_000_000).default(LIMITS.requestsPerSecondDefault),
      requestSeconds: z.int().min(1).max(300).default(LIMITS.requestSecondsDefault),
    })
    .prefault({}),
  tls: z.strictObject({ certFile: z.string().min(1), keyFile: z.string().min(1) }).optional(),
  devTls: z.boolean().default(false),
  mtls: mutualTls.optional(),
  clientAuthorities: z.array(clientAuthority).max(100).default([]),
})

/** The configuration, checked and complete: every path absolute, every default filled in. */
export type Config = z.infer<typeof schema>

/** Where an environment name goes in the configuration. */
const ENVIRONMENT: readonly (readonly [string, (raw: Raw, value: string) => void])[] = [
  ['REMIT_ORG', (raw, value) => Object.assign(raw, { org: value })],
  ['REMIT_HOST', (raw, value) => Object.assign(section(raw, 'address'), { host: value })],
  ['REMIT_PORT', (raw, value) => Object.assign(section(raw, 'address'), { port: readPort(value) })],
  ['REMIT_PUBLIC_URL', (raw, value) => Object.assign(raw, { publicUrl: value })],
  ['REMIT_DATA_DIR', (raw, value) => Object.assign(raw, { dataDir: resolve(value) })],
  ['REMIT_STORE_URL', (raw, value) => Object.assign(raw, { store: { kind: 'postgres', url: value } })],
  // in place of a module too; the key that it replaces stays named
  [
    'REMIT_MASTER_KEY_FILE',
    (raw, value) => Object.assign(section(raw, 'masterKey'), { file: resolve(value), pkcs11: undefined }),
  ],
  ['REMIT_POLICIES_DIR', (raw, value) => Object.assign(raw, { policiesDir: resolve(value) })],
]

type Raw = Record<string, unknown>

/** A port as people write one: 0x1F90 and 1e3 are numbers too, and hardly what was meant. */
function readPort(text: string): number {
  return /^[0-9]{1,5}$/.test(text) ? Number(text) : Number.NaN
}

function section(raw: Raw, key: string): Raw {
  const inner = { ...(raw[key] as Raw | undefined) }
  raw[key] = inner
  return inner
}

/**
 * Reads the configuration file (JSON), lets the environment overrule it, checks all of it.
 * Refuses with `config_invalid` and the name of the key: unknown keys, wrong types, values out of bounds.
 */
export function readConfig(
  file: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Config {
  const raw: Raw = file === undefined ? {} : readFile(file)
  for (const [variable, apply] of ENVIRONMENT) {
    const value = environment[variable]
    if (value !== undefined && value !== '') apply(raw, value)
  }
  return checkConfig(raw, file === undefined ? '.' : dirname(resolve(file)))
}

function readFile(file: string): Raw {
  const what = `The configuration file ${file}`
  const parsed = readJsonFile(file, what)
  if (isMembers(parsed)) return parsed as Raw
  throw new RemitError('config_invalid', { detail: `${what} does not hold a JSON object.` })
}

/** Checks a configuration as it was written; relative paths count from `baseDir`. */
export function checkConfig(raw: unknown, baseDir: string): Config {
  const checked = schema.safeParse(raw, { error: sayFormFault })
  if (!checked.success) {
    const detail = checked.error.issues
      .map((issue) => `${issueKey(issue)}: ${sayIssue(issue)}${suggestKey(issue)}`)
      .join('; ')
    throw new RemitError('config_invalid', { detail: `The configuration is not valid: ${detail}.` })
  }
  return refuseContradictions(absolutePaths(checked.data, baseDir))
}

function issueKey(issue: z.core.$ZodIssue): string {
  const unknown = issue.code === 'unrecognized_keys' ? [issue.keys.join(', ')] : []
  return [...issue.path.map(String), ...unknown].join('.') || 'configuration'
}

/** A key that is not known is named as the place already. */
function sayIssue(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'unrecognized_keys') return issue.message
  return `${issue.keys.length === 1 ? 'is' : 'are'} not known here`
}

/** Every name that a key of the configuration has, wherever it stands. */
const KEY_NAMES: readonly string[] = [
  ...CONFIG_MANUAL.flatMap(({ key }) => key.split(/[.[\]]+/)).filter((name) => name !== ''),
  ...[
    issuer,
    trustDomain,
    ownSpiffe,
    federation,
    resourceServer,
    target,
    upstream,
    accessCallback,
    mutualTls,
    clientAuthority,
    ...transport.options,
  ].flatMap(({ shape }) => Object.keys(shape)),
]

function suggestKey(issue: z.core.$ZodIssue): string {
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys : []
  // one that is known elsewhere is not meant by itself
  const others = KEY_NAMES.filter((name) => !unknown.includes(name))
  const near = unknown.flatMap((said) => findNearestWord(said, others) ?? [])
  return near.length === 0 ? '' : ` (do you mean ${near.join(', ')}?)`
}

function absolutePaths(config: Config, baseDir: string): Config {
  const at = (path: string): string => resolve(baseDir, path)
  return {
    ...config,
    dataDir: at(config.dataDir),
    ...(config.masterKey === undefined ? {} : { masterKey: absoluteMasterKey(config.masterKey, at) }),
    ...(config.policiesDir === undefined ? {} : { policiesDir: at(config.policiesDir) }),
    ...(config.tls === undefined
      ? {}
      : { tls: { certFile: at(config.tls.certFile), keyFile: at(config.tls.keyFile) } }),
    accessCallbacks: config.accessCallbacks.map((callback) => ({
      ...callback,
      secretFile: at(callback.secretFile),
      ...(callback.caFile === undefined ? {} : { caFile: at(callback.caFile) }),
    })),
    clientDocuments: {
      ...config.clientDocuments,
      ...(config.clientDocuments.caFile === undefined ? {} : { caFile: at(config.clientDocuments.caFile) }),
    },
    log: { ...config.log, witnesses: config.log.witnesses.map((row) => absoluteCa(row, at)) },
    ...(config.mtls === undefined ? {} : { mtls: absoluteMutual(config.mtls, at) }),
    clientAuthorities: config.clientAuthorities.map((row) => ({
      ...row,
      caFile: at(row.caFile),
      ...(row.crlFile === undefined ? {} : { crlFile: at(row.crlFile) }),
    })),
    trustDomains: config.trustDomains.map((domain) =>
      domain.bundleFile === undefined ? domain : { ...domain, bundleFile: at(domain.bundleFile) },
    ),
  }
}

function absoluteCa<Row extends { readonly caFile?: string | undefined }>(row: Row, at: (path: string) => string): Row {
  return row.caFile === undefined ? row : { ...row, caFile: at(row.caFile) }
}

function refuseContradictions(config: Config): Config {
  const refuse = (key: string, why: string): never => {
    throw new RemitError('config_invalid', { detail: `The configuration is not valid: ${key}: ${why}.` })
  }
  if (config.tls !== undefined && config.devTls) refuse('devTls', 'cannot be set together with tls')
  refuseBadSource(config, refuse)
  refuseBadCertificates(config, refuse)
  refuseBadUpstreams(config, refuse)
  return config
}

const LOOPBACK = /^(localhost|127(?:\.\d{1,3}){3}|::1)$/

/** True where others call it: at an address of its own, or through a proxy. */
function isReached({ address, publicUrl }: Config): boolean {
  const outside = publicUrl === undefined ? address.host : new URL(publicUrl).hostname.replace(/^\[|\]$/g, '')
  return !LOOPBACK.test(address.host) || !LOOPBACK.test(outside)
}

/** True where the master key lies in the data folder, by default or as it is configured: a copy of the one is one of the other. */
function liesBeside({ dataDir, masterKey }: Config): boolean {
  return masterKey === undefined || masterKey.file?.startsWith(dataDir.endsWith(sep) ? dataDir : dataDir + sep) === true
}

interface Caution {
  readonly says: string
  readonly holds: (config: Config) => boolean
}

/** What is allowed but better looked at: the doctor says it. */
const CAUTIONS: readonly Caution[] = [
  {
    says: 'address.host: tokens cross the network in clear; set tls, or publicUrl to the https address of a proxy',
    holds: ({ address, tls, devTls, publicUrl }) =>
      !LOOPBACK.test(address.host) && tls === undefined && !devTls && publicUrl?.startsWith('https:') !== true,
  },
  {
    says: 'publicUrl: 0.0.0.0 is no address that others can call; set publicUrl',
    holds: ({ address, publicUrl }) => ['0.0.0.0', '::'].includes(address.host) && publicUrl === undefined,
  },
  {
    says: 'devTls: the certificate authority lies in the data folder; for development only',
    holds: ({ devTls }) => devTls,
  },
  {
    says: 'trustDomains.forgetSequence: an old bundle with a key that was revoked counts again; take it out once the new one was read',
    holds: ({ trustDomains }) => trustDomains.some(({ forgetSequence }) => forgetSequence),
  },
  {
    says: 'masterKey: the master key lies beside what it seals; keep it where backups of the data folder do not go (masterKey.file), or in a hardware security module',
    holds: (config) => liesBeside(config) && isReached(config),
  },
  {
    says: 'masterKey.other: a second master key opens this house as well; once each server has started with the new one, take it out and destroy it',
    holds: ({ masterKey }) => masterKey?.other !== undefined,
  },
]

/** Gives a sentence for everything in a valid configuration that deserves a second look. */
export function findCautions(config: Config): readonly string[] {
  return CAUTIONS.filter(({ holds }) => holds(config)).map(({ says }) => says)
}
