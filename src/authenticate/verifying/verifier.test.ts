import { generateKeyPairSync, sign } from 'node:crypto'
import { Worker } from 'node:worker_threads'
import { beforeAll, describe, expect, it } from 'vitest'
import { type MintedKey, mintKey, signClaims } from '../../../test/issuer/minted-keys.ts'
import { RemitError } from '../../ground/errors.ts'
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
    const verifier = new Verifier(start)
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
    const refused = new Verifier(start).verify('proof', { shown, nowMs })
    await expect(refused).rejects.toBeInstanceOf(RemitError)
    await expect(refused).rejects.toThrow('htm is not the method of this request.')
    expect(() => verifyDpopProof(shown, nowMs)).toThrow('htm is not the method of this request.')
  })

  it('tells a signature of the key from one of another key', async () => {
    const verifier = new Verifier(start)
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
    const verifier = new Verifier(() => new Worker(program, { eval: true }))
    const first = verifier.verify('signature', signed('as it was signed'))
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve))) // in a message of its own
    const forged = { ...signed('one'), signingInput: 'other' }
    const later = [verifier.verify('signature', forged), verifier.verify('signature', signed('two'))]
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
    const last = verifier.verify('signature', forged)
    expect(await first).toBe(true)
    expect(await Promise.all([...later, last])).toEqual([false, true, false])
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
