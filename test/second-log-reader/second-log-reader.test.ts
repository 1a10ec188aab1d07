import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseTilePath } from '../../src/contract/log/tile.ts'
import type { Log } from '../../src/record/log.ts'
import { createMemoryStore } from '../record/memory-store.ts'
import { createFact, openTestLog } from '../record/open-test-log.ts'
import { checkContinuation, type Get, readLog } from './reader.ts'
import { verifyReceipt } from './receipt.ts'

const SIZES = [0, 1, 2, 255, 256, 257, 513, 66_000]

async function grow(log: Log, size: number): Promise<void> {
  while (log.head().size < size) {
    const count = Math.min(10_000, size - log.head().size)
    await Promise.all(Array.from({ length: count }, async (_, at) => await log.record(createFact(`f${at}`))))
  }
}

/** Serves a log as a door would: each path to the bytes of the log. */
function serve(log: Log): Get {
  return async (path) => {
    if (path === 'checkpoint') return Buffer.from(log.checkpoint())
    const name = parseTilePath(path) ?? expect.unreachable(`no path: ${path}`)
    return name.level === 'entries'
      ? await log.entries(name.n, name.width)
      : await log.tile(name.level, name.n, name.width)
  }
}

/** Turns one bit of what one path gives. */
function tamper(get: Get, tampered: string): Get {
  return async (path) => {
    const bytes = Uint8Array.from(await get(path))
    if (path === tampered) bytes[Math.floor(bytes.length / 2)] = (bytes[Math.floor(bytes.length / 2)] ?? 0) ^ 4
    return bytes
  }
}

describe('a second reader, written from the formats alone', () => {
  it('shares no code with the server', () => {
    const files = readdirSync(import.meta.dirname).filter((name) => !name.endsWith('.test.ts'))
    const imports = files.flatMap((name) =>
      [...readFileSync(`${import.meta.dirname}/${name}`, 'utf8').matchAll(/from '([^']+)'/g)].map((match) => match[1]),
    )
    expect(new Set(imports)).toEqual(new Set(['node:crypto', './note.ts', './reader.ts']))
  })

  it('verifies the log at every size at which a tile begins or ends, and each as the continuation of the one before', async () => {
    const log = await openTestLog(createMemoryStore())
    let older = await readLog(serve(log), log.vkey, log.origin)
    for (const size of SIZES) {
      await grow(log, size)
      const newer = await readLog(serve(log), log.vkey, log.origin)
      expect(newer.entries).toHaveLength(size)
      checkContinuation(older, newer)
      older = newer
    }
  })

  it('verifies receipts, and refuses one for another entry', async () => {
    const log = await openTestLog(createMemoryStore())
    await grow(log, 513)
    for (const index of [0, 255, 256, 511, 512]) {
      const receipt = await log.receipt(index)
      expect(verifyReceipt(receipt, await log.entryBytes(index), log.vkey, log.origin)).toBe(BigInt(index))
      const other = await log.entryBytes((index + 1) % 513)
      expect(() => verifyReceipt(receipt, other, log.vkey, log.origin)).toThrow('does not lead to the root')
    }
  })

  it.each(['checkpoint', 'tile/0/000', 'tile/0/002.p/1', 'tile/1/000.p/2', 'tile/entries/001', 'tile/entries/002.p/1'])(
    'refuses a log of which one bit of %s is turned',
    async (path) => {
      const log = await openTestLog(createMemoryStore())
      await grow(log, 513)
      await expect(readLog(serve(log), log.vkey, log.origin)).resolves.toMatchObject({ head: { size: 513n } })
      await expect(readLog(tamper(serve(log), path), log.vkey, log.origin)).rejects.toBeInstanceOf(Error)
    },
  )

  it('refuses a log of another name, and one of another key', async () => {
    const log = await openTestLog(createMemoryStore())
    const foreign = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k'
    await expect(readLog(serve(log), log.vkey, 'another.example/log')).rejects.toThrow('the checkpoint is of')
    await expect(readLog(serve(log), foreign, log.origin)).rejects.toThrow('the key has not signed')
  })

  it('refuses a log that tells another story than before', async () => {
    const [one, other] = [await openTestLog(createMemoryStore()), await openTestLog(createMemoryStore())]
    await grow(one, 300)
    await other.record(createFact('another beginning'))
    await grow(other, 400)
    const [older, newer] = [
      await readLog(serve(one), one.vkey, one.origin),
      await readLog(serve(other), other.vkey, other.origin),
    ]
    expect(() => checkContinuation(older, newer)).toThrow('does not continue')
    expect(() => checkContinuation(newer, older)).toThrow('shrunk')
  })
})
