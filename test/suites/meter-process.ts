import { once } from 'node:events'
import { writeSync } from 'node:fs'
import { meter } from '../../src/contract/change.ts'
import { systemClock } from '../../src/ground/clock.ts'
import { isApplied, stateChange } from '../../src/store/change-statement.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { PLACE } from './backends.ts'

// A process of its own that takes once from a budget of calls, says so, and waits for a word. Then it takes as often as it
// is told, all at once, and says how often it could.
const [url = '', taskId = '', tries = '0', most = '0'] = process.argv.slice(2)
const engine = openPostgres(url, systemClock)
const change = meter('task_usage', taskId, { add: { calls: 1 }, raise: {}, atMost: { calls: Number(most) } })
const take = (): Promise<boolean> =>
  engine.transact(function* () {
    const [outcome] = yield [stateChange(PLACE.org, { change, row: null }, 1)]
    return isApplied(change, outcome)
  })
const first = await take()
writeSync(1, 'ready\n')
await once(process.stdin, 'data')
process.stdin.destroy()
const taken = [first, ...(await Promise.all(Array.from({ length: Number(tries) - 1 }, take)))]
writeSync(1, `${taken.filter(Boolean).length}\n`)
await engine.close()
