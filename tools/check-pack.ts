import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkShipped } from './check-shipped.ts'
import { writeDist } from './write-dist.ts'

// Builds what would be shipped, looks at it and throws it away, so that a check never leaves a build behind.
const target = mkdtempSync(join(tmpdir(), 'remit-pack-'))
try {
  writeDist(target)
  const faults = checkShipped(target)
  for (const fault of faults) process.stderr.write(`remit: ${fault}\n`)
  process.exitCode = faults.length === 0 ? 0 : 1
} finally {
  rmSync(target, { recursive: true, force: true })
}
