import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { CONFIG_MANUAL } from './config/manual.ts'
import { checkConfig, findCautions, readConfig } from './config.ts'
import { RemitError } from './ground/errors.ts'
import { ALGORITHM_NAMES } from './ground/jws-names.ts'

/** Gives the sentence of the refusal, or the configuration. */
function outcomeOf(check: () => unknown): unknown {
  try {
    return check()
  } catch (error) {
    if (error instanceof RemitError && error.code === 'config_invalid') return error.detail
    throw error
  }
}

const issuer = { issuer: 'https://idp.example' }
const upstream = { name: 'docs', transport: { kind: 'stdio', command: 'node' } }

const TARGET = { issuer: 'https://as.example', clientId: 'us', resources: ['https://a.example'], scopes: { a: 'read' } }

describe('a configuration', () => {
  it('says in words what the name of a vendor, and what a purpose, looks like', () => {
    const words = /must be 1 to 100 of a-z, 0-9/
    expect(outcomeOf(() => checkConfig({ issuers: [{ ...issuer, vendor: 'Acme AI' }] }, '/srv'))).toMatch(words)
    const adoption = { sponsor: 'grace@example.org', purpose: 'Read it' }
    expect(outcomeOf(() => checkConfig({ issuers: [{ ...issuer, adoption }] }, '/srv'))).toMatch(words)
  })

  it.each([
    [{ upstreams: [{ ...upstream, name: 'My docs' }] }, 'upstreams.0.name: must be 1 to 63 of a-z, 0-9, -'],
    [{ upstreams: [{ ...upstream, transport: { kind: 'ftp' } }] }, 'kind: must be one of stdio, http'],
    [{ trustDomains: [{ name: 'Our Domain' }] }, 'name: must be 1 to 255 of a-z, 0-9, ., _, -'],
    [{ store: { kind: 'postgres', url: 'mysql://x' } }, 'store.url: must begin with postgres://'],
    [{ more: 1, less: 2 }, 'more, less: are not known here'],
  ])('says of %j what would be right', (config, words) => {
    expect(outcomeOf(() => checkConfig(config, '/srv'))).toContain(words)
  })

  it.each([
    [{ other: { file: 'first.key' } }, 'masterKey: needs exactly one of file and pkcs11'],
    [{ file: 'second.key', other: {} }, 'masterKey.other: needs exactly one of file and pkcs11'],
    [{ file: 'second.key', other: { file: 'first.key', other: { file: 'a' } } }, 'masterKey.other.other'],
    [
      { file: 'second.key', other: { file: 'first.key' } },
      { file: '/srv/second.key', other: { file: '/srv/first.key' } },
    ],
  ])('takes as master keys %j only what says which', (masterKey, expected) => {
    const outcome = outcomeOf(() => checkConfig({ masterKey }, '/srv'))
    if (typeof expected === 'string') expect(outcome).toContain(expected)
    else expect(outcome).toMatchObject({ masterKey: expected })
  })

  it('of nothing is complete, on loopback and on the embedded store', () => {
    expect(checkConfig({}, '/srv')).toMatchObject({
      org: 'main',
      address: { host: '127.0.0.1', port: 7460 },
      dataDir: '/srv/.remit',
      store: { kind: 'sqlite' },
      issuers: [],
      log: { public: false },
      devTls: false,
    })
  })

  it.each([
    ['an unknown key', { colour: 'red' }, 'colour'],
    ['an unknown key inside', { address: { prot: 1 } }, 'address.prot'],
    ['an unknown key in a list', { issuers: [{ ...issuer, audience: 'x' }] }, 'issuers.0.audience'],
    ['a port that is too high', { address: { port: 65_536 } }, 'address.port'],
    ['a port that is a text', { address: { port: '7460' } }, 'address.port'],
    ['an organisation with spaces', { org: 'a b' }, 'org'],
    ['a public URL that is none', { publicUrl: 'remit.example' }, 'publicUrl'],
    ['a public URL of another scheme', { publicUrl: 'ftp://remit.example' }, 'publicUrl'],
    ['a store of another kind', { store: { kind: 'mysql' } }, 'store.kind'],
    ['a PostgreSQL without its address', { store: { kind: 'postgres' } }, 'store.url'],
    ['an algorithm that is none', { issuers: [{ ...issuer, algorithms: ['none'] }] }, 'issuers.0.algorithms.0'],
    ['a symmetric algorithm', { issuers: [{ ...issuer, algorithms: ['HS256'] }] }, 'issuers.0.algorithms.0'],
    ['no algorithm', { issuers: [{ ...issuer, algorithms: [] }] }, 'issuers.0.algorithms'],
    ['an issuer in clear', { issuers: [{ issuer: 'http://idp.example' }] }, 'issuers.issuer'],
    ['a trust domain in capitals', { trustDomains: [{ name: 'Example.org', bundleFile: 'x' }] }, 'trustDomains.0.name'],
    ['a trust domain without a bundle', { trustDomains: [{ name: 'example.org' }] }, 'trustDomains.example.org'],
    [
      'a trust domain with two',
      { trustDomains: [{ name: 'example.org', bundleFile: 'x', bundleUrl: 'https://x' }] },
      'trustDomains.example.org',
    ],
    [
      'an upstream of another kind',
      { upstreams: [{ name: 'docs', transport: { kind: 'pipe' } }] },
      'upstreams.0.transport.kind',
    ],
    [
      'an upstream without a command',
      { upstreams: [{ name: 'docs', transport: { kind: 'stdio' } }] },
      'upstreams.0.transport.command',
    ],
    ['two targets of one issuer', { targets: [TARGET, TARGET] }, 'targets.issuer'],
    ['a target without a scope', { targets: [{ ...TARGET, scopes: {} }] }, 'targets.0.scopes'],
    [
      'a target with two scopes in one',
      { targets: [{ ...TARGET, scopes: { 'a b': 'read' } }] },
      'targets.0.scopes.a b',
    ],
    ['a scope of no class', { targets: [{ ...TARGET, scopes: { a: 'everything' } }] }, 'targets.0.scopes.a'],
    ['a target without a resource', { targets: [{ ...TARGET, resources: [] }] }, 'targets.0.resources'],
    [
      'two servers of others at one address',
      { resourceServers: [{ resource: 'https://a.example' }, { resource: 'https://a.example' }] },
      'resourceServers.resource',
    ],
    [
      'an address whose tokens would be of two kinds',
      {
        resourceServers: [{ resource: 'https://a.example' }],
        spiffe: { trustDomain: 'x', audiences: ['https://a.example'] },
      },
      'resourceServers.resource',
    ],
    [
      'a cloud that is named twice',
      { federation: { audiences: ['sts.amazonaws.com', 'sts.amazonaws.com'] } },
      'federation.audiences',
    ],
    ['clouds, and names none', { federation: { audiences: [] } }, 'federation.audiences'],
    [
      'a server of others with a user in its address',
      { resourceServers: [{ resource: 'https://me@a.example' }] },
      'resourceServers.0.resource',
    ],
    ['two upstreams of one name', { upstreams: [upstream, upstream] }, 'upstreams.docs'],
    ['a log name with a control character', { log: { origin: 'a\u0007b' } }, 'log.origin'],
    ['a log name with half a character', { log: { origin: 'a\ud800' } }, 'log.origin'],
    ['an empty log name', { log: { origin: '' } }, 'log.origin'],
    ['a public URL with a user', { publicUrl: 'https://me:secret@remit.example' }, 'publicUrl'],
    ['a public URL with a query', { publicUrl: 'https://remit.example/?a=1' }, 'publicUrl'],
    ['a public URL with an empty query', { publicUrl: 'https://remit.example?' }, 'publicUrl'],
    ['a public URL with a fragment', { publicUrl: 'https://remit.example#a' }, 'publicUrl'],
    ['a log name with spaces', { log: { origin: 'a b' } }, 'log.origin'],
    ['too few connections to work with', { limits: { connections: 15 } }, 'limits.connections'],
    ['a rate of nothing', { limits: { requestsPerSecond: 0 } }, 'limits.requestsPerSecond'],
    ['a certificate without its key', { tls: { certFile: 'x' } }, 'tls.keyFile'],
    ['two certificates', { tls: { certFile: 'x', keyFile: 'y' }, devTls: true }, 'devTls'],
    ['a list for an object', [], 'configuration'],
    ['nothing at all', null, 'configuration'],
  ])('with %s is refused, and the key is named', (_, raw, key) => {
    expect(outcomeOf(() => checkConfig(raw, '/srv'))).toContain(` ${key}:`)
  })

  it.each(['UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires'])('may name the time zone %s', (timeZone) => {
    expect(checkConfig({ timeZone }, '/srv').timeZone).toBe(timeZone)
  })

  it.each(['', 'Mars/Olympus', '+01:00', 'Europe/Berlin ', 'CEST?', '__proto__'])(
    'names no time zone by %j',
    (timeZone) => {
      expect(outcomeOf(() => checkConfig({ timeZone }, '/srv'))).toContain(' timeZone:')
    },
  )

  it('has a row in its manual for each key that it knows', () => {
    const known = [
      'org',
      'accessCallbacks',
      'address',
      'publicUrl',
      'browserOrigins',
      'clientDocuments',
      'transactionTokens',
      'dataDir',
      'store',
      'masterKey',
      'issuers',
      'trustDomains',
      'federation',
      'resourceServers',
      'upstreams',
      'policiesDir',
      'drafts',
      'dpopNonces',
      'timeZone',
      'environment',
      'trustedProxies',
      'log',
      'limits',
      'tls',
      'devTls',
      'mtls',
      'spiffe',
      'clientAuthorities',
      'targets',
    ]
    expect([...new Set(CONFIG_MANUAL.map((row) => row.key.replace(/[.[].*/, '')))].sort()).toEqual(known.sort())
    for (const key of known) expect(outcomeOf(() => checkConfig({ [key]: Symbol('wrong') }, '/srv'))).toContain(key)
  })
})

describe('a configuration of client certificates', () => {
  const own = { certFile: 'own.crt', keyFile: 'own.key' }
  it.each<[Record<string, unknown>, string]>([
    [{ mtls: {} }, 'mtls: needs a port, or clientCertHeader'],
    [{ mtls: { port: 0 } }, 'mtls.port: speaks TLS'],
    [{ mtls: { port: 0, certFile: 'own.crt' } }, 'mtls: needs both certFile and keyFile'],
    [{ mtls: { port: 7460, ...own } }, 'mtls.port: must be another one than address.port'],
    [{ mtls: { port: 0, ...own, publicUrl: 'http://mtls.example' } }, 'mtls.publicUrl'],
    [{ mtls: { clientCertHeader: true } }, 'mtls.clientCertHeader: is believed of trustedProxies only'],
    [{ clientAuthorities: [{ name: 'corp', caFile: 'ca.crt' }] }, 'clientAuthorities: says nothing'],
  ])('is refused as %j', (raw, why) => {
    expect(outcomeOf(() => checkConfig(raw, '/srv'))).toContain(why)
  })

  it('has whole paths', () => {
    const raw = { mtls: { port: 0, ...own }, clientAuthorities: [{ name: 'corp', caFile: 'ca.crt' }] }
    expect(checkConfig(raw, '/srv')).toMatchObject({
      mtls: { certFile: '/srv/own.crt', keyFile: '/srv/own.key', clientCertHeader: false },
      clientAuthorities: [{ caFile: '/srv/ca.crt' }],
    })
  })
})

describe('a configuration file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'remit-config-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const write = (text: string): string => {
    const file = join(folder, 'remit.json')
    writeFileSync(file, text)
    return file
  }

  it.each([
    ['that is not JSON', '{"org":'],
    ['that holds a list', '[]'],
    ['that holds a text', '"x"'],
    ['that names a member twice', '{"org":"a","org":"b"}'],
    ['that names a member twice, inside and once with escapes', '{"address":{"port":1,"\\u0070ort":2}}'],
  ])('%s is refused by its name', (_, text) => {
    const file = write(text)
    expect(outcomeOf(() => readConfig(file, {}))).toContain(file)
  })

  it('that is not there, or is no file, is refused by its name and says so', () => {
    expect(outcomeOf(() => readConfig(join(folder, 'none.json'), {}))).toContain('none.json is not there.')
    expect(outcomeOf(() => readConfig(folder, {}))).toContain('is a folder.')
  })

  it('that is not JSON is refused with the line and column of what is wrong, and nothing of what it holds', () => {
    expect(outcomeOf(() => readConfig(write('{\n  "org": "x",\n  "secret": hunter2\n}'), {}))).toMatch(
      /is not JSON: see line 3, column 13\.$/,
    )
    expect(outcomeOf(() => readConfig(write('{"org": "x"'), {}))).toContain('it ends too early')
  })

  it('with a misspelt key is told which one is near', () => {
    const said = outcomeOf(() => checkConfig({ dataDri: 'x', address: { prot: 1 }, upstreams: [], colour: 1 }, '/srv'))
    expect(said).toContain(' dataDri, colour: ')
    expect(said).toContain('(do you mean dataDir?)')
    expect(said).toContain('address.prot: ')
    expect(said).toContain('(do you mean port?)')
    expect(outcomeOf(() => checkConfig({ port: 1 }, '/srv'))).not.toContain('do you mean port')
  })

  it('counts its paths from where it stands', () => {
    const file = write(JSON.stringify({ dataDir: 'data', tls: { certFile: 'a.crt', keyFile: '/b.key' } }))
    expect(readConfig(file, {})).toMatchObject({
      dataDir: join(folder, 'data'),
      tls: { certFile: join(folder, 'a.crt'), keyFile: '/b.key' },
    })
  })

  it('is overruled by the environment in who keeps the master key, and not in which other one opens the house', () => {
    const pkcs11 = { library: '/p11.so', tokenLabel: 'a', keyLabel: 'b', pinFile: '/pin' }
    const file = write(JSON.stringify({ masterKey: { pkcs11, other: { file: '/first.key' } } }))
    expect(readConfig(file, { REMIT_MASTER_KEY_FILE: '/second.key' }).masterKey).toEqual({
      file: '/second.key',
      other: { file: '/first.key' },
    })
  })

  it('is overruled by the environment, which is checked like it', () => {
    const file = write(JSON.stringify({ org: 'file', address: { host: '0.0.0.0', port: 1 } }))
    const read = readConfig(file, { REMIT_ORG: 'env', REMIT_PORT: '2', REMIT_HOST: '', OTHER: 'x' })
    expect(read).toMatchObject({ org: 'env', address: { host: '0.0.0.0', port: 2 } })
    for (const port of ['many', '0x1F90', '1e3', '-1', ' 80', '8080.0'])
      expect(outcomeOf(() => readConfig(file, { REMIT_PORT: port }))).toContain('address.port')
    expect(readConfig(file, { REMIT_STORE_URL: 'postgres://x' })).toMatchObject({
      store: { kind: 'postgres', url: 'postgres://x' },
    })
  })
})

