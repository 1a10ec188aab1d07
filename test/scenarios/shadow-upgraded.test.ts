import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PolicyFile } from '../../sdk/policy-answers.ts'
import { systemActor } from '../../src/authenticate/actor.ts'
import { update } from '../../src/contract/change.ts'
import { packFiles } from '../../src/flow/policy/standing.ts'
import { digestText } from '../../src/ground/digest.ts'
import { createIds } from '../../src/ground/ids.ts'
import { type House, startHouse } from '../house.ts'
import { type Actor, enter, furnish, makeSummariser, openTask, register, verdictOf } from './cast.ts'

const noReads: PolicyFile = {
  name: 'own.cedar',
  text: '@id("acme:no-reads")\n@sentence("Nothing is read today.")\nforbid (principal is Remit::Identity, action == Remit::Action::"read", resource is Remit::Resource) when { resource.name like "docs:public/*" };\n',
}

describe('a version in shadow, under a newer Remit with other policies of its own', () => {
  let house: House
  let actor: Actor
  beforeAll(async () => {
    house = await startHouse()
    await furnish(house)
    actor = makeSummariser(house)
    await register(house, actor)
    await house.people.lin.client.policies.publish([noReads], { reason: 'to see', shadow: true })
    await read()
    await upgrade('remit/000002')
  })
  afterAll(() => house.end(30))

  async function read(): Promise<void> {
    const { gateway } = await enter(actor, await openTask(house, actor))
    expect(verdictOf(await gateway.call('read_text_file', { path: 'public/handbook.md' }))).toBe('permitted')
    await gateway.close()
  }

  /** Has a version what it would have had under an older Remit: another digest, and files that count for it alone. */
  async function upgrade(id: string, files: readonly PolicyFile[] = [noReads]): Promise<void> {
    await house.stop()
    await house.whileStopped(async ({ store, log }) => {
      const version = (await store.register.policyVersion(id)) ?? expect.unreachable('it is not there')
      const packed = packFiles(files, createIds(Date.now))
      const entry = { kind: 'refusal', actor: systemActor, subject: { kind: 'test', id }, data: {} } as const
      const older = { ...version, digest: digestText('older'), files: packed.id }
      await log.record({ entry, changes: [...packed.changes, update('policy_versions', version, older)] })
    })
    await house.start()
  }

  it('is not told to change nothing: what it would stop is found, of before and of since then', async () => {
    const { policies } = house.people.lin.client
    expect((await policies.shadow()).differences).toMatchObject([{ rules: ['acme:no-reads'], count: 1 }])
    await read()
    expect(await policies.shadow()).toMatchObject({
      version: 2,
      policy: digestText('older'),
      differences: [{ before: 'permit', after: 'denied', rules: ['acme:no-reads'], count: 2 }],
    })
  })

  it('that is valid no more is told of by the doctor, as what sees nothing reads like what changes nothing', async () => {
    const examine = async (): Promise<unknown> =>
      (await house.people.lin.client.doctor.check()).checks.find(({ name }) => name === 'policies')
    expect(await examine()).toMatchObject({ ok: true })
    await upgrade('remit/000002', [{ ...noReads, text: noReads.text.replace('resource.name', 'resource.other') }])
    expect(await examine()).toMatchObject({
      ok: false,
      sentence: expect.stringContaining('version 2 in shadow sees nothing'),
    })
  })
})
