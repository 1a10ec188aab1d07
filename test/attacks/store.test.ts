import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type House, startHouse } from '../house.ts'
import { type Actor, furnish, makeSummariser, register } from '../scenarios/cast.ts'
import { post } from './intruder.ts'

let house: House
let actor: Actor

beforeAll(async () => {
  house = await startHouse()
  await furnish(house)
  actor = makeSummariser(house)
  await register(house, actor)
})

afterAll(async () => void (await house.end()))

describe('what counts once, counts once across a restart', () => {
  it('an assertion', async () => {
    const assertion = await actor.assertion()
    const open = () => post(house, '/api/v1/tasks', assertion, JSON.stringify(actor.task))
    expect((await open()).status).toBe(201)
    await house.stop()
    await house.start()
    expect((await open()).json.code).toBe('assertion_replayed')
  })

  it('a sign-in link, raced by twenty and after that', async () => {
    const { link } = await house.people.ada.client.people.link(house.people.lin.id)
    const open = (): Promise<string> =>
      house.signIn(link).then(
        () => 'in',
        (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error)),
      )
    const heard = await Promise.all(Array.from({ length: 20 }, open))
    expect(heard.filter((each) => each === 'in')).toHaveLength(1)
    await house.stop()
    await house.start()
    expect(await open()).toBe('login_link_invalid')
  })
})

describe('a store in the hands of an attacker', () => {
  const file = (name: string): string => join(house.dataDir, name)
  const started = (): Promise<string> =>
    house.start().then(
      () => 'started',
      (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error)),
    )

  it('that was put back to an older copy does not start, with its head file, without it, or with an empty one', async () => {
    await house.stop()
    for (const name of ['remit.db', 'log.head']) cpSync(file(name), file(`${name}.old`))
    await house.start()
    await house.people.ada.client.people.link(house.people.sam.id)
    await house.stop()
    for (const name of ['remit.db', 'log.head']) cpSync(file(name), file(`${name}.new`))
    const back = (): void => {
      cpSync(file('remit.db.old'), file('remit.db'))
      for (const more of ['-wal', '-shm']) rmSync(file(`remit.db${more}`), { force: true })
    }
    back()
    expect(await started()).toBe('log_broken')
    back()
    rmSync(file('log.head'))
    expect(await started()).toBe('log_broken')
    back()
    writeFileSync(file('log.head'), '')
    expect(await started()).toBe('log_broken')
    for (const name of ['remit.db', 'log.head']) cpSync(file(`${name}.new`), file(name))
    expect(await started()).toBe('started')
  })

  it('that was given a session of the attacker does not start', async () => {
    await house.stop()
    cpSync(file('remit.db'), file('remit.db.good'))
    const database = new DatabaseSync(file('remit.db'))
    const [row] = database.prepare('select * from sessions limit 1').all() as Record<string, unknown>[]
    const columns = Object.keys(row ?? {})
    const values = columns.map((name) => (name === 'key' ? 'f'.repeat(64) : row?.[name])) as string[]
    database
      .prepare(`insert into sessions (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})`)
      .run(...values)
    database.close()
    expect(await started()).toBe('log_broken')
    cpSync(file('remit.db.good'), file('remit.db'))
    expect(await started()).toBe('started')
  })

  it('holds no secret in the clear: no session, no link, no token, no assertion, no private key', async () => {
    const assertion = await actor.assertion()
    const { task } = (await post(house, '/api/v1/tasks', assertion, JSON.stringify(actor.task))).json
    const token = await actor.agent.exchange(task?.id ?? '', house.url)
    await house.stop()
    const bytes = ['remit.db', 'log.head', 'log.key'].map((name) => readFileSync(file(name), 'latin1')).join()
    const secrets = [
      house.people.ada.session,
      house.firstLink,
      token.value,
      token.value.split('.')[2],
      assertion.split('.')[2],
    ]
    for (const secret of secrets) expect(bytes.includes(secret ?? '')).toBe(false)
    expect(bytes).not.toMatch(/"d":"|PRIVATE KEY/)
    await house.start()
  })
})
