import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readPackLines } from '../../sdk/pack-lines.ts'
import { verifyPack } from '../../sdk/verify-pack.ts'
import { type House, startHouse } from '../house.ts'
import { startWitness, type TestWitness } from '../witness.ts'
import { furnish } from './cast.ts'

describe('a house whose log is witnessed elsewhere', () => {
  let folder: string
  let near: TestWitness
  let far: TestWitness
  let house: House
  let vkey: string

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'remit-witnessed-'))
    near = await startWitness('witness.example/near')
    far = await startWitness('witness.example/far')
    const witnesses = [near, far].map(({ url, vkey }) => ({ url: `${url}/`, vkey, allowInternal: true }))
    house = await startHouse({ log: { witnesses } })
    vkey = (await house.people.lin.client.log.key()).trim()
    near.know(vkey)
    far.know(vkey)
    await furnish(house)
  })
  afterAll(async () => {
    await Promise.all([near.stop(), far.stop()])
    await house.end(10)
    rmSync(folder, { recursive: true, force: true })
  })

  async function pack(): Promise<string[]> {
    const lines: string[] = []
    for await (const line of readPackLines(await house.people.lin.client.evidence.pack())) lines.push(line)
    return lines
  }
  const doctorSays = async () => {
    const { checks } = await house.people.lin.client.doctor.check()
    return checks.find(({ name }) => name === 'witnesses')
  }

  it('has each evidence pack signed by them, which is verified offline by their keys', async () => {
    const lines = await pack()
    expect(await house.people.lin.client.log.checkpoint()).toContain('\u2014 witness.example/near ')
    const report = await verifyPack(lines, vkey, [near.vkey, far.vkey])
    expect(report.failures).toEqual([])
    expect(report.witnesses).toEqual([
      { name: 'witness.example/near', atMs: 1_800_000_000_000 },
      { name: 'witness.example/far', atMs: 1_800_000_000_000 },
    ])
    expect((await verifyPack(lines, vkey)).witnesses).toEqual([])
    expect(await doctorSays()).toMatchObject({ ok: true, sentence: expect.stringContaining('witness.example/far (') })
  })

  it('cannot pass for witnessed by others, or by the key of a log', async () => {
    const lines = await pack()
    const stranger = await startWitness('witness.example/stranger')
    await stranger.stop()
    expect((await verifyPack(lines, vkey, [stranger.vkey])).failures).toEqual([
      expect.objectContaining({ check: 'witness', what: expect.stringContaining('has not signed this checkpoint') }),
    ])
    expect((await verifyPack(lines, vkey, [vkey])).failures[0]).toMatchObject({ check: 'key' })
    const [manifest = '', ...rest] = lines
    const changed = manifest.replace(/(witness\.example\/near [A-Za-z0-9+/]{20})./, '$1x')
    expect((await verifyPack([changed, ...rest], vkey, [near.vkey])).failures[0]).toMatchObject({ check: 'witness' })
  })

  it('writes packs while one is away, and says which', async () => {
    far.answerAs({ status: 503 })
    const lines = await pack()
    expect((await verifyPack(lines, vkey, [near.vkey])).ok).toBe(true)
    expect((await verifyPack(lines, vkey, [far.vkey])).ok).toBe(false)
    expect(await doctorSays()).toMatchObject({
      ok: false,
      sentence: 'Not witnessed: witness.example/far: It answers with status 503.',
    })
    far.answerAs(null)
    await pack()
    expect(await doctorSays()).toMatchObject({ ok: true })
  })

  it('is told apart from one that was put back to an older state with all that it keeps itself', async () => {
    await house.stop()
    cpSync(house.dataDir, folder, { recursive: true })
    await house.start()
    await pack()
    await house.stop()
    rmSync(house.dataDir, { recursive: true })
    cpSync(folder, house.dataDir, { recursive: true })
    await house.start()
    await pack()
    expect(await doctorSays()).toMatchObject({
      ok: false,
      sentence: expect.stringMatching(/put back to an older state|shown another log|signed another log/),
    })
  })
})
