import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Check } from '../../sdk/answers.ts'
import { type House, startHouse } from '../house.ts'
import { writeBeside } from '../write-beside.ts'

let house: House
beforeAll(async () => {
  house = await startHouse({
    upstreams: [
      { name: 'mistyped', transport: { kind: 'stdio', command: 'no-such-command' } },
      { name: 'gone', transport: { kind: 'http', url: 'http://127.0.0.1:2/mcp' } },
      { name: 'quitter', transport: { kind: 'stdio', command: process.execPath, args: ['-e', '0'] } },
      {
        name: 'silent',
        transport: { kind: 'stdio', command: process.execPath, args: ['-e', 'setInterval(() => 0, 1e6)'] },
      },
    ],
  })
})
afterAll(async () => {
  await house.end()
})

async function examine(): Promise<Readonly<Record<string, Check>>> {
  const { checks } = await house.people.lin.client.doctor.check()
  return Object.fromEntries(checks.map((check) => [check.name, check]))
}

/** Asks whether the house is ready, until it is not: the running audit has noticed. */
async function waitUntilBroken(): Promise<void> {
  await expect.poll(async () => (await house.fetch(`${house.url}/readyz`)).status).toBe(503)
}

const edit = (sql: string): Promise<void> => writeBeside(join(house.dataDir, 'remit.db'), sql)

describe('the doctor', () => {
  it('says of each server that does not answer why, and waits five seconds for one that is silent', async () => {
    for (const turn of [1, 2]) {
      const { servers } = await examine()
      expect(servers).toMatchObject({ ok: false })
      const said = servers?.sentence ?? ''
      expect(said).toContain('mistyped (command no-such-command not found)')
      expect(said).toContain('gone (connection refused)')
      expect(said).toContain('quitter (it ended, or closed the connection)')
      expect(said).toContain(turn === 1 ? 'silent (no answer in 5 s)' : 'silent (')
    }
  })

  it('finds a log that broke, even where the store was put right behind its back', async () => {
    expect((await examine())['log']).toMatchObject({ ok: true })
    await edit("update persons set body = replace(body, 'grace', 'Grace')")
    await waitUntilBroken()
    await edit("update persons set body = replace(body, 'Grace', 'grace')")
    const { log } = await examine()
    expect(log).toMatchObject({
      ok: false,
      sentence: expect.stringMatching(/^The log is broken: .*persons\/.*start again/),
    })
  })
})
