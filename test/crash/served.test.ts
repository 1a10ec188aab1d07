import { expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../../src/ground/clock.ts'
import { type House, startHouse } from '../house.ts'
import { expectKept } from '../process/acknowledged.ts'
import { type Acknowledged, startLoad } from '../process/load.ts'
import { type Actor, furnish, makeSummariser, register } from '../scenarios/cast.ts'
import { type ServerProcess, serveInProcess } from '../server-process.ts'
import { createRandom } from './random.ts'

const rounds = Math.max(1, Number(process.env['REMIT_CRASH_SERVED_ROUNDS'] ?? 15))
const seed = Number(process.env['REMIT_CRASH_SEED'] ?? Date.now() % 1_000_000_007)
const killWithinMs = 300

interface Served {
  readonly house: House
  readonly actor: Actor
  /** The process that serves it now. */
  readonly server: () => ServerProcess
}

async function serveHouse(): Promise<Served> {
  let server: ServerProcess | undefined
  const serve = async (config: Parameters<typeof serveInProcess>[0]): Promise<ServerProcess> => {
    server = await serveInProcess(config)
    return server
  }
  const house = await startHouse({}, { serve })
  await furnish(house)
  const actor = makeSummariser(house)
  await register(house, actor)
  return { house, actor, server: () => server ?? expect.unreachable('nothing was started') }
}

/** Kills the server in the middle of its work, looks at what it left, and starts it again. Gives what it had answered. */
async function crash({ house, actor, server }: Served, afterMs: number): Promise<readonly Acknowledged[]> {
  const load = await startLoad(house, actor)
  await load.until(4)
  await systemClock.sleep(afterMs)
  await server().kill()
  await load.end()
  await house.stop()
  const acknowledged = [...load.acknowledged.values()]
  await expectKept(house, acknowledged)
  await house.start()
  const token = load.lastToken()
  if (token !== undefined) {
    const seen = await house.people.lin.client.tokens.introspect(token)
    expect(seen.active, 'a token that was handed out still counts').toBe(true)
  }
  return acknowledged
}

it(`a server that is killed under load ${rounds} times keeps every entry that it answered with, and starts again`, {
  timeout: 30 * 60_000,
}, async () => {
  console.log(`crash rounds of a server: ${rounds}, REMIT_CRASH_SEED=${seed}`)
  const served = await serveHouse()
  onTestFinished(async () => void (await served.house.end()))
  const random = createRandom(seed + 1)
  const everything: Acknowledged[] = []
  for (let round = 0; round < rounds; round += 1) everything.push(...(await crash(served, random() * killWithinMs)))
  await served.house.stop()
  await expectKept(served.house, everything)
  expect(everything.length).toBeGreaterThan(rounds)
  expect(new Set(everything.map(({ index }) => index)).size).toBe(everything.length)
})
