import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bind, type MovedClock, makeClock, makeRoom, makeStore, outcomeOf } from '../../../test/issuer/room.ts'
import {
  refuseWith,
  serveWorkloadApi,
  type WorkloadAnswer,
  type WorkloadServer,
} from '../../../test/spiffe/workload-server.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { makePeer } from '../x509/peer-certificate.ts'
import { fetchBundle, readSocketPath } from './workload-api.ts'

/** Written by go-spiffe (test/spiffe/go): its messages, its bundle, and an SVID of each kind that it took itself. */
const GO = JSON.parse(readFileSync('test/spiffe/go-spiffe.json', 'utf8')) as {
  readonly nowMs: number
  readonly spiffeId: string
  readonly bundle: object
  readonly x509Bundles: string
  readonly jwtBundles: string
  readonly x509Svid: string
  readonly jwtSvid: string
}
const bytes = (base64: string): Buffer => Buffer.from(base64, 'base64')
const good = { x509: bytes(GO.x509Bundles), jwt: bytes(GO.jwtBundles) }

let folder: string
let socket: string
let server: WorkloadServer | undefined
let clock: MovedClock
let waits = 0
const clockIsAwaited = (): boolean => waits > 0

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'remit-workload-'))
  socket = join(folder, 'agent.sock')
  const moved = makeClock()
  const startMs = moved.nowMs()
  waits = 0
  const after: MovedClock['after'] = (ms, wake) => {
    waits += 1
    return moved.after(ms, wake)
  }
  clock = { ...moved, after, nowMs: () => GO.nowMs + moved.nowMs() - startMs }
})
afterEach(async () => {
  await server?.stop()
  server = undefined
  rmSync(folder, { recursive: true })
})

async function serve(answers: Partial<Record<'x509' | 'jwt', WorkloadAnswer>>): Promise<void> {
  server = await serveWorkloadApi(socket, { ...good, ...answers })
}

/** How many keys and authorities are told, or why none. */
async function read(domain = 'example.org'): Promise<unknown> {
  try {
    const { keys, authorities = [] } = await fetchBundle(`unix://${socket}`, domain, clock)
    return [keys.length, authorities.length]
  } catch (error) {
    return error instanceof RemitError && error.code === 'issuer_unavailable' ? error.detail : error
  }
}

describe('a Workload API', () => {
  it('tells the bundles that go-spiffe wrote', async () => {
    await serve({})
    expect(await read()).toEqual([1, 1])
    expect(await read('other.example')).toEqual([0, 1])
    expect(await read('third.example')).toContain('no bundle of this trust domain')
  })

  it.each([
    ['X.509-SVIDs', { jwt: refuseWith(12) }, [0, 1]],
    ['JWT-SVIDs', { x509: refuseWith(12) }, [1, 0]],
  ])('that serves %s alone tells the bundle of these', async (_, answers, counts) => {
    await serve(answers)
    expect(await read()).toEqual(counts)
  })

  it.each<[string, Partial<Record<'x509' | 'jwt', WorkloadAnswer>>, string]>([
    ['that knows no identity for us', { jwt: refuseWith(7) }, 'needs an entry of its own'],
    ['that is shutting down', { jwt: refuseWith(14) }, 'status gRPC 14'],
    ['that knows neither method', { x509: refuseWith(12), jwt: refuseWith(12) }, 'no bundle of this trust domain'],
    [
      'that is another server',
      { x509: (stream) => stream.respond({ ':status': 404 }, { endStream: true }) },
      'HTTP 404',
    ],
    [
      'that ends before it has said anything',
      { x509: (stream) => stream.respond({ ':status': 200 }, { endStream: true }) },
      'too early',
    ],
    [
      'that ends in the middle',
      {
        x509: (stream) => {
          stream.respond()
          stream.end(Buffer.of(0, 0, 0, 0, 9, 1))
        },
      },
      'too early',
    ],
    [
      'that packs its messages',
      {
        x509: (stream) => {
          stream.respond()
          stream.write(Buffer.of(1, 0, 0, 0, 0))
        },
      },
      'packed',
    ],
    [
      'that says too much',
      {
        x509: (stream) => {
          stream.respond()
          stream.write(Buffer.of(0, 255, 255, 255, 255))
        },
      },
      `more than ${LIMITS.workloadApiBytesMax}`,
    ],
    ['that hangs up', { x509: (stream) => stream.session?.destroy() }, 'too early'],
    ['whose message is cut short', { x509: good.x509.subarray(0, -1) }, 'cannot be read'],
    ['whose message is none', { x509: Buffer.from('certificate') }, 'cannot be read'],
    ['whose message has a number without end', { x509: Buffer.alloc(12, 0xff) }, 'cannot be read'],
    ['that names a trust domain twice', { x509: Buffer.concat([good.x509, good.x509]) }, 'cannot be read'],
    [
      'whose keys are no JSON',
      { jwt: Buffer.from('0a180a147370696666653a2f2f6578616d706c652e6f72671200', 'hex') },
      'not a JSON object',
    ],
  ])('%s tells nothing', async (_, answers, why) => {
    await serve(answers)
    expect(await read()).toContain(why)
  })

  it('that says nothing is not waited for', async () => {
    await serve({ jwt: (stream) => stream.respond() })
    const asked = read()
    while (!clockIsAwaited()) await new Promise((resolve) => setImmediate(resolve))
    clock.advance(LIMITS.jwksTimeoutMs)
    expect(await asked).toContain('said nothing within')
  })

  it('that is not there, or in a folder where anybody could have put it, is none', async () => {
    expect(await read()).toContain('cannot be reached: there is no such socket')
    socket = join(folder, 'gone', 'agent.sock')
    expect(await read()).toContain('cannot be reached: there is no such socket')
    const open = join(folder, 'open')
    mkdirSync(open)
    chmodSync(open, 0o777)
    socket = join(open, 'agent.sock')
    await serve({})
    expect(await read()).toContain('Everybody may write')
    chmodSync(open, 0o1777)
    expect(await read()).toEqual([1, 1])
  })

  it.each([
    ['unix:///run/agent.sock', '/run/agent.sock'],
    ['unix:/run/agent.sock', '/run/agent.sock'],
    ['unix://run/agent.sock', undefined],
    ['unix:run/agent.sock', undefined],
    ['/run/agent.sock', undefined],
    ['tcp://127.0.0.1:8081', undefined],
    ['unix:///run/agent.sock?x', undefined],
  ])('has the address %s at %s', (address, path) => {
    expect(readSocketPath(address)).toBe(path)
  })
})

describe('a trust domain by its Workload API', () => {
  it('proves the SVIDs that go-spiffe made, and goes on for a while when its agent is gone', async () => {
    await serve({})
    const store = makeStore()
    bind(store, { kind: 'spiffe', issuer: 'example.org', subject: GO.spiffeId })
    const room = makeRoom({ store, clock, trustDomains: [{ name: 'example.org', workloadApi: `unix://${socket}` }] })
    const peer = makePeer(bytes(GO.x509Svid), [])
    expect(await outcomeOf(room.byCertificate(peer))).toBe('workload')
    expect(await outcomeOf(room.byAssertion(GO.jwtSvid))).toBe('workload')
    await server?.stop()
    server = undefined
    clock.advance(LIMITS.workloadApiMaxAgeMs)
    expect(await outcomeOf(room.byCertificate(peer))).toBe('workload')
    expect(await room.checkSources()).toMatchObject([
      { problem: expect.stringContaining('The Workload API cannot be reached') },
    ])
  })
})
