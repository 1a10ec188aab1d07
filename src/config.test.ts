import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CONFIG_MANUAL, type Config, checkConfig, readConfig } from './config.ts'

/** Every key that there is, so that the compiler asks for a new one here, and the manual with it. */
type Whole = { readonly [K in keyof Config]-?: Required<NonNullable<Config[K]>> }

const WHOLE: Whole = {
  org: 'acme',
  address: { host: '0.0.0.0', port: 1 },
  publicUrl: 'https://remit.example',
  dataDir: 'data',
  store: { kind: 'postgres', url: 'postgres://db/remit' },
  masterKeyFile: 'master.key',
  issuers: [],
  trustDomains: [],
  upstreams: [],
  policiesDir: 'policies',
  log: { origin: 'acme.example/log', public: true },
  limits: { requestsPerSecond: 1 },
  tls: { certFile: 'cert.pem', keyFile: 'key.pem' },
  devTls: false,
}

const issuer = { issuer: 'https://issuer.example' }
const domain = { name: 'acme.example', bundleFile: 'bundle.json' }
const upstream = { name: 'docs', transport: { kind: 'http', url: 'https://docs.example/mcp' } }

describe('a configuration', () => {
  const folder = mkdtempSync(join(tmpdir(), 'remit-config-'))
  const write = (text: string): string => {
    const file = join(folder, `${Math.random()}.json`)
    writeFileSync(file, text)
    return file
  }

  it.each<[string, object, string]>([
    ['an unknown key', { colour: 'red' }, 'colour'],
    ['an unknown key inside', { address: { prot: 1 } }, 'address.prot'],
    ['an unknown key in a list', { issuers: [{ ...issuer, secret: 'x' }] }, 'issuers.0.secret'],
    ['a port above the highest', { address: { port: 65_536 } }, 'address.port'],
    ['a port that is a text', { address: { port: '80' } }, 'address.port'],
    ['an organisation with capitals', { org: 'Acme' }, 'org'],
    ['an address that is none', { publicUrl: 'remit' }, 'publicUrl'],
    ['an address of another protocol', { publicUrl: 'ftp://remit.example' }, 'publicUrl'],
    ['an engine that nobody knows', { store: { kind: 'oracle' } }, 'store.kind'],
    ['PostgreSQL without its address', { store: { kind: 'postgres' } }, 'store.url'],
    ['an algorithm that signs nothing', { issuers: [{ ...issuer, algorithms: ['none'] }] }, 'issuers.0.algorithms.0'],
    ['an issuer without an algorithm', { issuers: [{ ...issuer, algorithms: [] }] }, 'issuers.0.algorithms'],
    ['an issuer without TLS', { issuers: [{ issuer: 'http://issuer.example' }] }, 'issuers.issuer'],
    ['a trust domain without a bundle', { trustDomains: [{ name: 'acme.example' }] }, 'trustDomains.acme.example'],
    [
      'a trust domain with two bundles',
      { trustDomains: [{ ...domain, bundleUrl: 'https://acme.example/bundle' }] },
      'trustDomains.acme.example',
    ],
    ['two servers of one name', { upstreams: [upstream, upstream] }, 'upstreams.docs'],
    ['no requests at all', { limits: { requestsPerSecond: 0 } }, 'limits.requestsPerSecond'],
    ['a certificate without its key', { tls: { certFile: 'cert.pem' } }, 'tls.keyFile'],
    ['two ways to speak TLS', { tls: WHOLE.tls, devTls: true }, 'devTls'],
    ['a log named with white space', { log: { origin: 'a b' } }, 'log.origin'],
  ])('is refused by the name of its key with %s', (_, raw, key) => {
    expect(() => checkConfig(raw, '.')).toThrow(
      expect.objectContaining({ code: 'config_invalid', detail: expect.stringContaining(` ${key}: `) }),
    )
  })

  it.each<[string, string]>([
    ['is not JSON', '{'],
    ['is a list', '[]'],
    ['is null', 'null'],
    ['is empty', ''],
  ])('is refused by the name of its file where that %s', (_, text) => {
    const file = write(text)
    expect(() => readConfig(file, {})).toThrow(
      expect.objectContaining({ code: 'config_invalid', detail: expect.stringContaining(file) }),
    )
  })

  it('is refused where its file is missing', () => {
    const file = join(folder, 'missing.json')
    expect(() => readConfig(file, {})).toThrow(expect.objectContaining({ code: 'config_invalid' }))
  })

  it('is refused where the environment says a port that is no number', () => {
    expect(() => readConfig(undefined, { REMIT_PORT: 'http' })).toThrow(
      expect.objectContaining({ code: 'config_invalid', detail: expect.stringContaining(' address.port: ') }),
    )
  })

  it('takes the environment before the file, and the file before the default', () => {
    const file = write('{ "org": "file", "address": { "host": "::1", "port": 1 } }')
    const config = readConfig(file, { REMIT_PORT: '2', REMIT_ORG: '' })
    expect(config).toMatchObject({ org: 'file', address: { host: '::1', port: 2 }, devTls: false })
  })

  it('counts paths in a file from the folder of the file', () => {
    const config = readConfig(write('{ "dataDir": "data", "policiesDir": "/policies" }'), {})
    expect(config).toMatchObject({ dataDir: join(folder, 'data'), policiesDir: '/policies' })
  })
})

describe('the manual of the configuration', () => {
  it('has a row for each key, and no row for another', () => {
    expect(CONFIG_MANUAL.map(({ key }) => key).sort()).toEqual(keysOf(WHOLE).sort())
  })

  it('says the defaults that count', () => {
    const config = checkConfig({}, '/')
    const said = CONFIG_MANUAL.filter(({ key }) => typeof valueAt(config, key) !== 'object')
    const kept = said.map(({ key }) => [key, valueAt(config, key)])
    const PROSE = new Set([
      'none',
      '',
      'the address itself',
      'master.key in dataDir',
      'org and a fingerprint of the log key',
    ])
    expect(said.map((row) => [row.key, PROSE.has(row.default) ? undefined : row.default])).toEqual(
      kept.map(([key, value]) => [key, key === 'dataDir' ? '.remit' : value?.toString()]),
    )
  })

  it.each(CONFIG_MANUAL.filter(({ env }) => env !== null))('names the variable that sets $key', ({ key, env }) => {
    const [before, after] = [{}, { [env ?? '']: SET[key] ?? '' }].map((each) =>
      valueAt(readConfig(undefined, each), key),
    )
    expect(after).toBeDefined()
    expect(after).not.toEqual(before)
  })
})

const SET: Readonly<Record<string, string>> = {
  org: 'acme',
  'address.host': '::1',
  'address.port': '1',
  publicUrl: 'https://remit.example',
  dataDir: '/data',
  'store.url': 'postgres://db/remit',
  masterKeyFile: '/master.key',
  policiesDir: '/policies',
}

function keysOf(value: object): string[] {
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
    if (Array.isArray(inner)) return [`${key}[]`]
    return typeof inner === 'object' && inner !== null ? keysOf(inner).map((below) => `${key}.${below}`) : [key]
  })
}

function valueAt(config: object, key: string): unknown {
  return key
    .replace('[]', '')
    .split('.')
    .reduce<unknown>((at, part) => (at as Readonly<Record<string, unknown>> | undefined)?.[part], config)
}
