import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Check } from '../../sdk/answers.ts'
import { systemClock } from '../../src/ground/clock.ts'
import { LIMITS } from '../../src/ground/limits.ts'
import { type House, startHouse } from '../house.ts'
import { type Issuer, startIssuer } from '../issuer/issuer.ts'
import { writeBeside } from '../write-beside.ts'
import { codeOf, furnish, makeSummariser, openTask, problemOf, register } from './cast.ts'

/** Gives what the doctor says of each part, by its name. */
async function examine(house: House): Promise<Readonly<Record<string, Check>>> {
  const { checks } = await house.people.lin.client.doctor.check()
  return Object.fromEntries(checks.map((check) => [check.name, check]))
}
const illOf = (seen: Readonly<Record<string, Check>>): readonly string[] =>
  Object.values(seen).flatMap(({ name, ok }) => (ok ? [] : [name]))

describe('the doctor of a house that is well', () => {
  let house: House
  beforeAll(async () => {
    house = await startHouse()
    await furnish(house)
  })
  afterAll(async () => void (await house.end()))

  it('says of each part that it is well', async () => {
    const seen = await examine(house)
    expect(Object.keys(seen)).toEqual([
      'configuration',
      'policies',
      'clock',
      'store',
      'decisions',
      'log',
      'audit',
      'witnesses',
      'servers',
      'issuers',
      'authorities',
      'secrets',
      'estates',
      'cut-short',
      'approvals',
      'signatures',
    ])
    expect(illOf(seen)).toEqual([])
    expect(seen['decisions']?.sentence).toBe('Nothing has been decided since the start.')
    expect(seen['log']?.sentence).toMatch(/^The log verifies: \d+ entries\.$/)
    expect(seen['audit']?.sentence).toBe('The log is audited beside the thread that answers.')
    expect(seen['secrets']?.sentence).toBe('No identity proves itself by a static secret.')
    expect(seen['signatures']?.sentence).toBe('Signatures are verified beside the thread that answers.')
    expect(seen['servers']?.sentence).toBe('All 2 servers behind the gateway answer.')
  })

  it('answers those who run the house or audit it, and nobody else, which is on record', async () => {
    const { ada, grace, sam, lin } = house.people
    expect(await codeOf(ada.client.doctor.check())).toBe('answered')
    for (const { client } of [grace, sam]) {
      const refusal = await problemOf(client.doctor.check())
      expect(refusal).toMatchObject({ code: 'role_missing', status: 403 })
      expect((await lin.client.entries.show(refusal?.entry ?? -1)).entry.kind).toBe('refusal')
    }
  })

  it('says how long decisions take, with their entries on disk', async () => {
    const actor = makeSummariser(house)
    await register(house, actor)
    await actor.agent.exchange(await openTask(house, actor), house.url)
    const end = String.raw`(at most [\d.]+ ms|longer than can be told)`
    const spread = `half took ${end}, and 99 of 100 ${end}`
    expect((await examine(house))['decisions']?.sentence).toMatch(
      new RegExp(`^Of 2 decisions since the start ${spread}, with the entry on disk; of the commits ${spread}\\.$`),
    )
  })

  it('answers many at once', async () => {
    const many = await Promise.all(Array.from({ length: 20 }, () => examine(house)))
    expect(many.flatMap(illOf)).toEqual([])
  })

  it('says how old the keys are, where an issuer went away since they were read', async () => {
    await house.issuer.stop()
    const { issuers } = await examine(house)
    expect(issuers?.ok).toBe(true)
    const [, seconds] = /^The keys of 2 issuers and trust domains were read within the last (\d+) s/.exec(
      issuers?.sentence ?? '',
    ) ?? ['', '']
    expect(Number(seconds)).toBeGreaterThan(0)
    expect(Number(seconds)).toBeLessThanOrEqual(LIMITS.jwksCooldownMs / 1000)
    await house.issuer.start()
  })

  it('says which row of the store was edited, and what to do', async () => {
    const editPurpose = (was: string, is: string): Promise<void> =>
      writeBeside(
        join(house.dataDir, 'remit.db'),
        `update purposes set body = replace(body, '${was}', '${is}') where key = 'summarise'`,
      )
    await editPurpose('internal', 'restricted')
    const seen = await examine(house)
    expect(illOf(seen)).toEqual(['log'])
    expect(seen['log']?.sentence).toMatch(/purposes.summarise.*put back a backup/)
    await house.stop()
    await editPurpose('restricted', 'internal')
  })
})

