import { spawn } from 'node:child_process'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readEnvironment } from '../../cli/environment.ts'
import { runCommandLine } from '../../cli/main.ts'
import { serveGrpc } from '../../cli/workload-api/grpc-server.ts'
import { keepSvid } from '../../cli/workload-api/kept-svid.ts'
import { makeMethods } from '../../cli/workload-api/methods.ts'
import { createAgent } from '../../sdk/agent.ts'
import { importProofKey } from '../../sdk/dpop.ts'
import { createAssertionKeys, createKeyAssertion } from '../../sdk/key-assertion.ts'
import { fetchBundle } from '../../src/authenticate/spiffe/workload-api.ts'
import { systemClock } from '../../src/ground/clock.ts'
import { ROOT } from '../../tools/read-tree.ts'
import { type House, startHouse } from '../house.ts'
import { type Actor, furnish, makeSummariser, openTask, register } from '../scenarios/cast.ts'
import { type ServedSvids, serveSvids } from './serve-svids.ts'
import { callWorkloadApi, readMessage } from './workload-client.ts'

const audience = 'https://api.partner.example'
const trustDomain = 'agents.example'

const field = (number: number, text: string): Buffer =>
  Buffer.concat([Buffer.of(number * 8 + 2, text.length), Buffer.from(text)])
const textOf = (fields: readonly (readonly [number, Buffer])[], number: number): string =>
  fields.find(([at]) => at === number)?.[1].toString('utf8') ?? ''
const bytesOf = (fields: readonly (readonly [number, Buffer])[], number: number): Buffer =>
  fields.find(([at]) => at === number)?.[1] ?? Buffer.alloc(0)

/** A clock that goes when it is told to. */
function makeClock() {
  let nowMs = Date.now()
  let due: { readonly atMs: number; readonly run: () => void }[] = []
  return {
    nowMs: () => nowMs,
    after: (ms: number, run: () => void) => {
      const row = { atMs: nowMs + ms, run }
      due.push(row)
      return () => {
        due = due.filter((each) => each !== row)
      }
    },
    due: () => due.length,
    forward: (ms: number) => {
      nowMs += ms
    },
    /** Goes on by so much, runs what is due, and waits until something is planned anew, or until the end where it is that. */
    run: async (ms: number, end?: Promise<unknown>) => {
      nowMs += ms
      const now = due.filter(({ atMs }) => atMs <= nowMs)
      due = due.filter((row) => !now.includes(row))
      expect(now.length).toBeGreaterThan(0)
      for (const { run } of now) run()
      if (end === undefined) await expect.poll(() => due.length, { interval: 5 }).toBeGreaterThan(0)
      else await end
    },
  }
}

