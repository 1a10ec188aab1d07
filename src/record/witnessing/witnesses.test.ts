import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it, vi } from 'vitest'
import { rawOf, signAs } from '../../../test/witness.ts'
import { cosignatureType } from '../../contract/log/cosignature.ts'
import { createNoteKey, parseNote, signNote } from '../../contract/log/note.ts'
import { sha256 } from '../../ground/digest.ts'
import type { OutboundFetch } from '../../ground/outbound.ts'
import { createSigner } from '../signer.ts'
import { witnessAnswerBytesMax } from './ask-witness.ts'
import { createWitnesses, type Witnesses } from './witnesses.ts'

const log = createSigner('log.example/one', generateKeyPairSync('ed25519').privateKey)
const pair = generateKeyPairSync('ed25519')
const key = createNoteKey(sha256, 'witness.example/w1', rawOf(pair.publicKey), cosignatureType)
const other = createNoteKey(
  sha256,
  'witness.example/w1',
  rawOf(generateKeyPairSync('ed25519').publicKey),
  cosignatureType,
)
const textOf = (size: number): string => `log.example/one\n${size}\n${Buffer.alloc(32, size).toString('base64')}\n`

interface Told {
  readonly status: number
  readonly body?: string | ReadableStream
}
type Rule = (asked: { readonly body: string; readonly text: string }) => Told | Promise<Told>

interface Tried {
  readonly witnesses: Witnesses
  readonly bodies: string[]
  readonly reported: string[]
  /** How long each wait that was begun may last. */
  readonly waitsMs: number[]
  grow(size: number): void
}

/** Witnesses of a log of seven entries; `rules` is how the one that there is answers, from the first time on. */
function tryWith(...rules: readonly Rule[]): Tried {
  const [bodies, reported, waitsMs]: [string[], string[], number[]] = [[], [], []]
  let size = 7
  const head = () => ({ size, note: signNote(textOf(size), log.key, log.sign) })
  const fetch: OutboundFetch = async (_url, { body = '', signal }) => {
    const rule = rules[bodies.length] ?? fails // who is asked too often is told by the bodies
    bodies.push(body)
    const late = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))))
    const told = await Promise.race([rule({ body, text: textOf(size) }), late])
    return new Response(told.body ?? '', { status: told.status })
  }
  const witnesses = createWitnesses([{ key, url: 'https://witness.example', allowInternal: false }], {
    log: {
      head,
      checkpoint: () => head().note,
      consistencyProof: async (from, to = 0) => [new Uint8Array(32).fill(from + to)],
    },
    fetch,
    clock: {
      after: (ms, run) => {
        waitsMs.push(ms)
        if (rules.includes(never)) queueMicrotask(run)
        return () => undefined
      },
    },
    report: ({ detail }) => void reported.push(detail),
  })
  const grow = (to: number): void => {
    size = to
  }
  return { witnesses, bodies, reported, waitsMs, grow }
}

const fails: Rule = () => ({ status: 500, body: 'oops' })
const never: Rule = () => new Promise(() => undefined)
const signs: Rule = ({ text }) => ({ status: 200, body: signAs(key, pair.privateKey, text) })
const knows =
  (size: number | string): Rule =>
  () => ({ status: 409, body: `${size}\n` })

