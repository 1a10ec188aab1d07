import { generateKeyPairSync, sign } from 'node:crypto'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type MintedKey, mintKey, signClaims } from '../../../test/issuer/minted-keys.ts'
import type { Clock } from '../../ground/clock.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { startThread } from '../../ground/start-thread.ts'
import { verifyDpopProof } from '../dpop/proof.ts'
import { importVerifyKey } from '../jws-algorithms.ts'
import { Verifier } from './verifier.ts'
import { verifyProof } from './verify-beside.ts'
import type { ProofAsked, SignatureAsked } from './work.ts'

const nowMs = 1_800_000_000_000
const url = 'https://remit.example/oauth/token'
let key: MintedKey
beforeAll(async () => {
  key = await mintKey('ES256', 'of the proof')
})

const started: Worker[] = []
afterEach(async () => void (await Promise.all(started.splice(0).map((worker) => worker.terminate()))))

/** A verifier whose pauses end and which looks when that is called for, with what it has told and for how long it was to pause. */
function createVerifier(
  start: () => Worker,
  monotonicMs: Clock['monotonicMs'] = () => 0,
): { verifier: Verifier; reported: Error[]; pausesMs: number[]; goOn: () => void; look: () => void } {
  const [reported, pausesMs, ended]: [Error[], number[], (() => void)[]] = [[], [], []]
  const looks = new Set<() => void>()
  const after: Clock['after'] = (ms, run) => {
    pausesMs.push(ms)
    ended.push(run)
    return () => undefined
  }
  const every: Clock['every'] = (ms, run) => {
    expect(ms).toBe(LIMITS.verifierLookMs)
    looks.add(run)
    return () => void looks.delete(run)
  }
  const keep = (): Worker => {
    const worker = start()
    started.push(worker)
    return worker
  }
  const clock = { nowMs: () => nowMs, monotonicMs, after, every }
  const verifier = new Verifier({ start: keep, clock, report: (error) => void reported.push(error) })
  const look = (): void => {
    for (const run of looks) run()
  }
  return { verifier, reported, pausesMs, goOn: () => ended.shift()?.(), look }
}

const ask = async (jti: string, method = 'POST'): Promise<ProofAsked> => {
  const claims = { htm: 'POST', htu: url, jti, iat: nowMs / 1000 }
  const jwt = await signClaims(key, claims, { typ: 'dpop+jwt', jwk: key.publicJwk })
  return { shown: { jwt, method, url }, nowMs }
}

const WAYS: [string, () => Worker][] = [
  ['in its thread', () => startThread('verify-thread', import.meta.url, null)],
  ['where the thread ends at once', () => new Worker('process.exit(3)', { eval: true })],
  ['where the thread throws at the first message', () => new Worker(throwing, { eval: true })],
]
const throwing = "require('node:worker_threads').parentPort.on('message', () => { throw new Error('broken') })"

describe.each(WAYS)('verifying %s', (_, start) => {
  it('gives each who asks their own answer, however many ask at once', async () => {
    const { verifier } = createVerifier(start)
    const asked = await Promise.all(
      Array.from({ length: 20 }, (_, at) => ask(`jti ${at}`, at % 3 === 2 ? 'GET' : 'POST')),
    )
    const found = await Promise.allSettled(asked.map((each) => verifier.verify('proof', each)))
    for (const [at, { shown }] of asked.entries()) {
      if (at % 3 === 2) expect(found[at]).toMatchObject({ status: 'rejected', reason: { code: 'proof_invalid' } })
      else expect(found[at]).toMatchObject({ value: { seenId: verifyDpopProof(shown, nowMs).seenId } })
    }
  })

  it('says what is wrong in the same words as on the spot', async () => {
    const { shown } = await ask('one', 'GET')
    const refused = createVerifier(start).verifier.verify('proof', { shown, nowMs })
    await expect(refused).rejects.toBeInstanceOf(RemitError)
    await expect(refused).rejects.toThrow('htm is not the method of this request.')
    expect(() => verifyDpopProof(shown, nowMs)).toThrow('htm is not the method of this request.')
  })

  it('tells a signature of the key from one of another key', async () => {
    const { verifier } = createVerifier(start)
    expect(await verifier.verify('signature', signed('as it was signed'))).toBe(true)
    expect(await verifier.verify('signature', { ...signed('one'), signingInput: 'other' })).toBe(false)
    expect(await verifier.verify('signature', { ...signed('one'), algorithm: 'ES384' })).toBe(false)
  })
})

