import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readPackLines } from '../../sdk/pack-lines.ts'
import { verifyPack } from '../../sdk/verify-pack.ts'
import type { Explanation } from '../../src/prove/explanation.ts'
import { type House, startHouse } from '../house.ts'
import { furnish, makeSummariser, openTask, register } from './cast.ts'

describe('a policy set that no longer decides', () => {
  const folder = mkdtempSync(join(tmpdir(), 'remit-policies-'))
  let house: House
  let task: string

  const write = (name: string): void =>
    writeFileSync(
      join(folder, 'own.cedar'),
      `@id("own:${name}")\n@sentence("Nothing is called ${name}.")\nforbid (principal, action, resource) when { principal.name == "${name}" };\n`,
    )
  const loads = async () => {
    const { entries } = await house.people.ada.client.entries.list({ limit: 200 })
    return entries.filter(({ entry }) => entry.kind === 'policy.loaded')
  }
  const restart = async (): Promise<void> => {
    await house.stop()
    await house.start()
  }
  const pack = async (about?: { kind: string; id: string }) => {
    const { client } = house.people.lin
    const [stream, key] = [await client.evidence.pack(about), await client.log.key()]
    return await verifyPack(readPackLines(stream), key)
  }

  beforeAll(async () => {
    write('first')
    house = await startHouse({ policiesDir: folder })
    await furnish(house)
    const actor = makeSummariser(house)
    await register(house, actor)
    task = await openTask(house, actor)
    write('second')
    await restart()
  })
  afterAll(async () => {
    await house.end()
    rmSync(folder, { recursive: true, force: true })
  })

  it('is in the pack of the log with the one that does, and each is one that entries name', async () => {
    const report = await pack()
    expect(report.failures).toEqual([])
    expect(report.policies).toEqual((await loads()).map(({ entry }) => entry.policy).toReversed())
    expect(report.policies).toHaveLength(2)
  })

  it('still has its text in an explanation of what it decided', async () => {
    const { client } = house.people.ada
    const { entries } = await client.entries.list({ limit: 200 })
    const opened = entries.find(({ entry }) => entry.kind === 'decision.permit' && entry.data['taskId'] === task)
    const explanation = (await client.entries.why(opened?.index ?? -1)).explanation as unknown as Explanation
    expect(explanation.policy).toBe((await loads())[0]?.entry.policy)
    const rules = explanation.rules.filter(({ rule }) => !rule.startsWith('law:'))
    expect(rules.length).toBeGreaterThan(0)
    for (const { text } of rules) expect(text).toContain('permit')
  })

  it('that decides again is the newest of the pack', async () => {
    write('first')
    await restart()
    const all = await loads()
    expect(all[2]?.entry.policy).toBe(all[0]?.entry.policy)
    const report = await pack()
    expect(report).toMatchObject({ ok: true, policies: [all[0]?.entry.policy, all[1]?.entry.policy] })
  })
})