describe('an issuer', () => {
  it('may sign with any algorithm that is verified, and with no other', () => {
    const algorithms = [...ALGORITHM_NAMES]
    expect(checkConfig({ issuers: [{ ...issuer, algorithms }] }, '/srv').issuers[0]?.algorithms).toEqual(algorithms)
    for (const name of ['HS256', 'none', 'RS1'])
      expect(outcomeOf(() => checkConfig({ issuers: [{ ...issuer, algorithms: [name] }] }, '/srv'))).toContain(
        'algorithms',
      )
  })
})

describe('cautions', () => {
  it.each([
    ['nothing of the defaults', {}, []],
    [
      'plain HTTP that others reach, and a key beside what it seals',
      { address: { host: '10.0.0.5' } },
      ['address.host', 'masterKey'],
    ],
    [
      'a key beside what it seals, of a house that others reach through a proxy',
      { publicUrl: 'https://remit.example' },
      ['masterKey'],
    ],
    [
      'a key beside what it seals, where the configuration names the one of the data folder',
      { publicUrl: 'https://remit.example', dataDir: 'data', masterKey: { file: 'data/../data/keys/master.key' } },
      ['masterKey'],
    ],
    [
      'nothing of a key in a folder that is called nearly as that of the data is',
      { publicUrl: 'https://remit.example', dataDir: 'data', masterKey: { file: 'data-keys/master.key' } },
      [],
    ],
    ['nothing of one that is called by its own machine', { publicUrl: 'http://[::1]:7460' }, []],
    [
      'an address that nobody can call',
      { address: { host: '0.0.0.0' }, masterKey: { file: '/k' }, devTls: true },
      ['publicUrl', 'devTls'],
    ],
    [
      'nothing behind a proxy that speaks TLS',
      { address: { host: '0.0.0.0' }, publicUrl: 'https://remit.example', masterKey: { file: '/k' } },
      [],
    ],
  ])('name %s', (_, raw, keys) => {
    expect(findCautions(checkConfig(raw, '/srv')).map((each) => each.split(':')[0])).toEqual(keys)
  })
})
