import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { findMedianMs } from './find-median.ts'

const ROUNDS = 300
const RECORD = Buffer.alloc(500, 'x')

/** Gives the median time of making one appended record of 500 bytes durable in a folder: what no record can beat alone. */
export function measureSyncMs(folder: string, rounds = ROUNDS): number {
  const path = join(folder, 'sync.bench')
  const file = openSync(path, 'a')
  try {
    const timesMs = Array.from({ length: rounds }, () => {
      const beganMs = performance.now()
      writeSync(file, RECORD)
      fdatasyncSync(file)
      return performance.now() - beganMs
    })
    return findMedianMs(timesMs)
  } finally {
    closeSync(file)
    rmSync(path)
  }
}