function signed(signingInput: string): SignatureAsked {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const signature = sign('sha256', Buffer.from(signingInput), { key: privateKey, dsaEncoding: 'ieee-p1363' })
  const key = importVerifyKey(publicKey.export({ format: 'jwk' }) as Record<string, unknown>)
  if (key === undefined) throw new Error('the key does not import')
  return { algorithm: 'ES256', key, signingInput, signature }
}

/** Answers each message but the first, and says yes to everything. */
const forgetful = `let heard = 0
const { parentPort } = require('node:worker_threads')
parentPort.on('message', (message) => {
  const jobs = message.jobs ?? message
  const told = jobs.map(() => ({ found: true }))
  if (heard++ > 0) parentPort.postMessage(message.jobs ? { first: message.first, told } : told)
})`
/** Says yes more often than it was asked. */
const eager = `const { parentPort } = require('node:worker_threads')
parentPort.on('message', (message) => {
  const told = [{ found: true }]
  for (let more = 0; more < 3; more++) parentPort.postMessage(message.jobs ? { first: message.first, told } : told)
})`

describe('a thread that verifies', () => {
  it.each([
    ['loses a message', forgetful],
    ['answers twice', eager],
  ])('and %s gives nobody the answer that is for another one', async (_, program) => {
    const { verifier, reported } = createVerifier(() => new Worker(program, { eval: true }))
    const first = verifier.verify('signature', signed('as it was signed'))
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve))) // in a message of its own
    const forged = { ...signed('one'), signingInput: 'other' }
    const later = [verifier.verify('signature', forged), verifier.verify('signature', signed('two'))]
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
    const last = verifier.verify('signature', forged)
    expect(await first).toBe(true)
    expect(await Promise.all([...later, last])).toEqual([false, true, false])
    expect(reported.map(({ message }) => message)).toEqual([expect.stringContaining('answered what it was not asked')])
  })
})

const ours = (): Worker => startThread('verify-thread', import.meta.url, null)
const hanging = (): Worker => new Worker(endless, { eval: true })
const endless = "require('node:worker_threads').parentPort.on('message', () => { for (;;); })"

describe('a verifier whose thread does not answer', () => {
  /** Asks, and comes back when the thread was told. */
  const tell = async (verifier: Verifier, asked: readonly SignatureAsked[]) => {
    const found = Promise.all(asked.map((each) => verifier.verify('signature', each)))
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
    return { found }
  }
  const pair = (): readonly SignatureAsked[] => [signed('one'), { ...signed('one'), signingInput: 'other' }]

  it('gives everybody their answer after a bounded time, and goes on in another thread', async () => {
    const threads = [hanging, ours]
    const { verifier, reported, pausesMs, goOn, look } = createVerifier(() => threads.shift()?.() ?? ours())
    const { found } = await tell(verifier, pair())
    look()
    expect([verifier.standing(), reported]).toEqual([{ hasThread: true, ends: 0, lastEndMs: null }, []])
    look()
    expect(await found).toEqual([true, false])
    expect(verifier.standing()).toEqual({ hasThread: false, ends: 1, lastEndMs: nowMs })
    const said = reported.map(({ message }) => message)
    expect([said, pausesMs]).toEqual([['the thread that verifies has not answered for 5000 ms'], [250]])
    await expect.poll(() => started[0]?.threadId).toBe(-1) // it was ended, endless as it is

    goOn()
    look()
    expect(await (await tell(verifier, pair())).found).toEqual([true, false])
    look()
    look()
    expect(verifier.standing()).toEqual({ hasThread: true, ends: 1, lastEndMs: nowMs })
  })

  it('lets others have their turn while it does what had come together', async () => {
    const { verifier, look } = createVerifier(hanging)
    const one = signed('one')
    const many = Array.from({ length: 1_000 }, () => one)
    const { found } = await tell(verifier, many)
    let [turns, isDone] = [0, false]
    const count = (): void => {
      turns++
      if (!isDone) setImmediate(count)
    }
    look()
    look()
    setImmediate(count)
    expect(await found).not.toContain(false)
    isDone = true
    expect(turns).toBeGreaterThan(1)
  })

  it('tells it from one that answers, however long it has been asked all the time', async () => {
    const { verifier, reported, look } = createVerifier(ours)
    for (let times = 0; times < 5; times++) {
      const { found } = await tell(verifier, pair())
      look()
      expect(await found).toEqual([true, false])
    }
    expect([reported, verifier.standing().hasThread]).toEqual([[], true])
  })
})

