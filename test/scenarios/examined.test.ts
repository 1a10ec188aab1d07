import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type House, startHouse } from '../house.ts'

let house: House

/** Gives a server that runs so much JavaScript, and has a credential. */
const server = (name: string, script: string): object => ({
  name,
  transport: { kind: 'stdio', command: process.execPath, args: ['-e', script], env: { TOKEN: 'tok-123456' } },
})

beforeAll(async () => {
  const upstreams = [
    server(
      'broken',
      'console.error("\\u001b[31mno database at", 7, process.env.TOKEN); console.error("bye"); process.exit(1)',
    ),
    server('mute', 'process.exit(1)'),
    { name: 'absent', transport: { kind: 'stdio', command: '/nowhere/server' } },
  ]
  house = await startHouse({ upstreams })
})

afterAll(async () => void (await house.end()))

describe('the doctor', () => {
  it('says of each server that does not start what it said last, and never its credential', async () => {
    const { checks } = await house.people.sam.client.doctor.check()
    const servers = checks.find(({ name }) => name === 'servers')
    expect(servers).toMatchObject({ ok: false })
    expect(servers?.sentence).toBe(
      'These servers do not answer: broken, mute, absent; check their commands or addresses in the configuration.' +
        ' broken said last: "no database at 7 …" "bye".',
    )
  })
})
