import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { auditLog } from '../audit-log.ts'
import { openCrashHouse } from './open-house.ts'
import { createRandom } from './random.ts'

const rounds = Math.max(1, Number(process.env['REMIT_CRASH_ROUNDS'] ?? 200))
const firstSeed = Number(process.env['REMIT_CRASH_SEED'] ?? Date.now() % 1_000_000_007)
const roundsPerFolder = 10
const killWithinMs = 220
/** One round of so many is killed while it may still be opening its store; the others once they have acknowledged. */
const earlyEvery = 5

/** A process that has loaded its code and waits to be told where to begin. */
function startChild(): ChildProcess {
  const script = join(import.meta.dirname, 'child.ts')
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script], { stdio: ['pipe', 'pipe', 'pipe'] })
}

const isEarly = (round: number): boolean => round % earlyEvery === earlyEvery - 1

/** When a child is killed: so long after it was told to begin, or after its first acknowledgement. */
interface Moment {
  readonly from: 'start' | 'acknowledgement'
  readonly afterMs: number
}

interface Killed {
  /** Subject of each acknowledged entry, by index. */
  readonly acknowledged: ReadonlyMap<number, string>
  /** What it said when it ended by itself; empty where it was killed as it should. */
  readonly fault: string
}

/** Lets a child record in a folder, and kills it after a while, whatever it is doing. */
async function runAndKill(child: ChildProcess, folder: string, round: number, moment: Moment): Promise<Killed> {
  const [said, errors]: [Buffer[], Buffer[]] = [[], []]
  child.stdout?.on('data', (chunk: Buffer) => said.push(chunk))
  child.stderr?.on('data', (chunk: Buffer) => errors.push(chunk))
  const closed = once(child, 'close')
  await Promise.race([once(child.stdout ?? child, 'data'), closed])
  said.length = 0
  child.stdin?.write(`${folder} ${round}\n`)
  if (moment.from === 'acknowledgement') await Promise.race([once(child.stdout ?? child, 'data'), closed])
  setTimeout(() => child.kill('SIGKILL'), moment.afterMs)
  const [, signal] = await closed
  const lines = Buffer.concat(said).toString().split('\n').slice(0, -1) // the last may be cut off
  const acknowledged = new Map(lines.map((line) => [Number(line.split(' ')[0]), line.split(' ')[1] ?? '']))
  expect(acknowledged.size, 'no index is given twice').toBe(lines.length)
  return { acknowledged, fault: signal === 'SIGKILL' ? '' : Buffer.concat(errors).toString() }
}

/** Opens what a killed process left behind, and holds it to its promises. Gives how many entries there are. */
async function auditAfter(folder: string, acknowledged: ReadonlyMap<number, string>): Promise<number> {
  const house = await openCrashHouse(folder)
  try {
    expect((await house.log.audit()).findings).toEqual([])
    const { entries } = await auditLog({ store: house.record, vkey: house.log.vkey, origin: house.log.origin })
    const kept = await house.record.readEntries(0, entries)
    for (const [index, id] of acknowledged) {
      const entry: unknown = JSON.parse(Buffer.from(kept[index] ?? Buffer.from('null')).toString())
      expect(entry, `acknowledged entry ${index}`).toMatchObject({ subject: { id } })
    }
    return entries
  } finally {
    await house.close()
  }
}

/** What rounds of crashes came to. */
interface Crashed {
  entries: number
  acknowledged: number
  /** How many rounds acknowledged anything. */
  busyRounds: number
}

/** Kills ten times in one folder, each time going on from what the last left. */
async function crashFolder(seed: number, count: number): Promise<Crashed> {
  const folder = mkdtempSync(join(tmpdir(), 'remit-crash-'))
  const random = createRandom(seed)
  const everything = new Map<number, string>()
  let [entries, busyRounds, next] = [0, 0, startChild()]
  try {
    await (await openCrashHouse(folder)).close() // makes the tables, so that every round is about records
    for (let round = 0; round < count; round += 1) {
      const child = next
      next = startChild() // loads while this one works
      const moment = { from: isEarly(round) ? 'start' : 'acknowledgement', afterMs: random() * killWithinMs } as const
      const { acknowledged, fault } = await runAndKill(child, folder, round, moment)
      expect(fault).toBe('')
      if (acknowledged.size > 0) busyRounds += 1
      for (const [index, id] of acknowledged) everything.set(index, id)
      entries = await auditAfter(folder, everything)
    }
    return { entries, acknowledged: everything.size, busyRounds }
  } finally {
    next.kill('SIGKILL')
    rmSync(folder, { recursive: true })
  }
}

describe('kill -9 under load', () => {
  it(`${rounds} rounds lose no acknowledged entry and leave no state without entry`, {
    timeout: 60 * 60_000,
  }, async () => {
    console.log(`crash rounds: ${rounds}, REMIT_CRASH_SEED=${firstSeed}`)
    const folders = Array.from({ length: Math.ceil(rounds / roundsPerFolder) }, (_, at) => at)
    const total: Crashed = { entries: 0, acknowledged: 0, busyRounds: 0 }
    const work = async (): Promise<void> => {
      for (let at = folders.shift(); at !== undefined; at = folders.shift()) {
        const seed = firstSeed + 1 + at * 7919
        const count = Math.min(roundsPerFolder, rounds - at * roundsPerFolder)
        const crashed = await crashFolder(seed, count).catch((cause: unknown) => {
          throw new Error(`with REMIT_CRASH_SEED=${firstSeed}, folder ${at}`, { cause })
        })
        total.entries += crashed.entries
        total.acknowledged += crashed.acknowledged
        total.busyRounds += crashed.busyRounds
      }
    }
    await Promise.all([work(), work()])
    console.log(`crash rounds kept ${total.entries} entries, ${total.acknowledged} of them acknowledged`)
    const early = Array.from({ length: rounds }, (_, at) => at % roundsPerFolder).filter(isEarly).length
    expect(total.busyRounds, 'rounds that acknowledged anything').toBeGreaterThanOrEqual(rounds - early)
    expect(total.acknowledged).toBeGreaterThan(total.busyRounds)
  })
})