describe('a verifier whose thread has ended', () => {
  const dying = (): Worker => new Worker('process.exit(3)', { eval: true })

  it('gives everybody their answer, goes on by itself, and after a pause in a thread again', async () => {
    const heard: number[] = []
    const { verifier, reported, pausesMs, goOn } = createVerifier(() => {
      const at = heard.push(0) - 1
      return ours().on('message', () => (heard[at] = (heard[at] ?? 0) + 1))
    })
    expect(await verifier.verify('signature', signed('one'))).toBe(true)
    expect([heard, verifier.standing()]).toEqual([[1], { hasThread: true, ends: 0, lastEndMs: null }])

    const forged = { ...signed('two'), signingInput: 'other' }
    const open = [verifier.verify('signature', forged), verifier.verify('signature', signed('two'))]
    await started[0]?.terminate()
    expect(await Promise.all(open)).toEqual([false, true])
    expect(verifier.standing()).toEqual({ hasThread: false, ends: 1, lastEndMs: nowMs })
    expect([reported.map(({ message }) => message), pausesMs]).toEqual([
      ['the thread that verifies ended with 1'],
      [LIMITS.verifierPauseMinMs],
    ])
    const [before] = heard
    expect(await verifier.verify('signature', signed('three'))).toBe(true)
    expect(await verifier.verify('signature', { ...signed('three'), signingInput: 'other' })).toBe(false)
    expect(heard).toEqual([before])

    goOn()
    expect(await verifier.verify('signature', signed('four'))).toBe(true)
    expect(await verifier.verify('signature', { ...signed('four'), signingInput: 'other' })).toBe(false)
    expect(heard).toEqual([before, 2])
    expect(verifier.standing()).toEqual({ hasThread: true, ends: 1, lastEndMs: nowMs })
  })

  it('pauses for longer each time that one does not last, up to a bound, and for a moment again once one did', async () => {
    let atMs = 0
    const { verifier, reported, pausesMs, goOn } = createVerifier(dying, () => atMs)
    for (let ends = 1; ends <= 9; ends++) {
      await expect.poll(() => verifier.standing()).toMatchObject({ hasThread: false, ends })
      goOn()
    }
    expect(pausesMs).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
    expect(reported).toHaveLength(9)
    atMs = LIMITS.verifierSteadyMs
    await expect.poll(() => pausesMs.at(-1)).toBe(LIMITS.verifierPauseMinMs)
  })

  it('says why it failed, where it said so', async () => {
    const { verifier, reported } = createVerifier(() => new Worker(throwing, { eval: true }))
    expect(await verifier.verify('signature', signed('one'))).toBe(true)
    expect(reported).toMatchObject([{ message: 'the thread that verifies failed', cause: { message: 'broken' } }])
  })

  it('tries again where the machine gives it none', async () => {
    let isShort = true
    const { verifier, reported, goOn } = createVerifier(() => {
      if (isShort) throw new Error('no room for a thread')
      return ours()
    })
    expect(await verifier.verify('signature', signed('one'))).toBe(true)
    expect(verifier.standing()).toMatchObject({ hasThread: false, ends: 1 })
    expect(reported).toMatchObject([{ cause: { message: 'no room for a thread' } }])
    isShort = false
    goOn()
    expect(verifier.standing()).toMatchObject({ hasThread: true, ends: 1 })
    expect(await verifier.verify('signature', { ...signed('two'), signingInput: 'other' })).toBe(false)
  })

  it('does what cannot be sent to it by itself', async () => {
    const { verifier, reported } = createVerifier(ours)
    const unsendable = Object.assign(signed('one'), { more: () => undefined })
    expect(await verifier.verify('signature', unsendable)).toBe(true)
    expect(reported.map(({ message }) => message)).toEqual(['the thread that verifies could not be told what to do'])
  })
})

describe('a proof that is verified beside the event loop', () => {
  it('is the one that it is on the spot', async () => {
    const { shown } = await ask('one')
    expect(await verifyProof(shown, nowMs)).toMatchObject(verifyDpopProof(shown, nowMs))
  })

  it('is refused at the time at which it is shown', async () => {
    const { shown } = await ask('one')
    await expect(verifyProof(shown, nowMs + 3_600_000)).rejects.toThrow('The proof is too old.')
  })
})
