import { once } from 'node:events'
import { writeSync } from 'node:fs'
import { flushCompileCache } from 'node:module'
import type { Change } from '../../src/contract/change.ts'
import { isError } from '../../src/ground/errors.ts'
import { createFact } from '../record/open-test-log.ts'
import { openCrashHouse } from './open-house.ts'

// A server of nothing but a log. It says `ready`, waits for the line `<folder> <round>`, then records as fast as it can, from many
// sides at once, and says `<index> <subject>` of each fact once that is acknowledged. It ends by being killed.

const sides = 48
flushCompileCache() // else Node.js would keep compiled code only at an end that is not by force
writeSync(1, 'ready\n')
const [line] = (await once(process.stdin, 'data')) as [Buffer]
const [folder = '', round = ''] = line.toString().trim().split(' ')
const { log } = await openCrashHouse(folder)

/** Rows of every sort: one that nobody else has, one that all fight for, one that only counts. */
function changesOf(id: string, at: number): readonly Change[] {
  const purpose = { code: id, title: 'x', classes: ['read'], ceiling: 'public' } as const
  const usage = {
    taskId: `usage-${id}`,
    identityId: 'idn_1',
    calls: 0,
    writes: 0,
    bytes: 0,
    pivots: 0,
    confidentiality: 0,
    integrity: 0,
  }
  const kinds: readonly (readonly Change[])[] = [
    [{ op: 'insert', table: 'purposes', row: purpose }],
    [{ op: 'insert', table: 'purposes', row: { ...purpose, code: `r${round}-shared-${Math.floor(at / 4)}` } }],
    [],
    [
      { op: 'insert', table: 'task_usage', row: usage },
      { op: 'meter', table: 'task_usage', key: usage.taskId, add: { calls: 1 }, raise: {}, atMost: { calls: 5 } },
    ],
  ]
  return kinds[at % kinds.length] ?? []
}

async function work(side: number): Promise<never> {
  for (let at = 0; ; at += 1) {
    const id = `r${round}-s${side}-${at}`
    try {
      const { index } = await log.record(createFact(id, changesOf(id, at)))
      writeSync(1, `${index} ${id}\n`)
    } catch (error) {
      if (!isError(error, 'conflict')) throw error
    }
  }
}

await Promise.all(Array.from({ length: sides }, async (_, side) => await work(side)))