describe('witnesses', () => {
  it('sign a head once, and what continues it by the proof from there', async () => {
    const { witnesses, bodies, grow } = tryWith(signs, signs)
    const { size, note } = await witnesses.cosign()
    expect([size, parseNote(note)]).toEqual([7, expect.objectContaining({ text: textOf(7) })])
    expect(note).toContain('\u2014 log.example/one ')
    expect(note).toContain('\u2014 witness.example/w1 ')
    expect(witnesses.checkpoint()).toBe(note)
    expect(await witnesses.cosign()).toEqual({ size, note })
    grow(9)
    expect(witnesses.checkpoint()).not.toContain('witness.example')
    await witnesses.cosign()
    expect(bodies).toEqual([
      expect.stringMatching(/^old 0\n\nlog\.example\/one\n7\n/),
      expect.stringMatching(`^old 7\n${Buffer.alloc(32, 16).toString('base64')}\n\nlog\\.example/one\n9\n`),
    ])
    expect(witnesses.standing()).toEqual([
      { name: 'witness.example/w1', signed: { size: 9, atMs: 1_800_000_000_000 }, unsigned: null },
    ])
  })

  it('are told from where they know the log, by what they say themselves', async () => {
    const { witnesses, bodies, reported, waitsMs } = tryWith(knows(3), signs)
    expect((await witnesses.cosign()).note).toContain('witness.example')
    expect(bodies[1]).toMatch(/^old 3\n/)
    expect(reported).toEqual([])
    expect(waitsMs).toEqual([5_000]) // for both answers together
  })

  const others: readonly (readonly [string, Rule[], RegExp])[] = [
    ['more entries than there are', [knows(8)], /^It has signed 8 entries, and there are 7 here/],
    ['as many entries, and other ones', [knows(7), knows(7)], /^It has signed another log/],
    [
      'entries that do not lead here',
      [knows(3), () => ({ status: 422 })],
      /^What it has signed does not lead to what is here/,
    ],
  ]
  it.each(others)('that have signed %s are told of once, loudly', async (_, rules, words) => {
    const { witnesses, reported, bodies } = tryWith(...rules, ...rules)
    expect((await witnesses.cosign()).note).not.toContain('witness.example')
    await witnesses.cosign()
    expect(bodies).toHaveLength(2 * rules.length)
    expect(reported).toEqual([expect.stringMatching(/^The witness witness\.example\/w1: /)])
    expect(witnesses.standing()[0]?.unsigned).toEqual({ fault: expect.stringMatching(words), isOther: true })
  })

  const faults: readonly (readonly [string, Rule, RegExp])[] = [
    ['do not know the log', () => ({ status: 404 }), /give it the key/],
    ['do not know its key', () => ({ status: 403 }), /does not know the key of this log/],
    ['fail', fails, /status 500/],
    ['redirect', () => ({ status: 302 }), /status 302/],
    ['sign nothing', () => ({ status: 200 }), /not signed by its key/],
    ['talk', () => ({ status: 200, body: 'Welcome!\n' }), /holds no signature lines/],
    [
      'end the text and sign another one',
      ({ text }) => ({ status: 200, body: `\n${text}\n${signAs(key, pair.privateKey, text)}` }),
      /signs more than this checkpoint/,
    ],
    [
      'sign more than was sent',
      ({ text }) => {
        const more = `${signNote(text, log.key, log.sign)}\n${text}`
        return { status: 200, body: `\n${text}\n${signAs(key, pair.privateKey, more)}` }
      },
      /signs more than this checkpoint/,
    ],
    ['sign another head', () => ({ status: 200, body: signAs(key, pair.privateKey, textOf(8)) }), /does not verify/],
    [
      'sign as somebody else',
      ({ text }) => ({ status: 200, body: signAs(other, pair.privateKey, text) }),
      /not signed by its key/,
    ],
    ['have a size that is none', knows('0x9'), /changed while it was asked/],
    ['never stop', () => ({ status: 200, body: flood() }), /more than 65536 bytes/],
    ['do not answer', never, /does not answer within 5000 ms/],
  ]
  it.each(faults)('that %s have not signed, and nobody waits for them', async (_, rule, words) => {
    const { witnesses, reported, bodies } = tryWith(rule)
    const { note } = await witnesses.cosign()
    expect(note).toBe(signNote(textOf(7), log.key, log.sign))
    expect(witnesses.standing()[0]).toEqual({
      name: 'witness.example/w1',
      signed: null,
      unsigned: { fault: expect.stringMatching(words), isOther: false },
    })
    expect(reported).toEqual([])
    expect(bodies).toEqual([expect.stringMatching(/^old 0\n\n/)])
  })

  it('that come back have signed again', async () => {
    const { witnesses } = tryWith(fails, signs)
    await witnesses.cosign()
    expect((await witnesses.cosign()).note).toContain('witness.example')
    expect(witnesses.standing()[0]?.unsigned).toBeNull()
  })

  it('are asked one time after the other, so that none is told an older head after a newer one', async () => {
    const { witnesses, bodies } = tryWith(signs)
    const [one, two] = await Promise.all([witnesses.cosign(), witnesses.cosign()])
    expect(one).toEqual(two)
    expect(bodies).toHaveLength(1)
  })

  it('that do not answer keep nobody waiting longer than twice, however many ask meanwhile', async () => {
    const slow = Promise.withResolvers<Told>()
    const { witnesses, bodies, grow } = tryWith(() => slow.promise, signs)
    const first = witnesses.cosign()
    await vi.waitFor(() => expect(bodies).toHaveLength(1))
    grow(9)
    const later = Array.from({ length: 20 }, () => witnesses.cosign())
    slow.resolve({ status: 503 })
    expect(await first).toMatchObject({ size: 7 })
    for (const { size, note } of await Promise.all(later)) {
      expect(size).toBe(9)
      expect(note).toContain('witness.example')
    }
    expect(bodies).toHaveLength(2)
  })
})

function flood(): ReadableStream {
  return new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(witnessAnswerBytesMax / 4)),
  })
}
