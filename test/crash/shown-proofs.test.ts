import { expect, it, onTestFinished } from 'vitest'
import { type Heard, sendProven } from '../attacks/intruder.ts'
import { startHouse } from '../house.ts'
import { furnish, makeReleaser, openTask, register } from '../scenarios/cast.ts'
import { type ServerProcess, serveInProcess } from '../server-process.ts'

it('a server that is killed the moment it answers takes no proof again that came with what only reads', async () => {
  let server: ServerProcess | undefined
  const serve = async (config: Parameters<typeof serveInProcess>[0]): Promise<ServerProcess> => {
    server = await serveInProcess(config)
    return server
  }
  const house = await startHouse({}, { serve })
  onTestFinished(async () => void (await house.end()))
  await furnish(house)
  const releaser = await makeReleaser(house)
  await register(house, releaser)
  const key = releaser.key ?? expect.unreachable('the releaser has a key')
  const own = await openTask(house, releaser, { scope: releaser.task.scope.slice(0, 1) })
  const credential = (await releaser.agent.exchange(own, house.url)).value
  const path = `/api/v1/tasks/${own}`
  const show = (proof: string): Promise<Heard> => sendProven(house, path, { credential, proof })
  for (let round = 0; round < 3; round++) {
    const proofs = await Promise.all(
      Array.from({ length: 20 }, () => key.prove('GET', `${house.url}${path}`, credential)),
    )
    // killed while it answers: what was answered by then is what counts
    const answered = new Set<string>()
    const shown = proofs.map(async (proof) => {
      const heard = await show(proof).catch(() => undefined)
      if (heard?.status === 200) answered.add(proof)
      if (answered.size === 5) await server?.kill()
    })
    await Promise.all(shown)
    await house.stop().catch(() => undefined)
    await house.start()
    expect(answered.size).toBeGreaterThanOrEqual(5)
    for (const proof of answered) expect((await show(proof)).json.code).toBe('proof_invalid')
  }
}, 120_000)
