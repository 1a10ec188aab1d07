import { writeSync } from 'node:fs'
import { insert } from '../../src/contract/change.ts'
import { RemitError } from '../../src/ground/errors.ts'
import { open } from '../suites/backends.ts'
import { closing, purpose, writing } from '../suites/writes.ts'

// A process of its own that commits entries until it is killed or refused, and says each index once it is durable.
// Where it is to be killed it rests after so many commits, however fast the disk is: a store is read whole afterwards.
const commitsMax = 300
const [path = '', untilRefused] = process.argv.slice(2)
process.on('SIGXFSZ', () => undefined) // a file that may not grow shall be an error, not the end

const store = await open({ kind: 'sqlite', path })
let { size } = await store.record.readHead()
try {
  for (let commits = 0; untilRefused !== undefined || commits < commitsMax; commits++) {
    const writes = [0, 1, 2].map((at) => writing('x', insert('purposes', purpose(`p${size + at}`))))
    await store.record.commit(size, writes, closing)
    size += writes.length
    writeSync(1, `${size - 1}\n`)
  }
  setInterval(() => undefined, 60_000) // holds the process
} catch (error) {
  if (untilRefused === undefined || !(error instanceof RemitError)) throw error
  writeSync(1, `${error.code}: ${error.detail}\n`)
  process.exit(0)
}
