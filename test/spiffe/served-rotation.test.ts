import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAgent } from '../../sdk/agent.ts'
import { type AssertionKeys, createAssertionKeys, createKeyAssertion } from '../../sdk/key-assertion.ts'
import { type House, startHouse } from '../house.ts'
import { furnish, makeSummariser, openTask, register } from '../scenarios/cast.ts'
import { type ServedSvids, serveSvids } from './serve-svids.ts'
import { callWorkloadApi } from './workload-client.ts'

const audience = 'https://api.partner.example'
const asked = Buffer.concat([Buffer.of(0x0a, audience.length), Buffer.from(audience)])

describe('a workload whose key is rotated while `remit svid serve` runs', () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'remit-followed-')))
  const file = join(folder, 'agent.jwk')
  const socket = join(folder, 'own', 'agent.sock')
  let house: House
  let [id, taskId] = ['', '']
  let server: ServedSvids

  const put = ({ privateJwk }: AssertionKeys): void => writeFileSync(file, JSON.stringify(privateJwk), { mode: 0o600 })
  const words = (path: string): readonly string[] => [
    'svid',
    'serve',
    path,
    '--task',
    taskId,
    '--key',
    file,
    '--name',
    'reader',
  ]
  /** Asks for a JWT-SVID, which takes a request of the server by the key; gives the status of the call. */
  const ask = async (): Promise<string | null> => (await callWorkloadApi(socket, 'FetchJWTSVID', asked)).status
  const bindings = async () => (await house.people.lin.client.identities.show(id)).bindings
  const boundTo = async () => (await house.people.lin.client.tasks.show(taskId)).task.bindingId

  beforeAll(async () => {
    house = await startHouse({ spiffe: { trustDomain: 'agents.example', audiences: [audience] } })
    await furnish(house)
    const keys = await createAssertionKeys()
    put(keys)
    const assertion = createKeyAssertion({ name: 'reader', audience: house.url, privateJwk: keys.privateJwk })
    const reader = {
      ...makeSummariser(house, 'reader'),
      agent: createAgent({ baseUrl: house.url, assertion }),
      binding: { kind: 'key', issuer: 'self', subject: 'reader', claims: {}, keys: [keys.publicJwk] },
    } as const
    id = await register(house, reader)
    taskId = await openTask(house, reader)
    mkdirSync(join(folder, 'own'), { mode: 0o700 })
    server = await serveSvids(words(socket), house.url)
  })
  afterAll(async () => {
    await server.stop()
    await house.end(20)
    rmSync(folder, { recursive: true })
  })

  it('goes on, by the key that lies in its file now', async () => {
    const next = await createAssertionKeys()
    const [old] = await bindings()
    const { approval } = await house.people.ada.client.identities.rotate(id, old?.id ?? '', {
      keys: [next.publicJwk],
      reason: 'It is a year old',
    })
    await house.people.grace.client.approvals.vote(approval.id, 'approve', 'Of course')
    expect([await ask(), await boundTo()]).toEqual(['0', old?.id])
    put(next)
    expect([await ask(), await boundTo()]).toEqual(['0', (await bindings())[1]?.id])
    await expect.poll(server.said).toContain(`The key in ${file} is another one now`)
  })

  it('goes on with the key of before while there is none in the file, says so once, and takes the next one', async () => {
    const notes = (): number => server.said().split('The key of before goes on.').length - 1
    writeFileSync(file, '{"kty":"EC"')
    expect([await ask(), await ask()]).toEqual(['0', '0'])
    await expect.poll(notes).toBe(1)
    rmSync(file)
    expect([await ask(), await ask()]).toEqual(['0', '0'])
    await expect.poll(notes).toBe(2)
    await expect.poll(server.said).toContain(`The key of before goes on. The file ${file} is not there.`)
    // of the right shape, and no key
    writeFileSync(file, JSON.stringify({ kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA', d: 'AA' }))
    expect([await ask(), await ask()]).toEqual(['0', '0'])
    await expect.poll(notes).toBe(3)
    const refused = await serveSvids(words(join(folder, 'own', 'other.sock')), house.url)
    expect([await refused.ended, refused.said()]).toEqual([2, expect.stringContaining('does not hold a key')])
    put(await createAssertionKeys()) // which nobody has registered
    expect([await ask(), notes()]).toEqual(['7', 3])
  })
})
