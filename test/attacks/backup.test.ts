import { execFileSync } from 'node:child_process'
import type { KeyObject } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openLogKey } from '../../src/ground/key-file.ts'
import { openSigningKey } from '../../src/issue/signing-key.ts'
import { type House, startHouse } from '../house.ts'
import { codeOf, furnish, makeSummariser, openTask, register } from '../scenarios/cast.ts'
import { runServer, type ServerProcess, serveInProcess } from '../server-process.ts'

/** A secret, by the name of what it is of, with every form that its bytes may have in a file or a text. */
interface Secret {
  readonly name: string
  readonly forms: readonly Buffer[]
}

/** The bytes themselves, as hex, and as base64 of either alphabet wherever in a longer text they begin. */
function formsOf(name: string, bytes: Buffer): Secret {
  const aligned = [0, 1, 2].map((from) => bytes.subarray(from, from + Math.floor((bytes.length - from) / 3) * 3))
  const texts = aligned.flatMap((part) => [part.toString('base64'), part.toString('base64url')])
  const hex = bytes.toString('hex')
  return { name, forms: [bytes, ...[...texts, hex, hex.toUpperCase()].map((text) => Buffer.from(text, 'latin1'))] }
}

/** The private numbers of a key: of an RSA key its primes too. */
function secretsOf(name: string, key: KeyObject): readonly Secret[] {
  const { d = '', p, q } = key.export({ format: 'jwk' })
  return [d, p, q].flatMap((number, at) =>
    number === undefined ? [] : [formsOf(`${name}.${['d', 'p', 'q'][at]}`, Buffer.from(number, 'base64url'))],
  )
}

const findIn = (bytes: Buffer, secrets: readonly Secret[]): readonly string[] =>
  secrets.filter(({ forms }) => forms.some((form) => bytes.includes(form))).map(({ name }) => name)

describe('whoever gets hold of a backup, an evidence pack, an answer or what the server said', () => {
  const servers: ServerProcess[] = []
  const told: string[] = []
  let house: House
  let secrets: readonly Secret[]
  let running: Buffer
  let stopped: Buffer
  let pack: Buffer

  const tar = (...more: readonly string[]): Buffer =>
    execFileSync('tar', ['-cf', '-', '-C', house.dataDir, ...more, '.'], { maxBuffer: 256 * 1024 * 1024 })

  beforeAll(async () => {
    const more = { spiffe: { trustDomain: 'own.example', audiences: ['a'] }, federation: { audiences: ['b'] } }
    house = await startHouse(more, {
      serve: async (config) => {
        const server = await serveInProcess(config)
        servers.push(server)
        return server
      },
    })
    await furnish(house)
    const actor = makeSummariser(house)
    await register(house, actor)
    const task = await openTask(house, actor)
    for (const audience of ['a', 'b', house.url]) await actor.agent.exchange(task, audience)
    const { ada, sam } = house.people
    for (const use of ['token', 'svid', 'x509-ca', 'federation'] as const)
      await sam.client.keys.rotate({ reason: 'A drill', use, leaked: use === 'svid' })
    await askBadly(ada.session)
    pack = Buffer.from(await new Response(await ada.client.evidence.pack()).arrayBuffer())
    running = tar('--exclude=master.key')
    await house.stop()
    stopped = tar('--exclude=master.key')
    await house.whileStopped(async ({ store, masterKey }) => {
      const keys = await store.issue.signingKeys()
      const log = openLogKey(masterKey, readFileSync(join(house.dataDir, 'log.key'), 'utf8').trim())
      secrets = [
        formsOf('master key', Buffer.from(masterKey)),
        ...keys.flatMap((key) => secretsOf(`${key.use} ${key.id}`, openSigningKey(key, masterKey).privateKey)),
        ...secretsOf('log', log),
      ]
    })
  })
  afterAll(async () => void (await house.end(40)))

  /** Asks for what there is not, is not allowed or is no request, and keeps what was answered. */
  async function askBadly(session: string): Promise<void> {
    const headers = { authorization: `Bearer ${session}`, 'content-type': 'application/json' }
    const bad: readonly (readonly [string, RequestInit])[] = [
      ['/api/v1/keys/rotate', { method: 'POST', headers, body: '{"use":"log"}' }],
      ['/api/v1/keys/rotate', { method: 'POST', headers, body: '{' }],
      ['/oauth/token', { method: 'POST', body: new URLSearchParams({ grant_type: 'password' }) }],
      ['/oauth/introspect', { method: 'POST', headers: { authorization: 'Bearer a.b.c' }, body: 'token=x' }],
      ['/mcp/docs', { method: 'POST', headers, body: '{}' }],
      ['/log/tile/entries/000', { headers }],
      ['/oauth/jwks/../../master.key', {}],
      ['/master.key', { headers }],
    ]
    for (const [path, init] of bad) {
      const answer = await fetch(`${house.url}${path}`, init)
      expect(answer.status).toBeGreaterThanOrEqual(400)
      told.push(await answer.text())
    }
    for (const path of ['/oauth/jwks', '/spiffe/bundle', '/federation/keys', '/metrics', '/log/checkpoint'])
      told.push(await (await fetch(`${house.url}${path}`, { headers: { authorization: `Bearer ${session}` } })).text())
    expect(await codeOf(house.people.ada.client.keys.rotate({ reason: 'x', use: 'log' as never }))).toBe(
      'request_invalid',
    )
  }

  it('would find a key that lies in clear: the search finds one, in each form', () => {
    const master = readFileSync(join(house.dataDir, 'master.key'))
    expect(findIn(tar(), secrets)).toEqual(['master key'])
    expect(findIn(master, secrets)).toEqual(['master key'])
    for (const use of ['token', 'svid', 'x509-ca', 'federation', 'log'])
      expect(secrets.some(({ name }) => name.startsWith(use))).toBe(true)
    for (const { name, forms } of secrets)
      for (const form of forms)
        expect(findIn(Buffer.concat([Buffer.from('xy'), form, Buffer.from('z')]), secrets)).toContain(name)
  })

  it('finds none in a copy of the data folder without the master key, made while it runs or after', () => {
    for (const copy of [running, stopped]) {
      expect(copy.includes('log.key')).toBe(true)
      expect(copy.includes('remit.db')).toBe(true)
      expect(findIn(copy, secrets)).toEqual([])
    }
  })

  it('finds none in a pack of the whole log', () => {
    expect(pack.includes('key.rotated')).toBe(true)
    expect(findIn(pack, secrets)).toEqual([])
  })

  it('finds none in answers, errors, or what the server said', async () => {
    for (const server of servers) told.push((await server.ended).said)
    const file = join(house.dataDir, 'master.key')
    const master = readFileSync(file)
    writeFileSync(file, Buffer.alloc(32, 9).toString('base64url'))
    const other = await runServer(['--data-dir', house.dataDir, '--port', '0'])
    writeFileSync(file, `${master.toString('latin1').trim()}AAAA`)
    const longer = await runServer(['--data-dir', house.dataDir, '--port', '0'])
    writeFileSync(file, master)
    expect([other.code, longer.code]).toEqual([1, 1])
    expect(other.said).toContain('does not open the signing keys')
    expect(longer.said).toContain('does not hold 32 bytes')
    expect(findIn(Buffer.from([...told, other.said, longer.said].join('\n')), secrets)).toEqual([])
  })
})
