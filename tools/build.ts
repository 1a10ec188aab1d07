import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { checkShipped } from './check-shipped.ts'
import { ROOT } from './read-tree.ts'
import { writeDist } from './write-dist.ts'

const target = join(ROOT, 'dist')
rmSync(target, { recursive: true, force: true })
const count = writeDist(target)
const faults = checkShipped(target)
for (const fault of faults) process.stderr.write(`remit: ${fault}\n`)
if (faults.length === 0) process.stdout.write(`Built ${count} files into dist.\n`)
process.exitCode = faults.length === 0 ? 0 : 1
