import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/ground/clock.ts'
import { type House, startHouse } from '../house.ts'
import { type Actor, furnish, makeSummariser, register } from '../scenarios/cast.ts'
import { type ServerProcess, serveInProcess } from '../server-process.ts'
import { expectKept } from './acknowledged.ts'
import { startLoad } from './load.ts'

describe('a server in a process of its own', () => {
  let house: House
  let server: ServerProcess
  let actor: Actor
  beforeAll(async () => {
    const serve = async (config: Parameters<typeof serveInProcess>[0]): Promise<ServerProcess> => {
      server = await serveInProcess(config)
      return server
    }
    house = await startHouse({}, { serve })
    await furnish(house)
    actor = makeSummariser(house)
    await register(house, actor)
  })
  afterAll(async () => void (await house.end()))

  it('asked to stop under load ends by itself with 0, and has kept all that it answered for', async () => {
    const load = await startLoad(house, actor)
    await load.until(30)
    await house.stop()
    await load.end()
    expect(await server.ended).toEqual({ code: 0, signal: null, said: '' })
    await expectKept(house, load.acknowledged.values())
  })

  it('is found by its clients where it was when it is started again', async () => {
    await house.start()
    const token = await actor.agent.exchange((await actor.agent.openTask(actor.task)).task.id, house.url)
    expect(await house.people.lin.client.tokens.introspect(token.value)).toMatchObject({ active: true })
  })

  it('says on standard error which row was edited while it runs, and tells it to no caller', async () => {
    await house.stop()
    await house.start()
    const database = new DatabaseSync(join(house.dataDir, 'remit.db'), { timeout: 10_000 })
    const put = database.prepare('update persons set body = replace(body, ?, ?)')
    put.run('sam@example.org', 'eve@example.org')
    let answer = await house.fetch(`${house.url}/readyz`)
    while (answer.status === 200) {
      await systemClock.sleep(20)
      answer = await house.fetch(`${house.url}/readyz`)
    }
    expect(await answer.text()).not.toContain(house.people.sam.id)
    await house.stop()
    expect((await server.ended).said).toContain(`persons/${house.people.sam.id}`)
    put.run('eve@example.org', 'sam@example.org')
    database.close()
    await house.start()
  })

  it('says on standard error where everybody may write, and to the doctor too, and starts all the same', async () => {
    await house.stop()
    chmodSync(house.dataDir, 0o777)
    chmodSync(`${house.dataDir}.json`, 0o666)
    await house.start()
    const { checks } = await house.people.lin.client.doctor.check()
    const { sentence } = checks.find(({ name }) => name === 'configuration') ?? expect.unreachable('no such check')
    expect(sentence).toContain(`dataDir: everybody may write to ${house.dataDir}`)
    await house.stop()
    expect((await server.ended).said).toMatch(/look at dataDir: .*\n.*look at configuration: /)
    chmodSync(house.dataDir, 0o700)
    chmodSync(`${house.dataDir}.json`, 0o600)
    await house.start()
  })

  it('asked to stop the moment it says that it listens ends with 0 too', { timeout: 120_000 }, async () => {
    for (let time = 0; time < 3; time += 1) {
      await house.stop()
      await house.start()
    }
    await house.stop()
    expect(await server.ended).toMatchObject({ code: 0, signal: null })
  })
})