describe('the doctor of a house that is ill', () => {
  let house: House
  let policiesDir: string
  let ahead: Issuer
  beforeAll(async () => {
    ahead = await startIssuer()
    const headers = { date: new Date(systemClock.nowMs() + 180_000).toUTCString() }
    ahead.lie('/jwks', { headers, body: JSON.stringify({ keys: [ahead.key().publicJwk] }) })
    policiesDir = mkdtempSync(join(tmpdir(), 'remit-policies-'))
    writeFileSync(
      join(policiesDir, 'odd.cedar'),
      '@id("org:never") @sentence("Ask nobody.") forbid (principal, action, resource) when { false };',
    )
    const dead = { kind: 'stdio', command: process.execPath, args: ['-e', 'process.exit(3)'] }
    const issuers = [{ issuer: ahead.url, algorithms: ['ES256'], allowInsecureHttp: true }]
    const resourceServers = [
      { resource: 'https://crm.example.org', identity: 'crm' },
      { resource: 'https://alone.example' },
    ]
    house = await startHouse(
      { policiesDir, upstreams: [{ name: 'dead', transport: dead }], resourceServers },
      { issuers },
    )
    await house.issuer.stop()
  })
  afterAll(async () => {
    await ahead.stop()
    await house.end()
    rmSync(policiesDir, { recursive: true, force: true })
  })

  it('names each part that is, and says what to do', async () => {
    const seen = await examine(house)
    expect(illOf(seen)).toEqual(['configuration', 'policies', 'servers', 'issuers'])
    expect(seen['configuration']?.sentence).toBe(
      'Look at: resourceServers names crm, which is not there, so that https://crm.example.org cannot ask about its tokens.',
    )
    expect(seen['policies']?.sentence).toMatch(/^Look at: .*org:never/)
    expect(seen['servers']?.sentence).toBe(
      'These servers do not answer: dead (it ended, or closed the connection); check their commands or addresses in the configuration.',
    )
    expect(seen['issuers']?.sentence).toContain(`${house.issuer.url}: `)
    expect(seen['issuers']?.sentence).toContain('Check that it can be reached from here, and its row')
    // it told one time, and ours went on since: by as much as it takes to start a house
    expect(seen['issuers']?.sentence).toMatch(/The clock of \S+ is 1[0-8]\d s ahead of ours\./)
  })

  it('is the only one that minds: what needs none of them goes on', async () => {
    expect(await codeOf(house.people.ada.client.people.link(house.people.sam.id))).toBe('answered')
    const { agent, task } = makeSummariser(house)
    expect(await problemOf(agent.openTask(task))).toMatchObject({ code: 'issuer_unavailable', status: 503 })
  })

  it('says that an issuer is well again once it was read again', async () => {
    await house.issuer.start()
    const say = async (): Promise<string> => (await examine(house))['issuers']?.sentence ?? ''
    while ((await say()).includes(house.issuer.url)) await systemClock.sleep(200)
    expect(await say()).toMatch(/^The clock of /)
    expect(illOf(await examine(house))).toEqual(['configuration', 'policies', 'servers', 'issuers'])
  })
})

describe('the doctor of servers that do not start', () => {
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

  it('says of each what it said last, and never its credential', async () => {
    const { servers } = await examine(house)
    expect(servers).toMatchObject({ ok: false })
    expect(servers?.sentence).toBe(
      'These servers do not answer: broken (it ended, or closed the connection), mute (it ended, or closed the' +
        ' connection), absent (command /nowhere/server not found); check their commands or addresses in the configuration.' +
        ' broken said last: "no database at 7 …" "bye".',
    )
  })
})