describe('the Workload API that `remit svid serve` serves', () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'remit-api-')))
  const at = (...names: readonly string[]): string => join(folder, ...names)
  const socket = at('own', 'agent.sock')
  let house: House
  let reader: Actor
  let id: string
  let taskId: string
  let server: ServedSvids

  beforeAll(async () => {
    house = await startHouse({ spiffe: { trustDomain, audiences: [audience] } })
    await furnish(house)
    const keys = await createAssertionKeys()
    writeFileSync(at('agent.jwk'), JSON.stringify(keys.privateJwk), { mode: 0o600 })
    const { privateJwk } = keys
    const assertion = createKeyAssertion({ name: 'reader', audience: house.url, privateJwk })
    const key = await importProofKey(privateJwk)
    const summariser = makeSummariser(house, 'reader')
    reader = {
      ...summariser,
      agent: createAgent({ baseUrl: house.url, assertion, key }),
      binding: { kind: 'key', issuer: 'self', subject: 'reader', claims: {}, keys: [keys.publicJwk] },
    }
    id = await register(house, reader)
    taskId = await openTask(house, reader)
    mkdirSync(at('own'), { mode: 0o700 })
    server = await start(socket, taskId)
  })
  afterAll(async () => {
    await server.stop()
    await house.end(20)
    rmSync(folder, { recursive: true })
  })

  /** The command as the manual has it, with what is so here. */
  function wordsOfManual(path: string, task: string): readonly string[] {
    const manual = readFileSync(join(ROOT, 'docs/identity.md'), 'utf8')
    const told =
      /^ {4}remit (svid serve .*)$/m.exec(manual)?.[1] ?? expect.unreachable('the manual has no such command')
    const here: Readonly<Record<string, string>> = {
      '/run/reader/api.sock': path,
      'tsk_…': task,
      'agent.jwk': at('agent.jwk'),
      'news-reader': 'reader',
    }
    return told.split(' ').map((word) => here[word] ?? word)
  }

  const start = (path: string, task: string): Promise<ServedSvids> => serveSvids(wordsOfManual(path, task), house.url)

  const fetchSvid = async () => {
    const { messages, status } = await callWorkloadApi(socket, 'FetchX509SVID', undefined, { enough: 1 })
    expect(status).toBeNull()
    return readMessage(bytesOf(readMessage(messages[0] ?? Buffer.alloc(0)), 1))
  }

  it('hands out an X.509-SVID with its key and its bundle, on a stream that stays open', async () => {
    const svid = await fetchSvid()
    expect(textOf(svid, 1)).toBe(`spiffe://${trustDomain}/identity/${id}`)
    const leaf = new X509Certificate(bytesOf(svid, 2))
    expect(leaf.subjectAltName).toBe(`URI:${textOf(svid, 1)}`)
    const key = createPrivateKey({ key: bytesOf(svid, 3), format: 'der', type: 'pkcs8' })
    expect(leaf.checkPrivateKey(key)).toBe(true)
    expect(leaf.verify(new X509Certificate(bytesOf(svid, 4)).publicKey)).toBe(true)
  })

  it('tells the bundles of both kinds, as another Remit reads them on its machine', async () => {
    const keys = await fetchBundle(`unix://${socket}`, trustDomain, systemClock)
    expect(keys.keys).toHaveLength(1)
    expect(keys.authorities).toHaveLength(1)
  })

  it('hands out JWT-SVIDs for one audience that is configured, and verifies them', async () => {
    const { messages, status } = await callWorkloadApi(socket, 'FetchJWTSVID', field(1, audience))
    expect(status).toBe('0')
    const svid = readMessage(bytesOf(readMessage(messages[0] ?? Buffer.alloc(0)), 1))
    const token = textOf(svid, 2)
    expect(textOf(svid, 1)).toBe(`spiffe://${trustDomain}/identity/${id}`)
    const ask = (...fields: readonly Buffer[]) => callWorkloadApi(socket, 'ValidateJWTSVID', Buffer.concat(fields))
    const long = (text: string): Buffer =>
      Buffer.concat([Buffer.of(0x12, (text.length % 128) + 128, Math.floor(text.length / 128)), Buffer.from(text)])
    const valid = await ask(field(1, audience), long(token))
    expect(valid.status).toBe('0')
    const told = readMessage(valid.messages[0] ?? Buffer.alloc(0))
    expect(textOf(told, 1)).toBe(`spiffe://${trustDomain}/identity/${id}`)
    expect(bytesOf(told, 2).toString('latin1')).toContain(audience)
    const spoilt = `${token.slice(0, -2)}${token.endsWith('AA') ? 'BB' : 'AA'}`
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${token.split('.')[1]}.`
    for (const [to, shown] of [
      ['https://other.example', token],
      ['', token],
      [audience, spoilt],
      [audience, none],
      [audience, 'nothing'],
    ] as const)
      expect((await ask(field(1, to), long(shown))).status).toBe('3')
  })

  it.each<[string, string, Buffer, string]>([
    ['an audience that is not configured', 'FetchJWTSVID', field(1, 'https://other.example'), '7'],
    ['no audience', 'FetchJWTSVID', Buffer.alloc(0), '3'],
    ['two audiences', 'FetchJWTSVID', Buffer.concat([field(1, audience), field(1, 'https://b.example')]), '3'],
    ['the SVID of somebody else', 'FetchJWTSVID', Buffer.concat([field(1, audience), field(2, 'spiffe://a/b')]), '7'],
    ['a method that there is not', 'Constructor', Buffer.alloc(0), '12'],
    ['a request that is no message', 'FetchJWTSVID', Buffer.of(0x0a, 0x7f), '3'],
  ])('refuses %s', async (_, method, request, status) => {
    expect(await callWorkloadApi(socket, method, request)).toEqual({ messages: [], status })
  })

  it('answers nobody who does not say the security header, or does not speak gRPC', async () => {
    const headers = [{}, { 'workload.spiffe.io': 'TRUE' }, { 'workload.spiffe.io': '' }]
    for (const said of headers)
      expect((await callWorkloadApi(socket, 'FetchX509SVID', undefined, { headers: said })).status).toBe('3')
    const json = { 'workload.spiffe.io': 'true', 'content-type': 'application/json' }
    expect((await callWorkloadApi(socket, 'FetchX509SVID', undefined, { headers: json })).status).toBe('3')
    for (const [raw, status] of [
      [Buffer.alloc(0), '3'],
      [Buffer.of(1, 0, 0, 0, 0), '3'],
      [Buffer.of(0, 0, 0, 0, 9, 1), '3'],
      [Buffer.alloc(80_000), '8'],
    ] as const)
      expect((await callWorkloadApi(socket, 'FetchX509SVID', undefined, { raw })).status).toBe(status)
    expect((await fetchSvid()).length).toBeGreaterThan(0)
  })

  it('is there for its user alone, in a folder that nobody else may write to', async () => {
    expect(statSync(socket).mode & 0o777).toBe(0o600)
    mkdirSync(at('open'))
    chmodSync(at('open'), 0o777)
    mkdirSync(at('open', 'own'), { mode: 0o700 })
    symlinkSync(at('open', 'own'), at('own', 'link'))
    symlinkSync(at('own'), at('open', 'link'))
    for (const path of [
      at('open', 'a.sock'),
      at('open', 'own', 'a.sock'),
      at('own', 'link', 'a.sock'),
      at('open', 'link', 'a.sock'),
      at('none', 'a.sock'),
      socket,
      at('agent.jwk'),
    ]) {
      const refused = await start(path, taskId)
      expect([await refused.ended, refused.said()]).toEqual([1, expect.any(String)])
      expect(refused.said()).toMatch(/could put a socket|no folder|already|Others may write/)
    }
    expect(existsSync(at('agent.jwk'))).toBe(true)
  })

  it('takes the place of a socket that nobody listens at any more', async () => {
    mkdirSync(at('stale'), { mode: 0o700 })
    const path = at('stale', 'a.sock')
    const killed = spawn(process.execPath, [
      '-e',
      `require('net').createServer().listen('${path}',()=>process.kill(process.pid,'SIGKILL'))`,
    ])
    await new Promise((resolve) => killed.once('close', resolve))
    expect(existsSync(path)).toBe(true)
    // it tells the whole path, wherever it was started: a program beside it is given that
    const again = await start(relative(process.cwd(), path), taskId)
    expect(again.said()).toContain(`is served at unix://${path}\n`)
    expect((await callWorkloadApi(path, 'FetchX509Bundles', undefined, { enough: 1 })).messages).toHaveLength(1)
    expect(await again.stop()).toBe(0)
    expect(existsSync(path)).toBe(false)
  })

  it('hands out nothing where the task is over, and says why', async () => {
    const over = await openTask(house, reader)
    await reader.agent.complete(over)
    const refused = await start(at('own', 'over.sock'), over)
    expect([await refused.ended, refused.said()]).toEqual([1, expect.stringContaining('is completed')])
  })

  it('renews what it hands out at half its time, and whenever the trust domain has other keys, until the task ends', async () => {
    const task = await openTask(house, reader)
    const clock = makeClock()
    const svid = await keepSvid(reader.agent, task, { note: (sentence) => expect.unreachable(sentence), clock })
    const path = at('own', 'kept.sock')
    const served = await serveGrpc(path, makeMethods({ agent: reader.agent, taskId: task, svid }), true)
    expect(statSync(path).mode & 0o777).toBe(0o660)
    const open = callWorkloadApi(path, 'FetchX509SVID')
    await expect.poll(() => clock.due()).toBeGreaterThan(0)
    const first = svid.current()
    // nothing is due when the bundle is looked at
    await clock.run(300_000)
    expect(svid.current()).toBe(first)
    await house.people.sam.client.keys.rotate({ reason: 'It leaked', use: 'x509-ca', leaked: true })
    await clock.run(300_000)
    const second = svid.current()
    expect(second?.authorities).not.toEqual(first?.authorities)
    clock.forward((second?.renewMs ?? 0) - clock.nowMs() + 1)
    await clock.run(0)
    const third = svid.current()
    expect(third?.certificate).not.toEqual(second?.certificate)
    expect(third?.privateKey).not.toEqual(second?.privateKey)
    expect(third?.authorities).toEqual(second?.authorities)
    await reader.agent.complete(task)
    clock.forward((third?.renewMs ?? 0) - clock.nowMs() + 1)
    await clock.run(0, svid.ended)
    expect([await svid.ended, svid.current()]).toEqual(['task_not_active', undefined])
    const { messages, status } = await open
    expect([messages.length, status]).toEqual([3, '7'])
    expect((await callWorkloadApi(path, 'FetchX509SVID')).status).toBe('7')
    svid.stop()
    await served.close()
  })

  it('renews at once what it got while the trust domain was given other keys', async () => {
    const task = await openTask(house, reader)
    const clock = makeClock()
    let leaks = 1
    const { agent } = reader
    const certify: typeof agent.certify = async (...given) => {
      const made = await agent.certify(...given)
      if (leaks-- > 0) await house.people.sam.client.keys.rotate({ reason: 'It leaked', use: 'x509-ca', leaked: true })
      return made
    }
    const note = (sentence: string) => expect.unreachable(sentence)
    const svid = await keepSvid({ ...agent, certify }, task, { note, clock })
    const first = svid.current()
    await clock.run(1_000)
    const { certificate, authorities, bundle } = svid.current() ?? expect.unreachable('it was renewed')
    expect(authorities).not.toEqual(first?.authorities)
    expect(new X509Certificate(certificate).verify(new X509Certificate(authorities).publicKey)).toBe(true)
    expect(bundle).toEqual(first?.bundle)
    svid.stop()
    await agent.complete(task)
  })

  it('goes on with what it has where the server does not answer, up to its end', async () => {
    const task = await openTask(house, reader)
    const clock = makeClock()
    const notes: string[] = []
    const svid = await keepSvid(reader.agent, task, { note: (sentence) => notes.push(sentence), clock })
    const first = svid.current()
    await house.stop()
    clock.forward((first?.renewMs ?? 0) - clock.nowMs() + 1)
    await clock.run(0)
    expect([svid.current(), notes.length]).toEqual([first, 1])
    clock.forward((first?.expiresMs ?? 0) - clock.nowMs())
    expect(svid.current()).toBeUndefined()
    await clock.run(0)
    await house.start()
    svid.stop()
  })

  it('makes its socket where a workload is told of it, and says what is wrong with one that cannot be', async () => {
    const other = at('own', 'other.sock')
    const named = await start(`unix://${other}`, taskId)
    expect([named.said(), await named.stop()]).toEqual([expect.stringContaining(`is served at unix://${other}\n`), 0])
    const long = await start(at('own', 'x'.repeat(120)), taskId)
    expect([long.said(), await long.ended]).toEqual([expect.stringMatching(/its path is too long\.\n\s+Choose one/), 1])
  })

  it('needs to be told by what the workload proves itself', async () => {
    const said: string[] = []
    const terminal = {
      print: () => undefined,
      warn: (text: string) => said.push(text),
      paint: (_: string, text: string) => text,
      columns: 80,
    }
    const words = ['svid', 'serve', at('own', 'x.sock'), '--task', taskId, '--key', at('agent.jwk')]
    expect(await runCommandLine(words, readEnvironment({ XDG_CONFIG_HOME: folder }), terminal)).toBe(2)
    const unreadable = ['svid', 'serve', at('own', 'x.sock'), '--task', taskId, '--name', 'reader', '--key', at('none')]
    expect(await runCommandLine(unreadable, readEnvironment({ XDG_CONFIG_HOME: folder }), terminal)).toBe(2)
    expect(said.join('\n')).toMatch(/--assertion-file[\s\S]*none is not there/)
  })
})
