import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readEnvironment } from '../../cli/environment.ts'
import { runCommandLine } from '../../cli/main.ts'
import { type House, startHouse } from '../house.ts'
import { furnish, makeSummariser, prepare } from './cast.ts'

describe('an approval', () => {
  let house: House
  let id: string

  beforeAll(async () => {
    house = await startHouse()
    await furnish(house)
    const identity = await prepare(house, makeSummariser(house))
    id = (await house.people.ada.client.identities.submit(identity)).approval.id
  })
  afterAll(async () => {
    await house.end(20)
  })

  async function say(...words: readonly string[]): Promise<{ readonly code: number; readonly said: string }> {
    const said: string[] = []
    const print = (text: string): void => void said.push(text)
    const terminal = { print, warn: print, paint: (_: string, text: string) => text, columns: 400 }
    const environment = readEnvironment({ REMIT_URL: house.url, REMIT_SESSION: house.people.ada.session })
    return { code: await runCommandLine(words, environment, terminal), said: said.join('\n') }
  }
  const doctor = async () =>
    (await house.people.ada.client.doctor.check()).checks.find(({ name }) => name === 'approvals')

  it('that somebody is there for waits, and all is well', async () => {
    expect(await doctor()).toMatchObject({ ok: true, sentence: expect.stringContaining('people are there') })
    expect((await say('approvals')).said).not.toContain('Nobody is left')
    expect(await house.people.ada.client.approvals.show(id)).toMatchObject({ canBeFilled: true })
  })

  it('that nobody is left to say yes to is named, with what to do, until somebody is there again', async () => {
    const { ada, grace, lin } = house.people
    await ada.client.people.setRoles(lin.id, ['auditor'])
    await ada.client.people.leave(grace.id)
    const ill = await doctor()
    expect(ill).toMatchObject({ ok: false, sentence: expect.stringContaining(id) })
    expect(ill?.sentence).toMatch(/^Nobody is left who can say yes to .*open: owner.*\(remit identity reassign\)/)
    expect(await say('doctor')).toMatchObject({ code: 1, said: expect.not.stringContaining('All is well') })
    expect((await say('approvals')).said).toMatch(
      new RegExp(`${id} .*\\n +Nobody is left .*open: owner.*the role for it \\(remit person roles: approver for`),
    )
    const { unfilled } = JSON.parse((await say('approvals', '--json')).said) as { unfilled: object[] }
    expect(unfilled).toContainEqual({ approvalId: id, seats: ['owner'] })
    expect(await ada.client.approvals.show(id)).toMatchObject({ canBeFilled: false, openSeats: ['owner'] })
    await ada.client.people.setRoles(lin.id, ['auditor', 'approver'])
    expect(await ada.client.approvals.show(id)).toMatchObject({ canBeFilled: true })
    expect(await doctor()).toMatchObject({ ok: true })
  })
})
