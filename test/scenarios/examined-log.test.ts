import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Check } from '../../sdk/answers.ts'
import { type House, startHouse } from '../house.ts'

let house: House
beforeAll(async () => {
  house = await startHouse()
})
afterAll(async () => {
  await house.end()
})

async function examine(): Promise<Readonly<Record<string, Check>>> {
  const { checks } = await house.people.lin.client.doctor.check()
  return Object.fromEntries(checks.map((check) => [check.name, check]))
}

/** Says whether the house is ready, until it is not. */
async function waitUntilBroken(): Promise<void> {
  for (let turn = 0; turn < 200; turn += 1) {
    if ((await house.fetch(`${house.url}/readyz`)).status === 503) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('the running audit noticed nothing')
}

function edit(sql: string): void {
  const database = new DatabaseSync(join(house.dataDir, 'remit.db'))
  database.exec(sql)
  database.close()
}

describe('the doctor', () => {
  it('finds a log that broke, even where the store was put right behind its back', async () => {
    expect((await examine())['log']).toMatchObject({ ok: true })
    edit("update persons set body = replace(body, 'grace', 'Grace')")
    await waitUntilBroken()
    edit("update persons set body = replace(body, 'Grace', 'grace')")
    const { log } = await examine()
    expect(log).toMatchObject({
      ok: false,
      sentence: expect.stringMatching(/^The log is broken: .*persons\/.*start again/),
    })
  })
})
