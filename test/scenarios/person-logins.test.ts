import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RemitProblem } from '../../sdk/problem.ts'
import { type House, startHouse } from '../house.ts'
import { IDP } from '../http/login-routes.ts'

let house: House
const known = { issuer: IDP.issuer, subject: 'sam@corp.example' }

beforeAll(async () => {
  house = await startHouse({}, { issuers: [IDP] })
})
afterAll(async () => {
  await house.end()
})

const codeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'done',
    (error: unknown) => (error instanceof RemitProblem ? error.code : String(error)),
  )

describe('a login of a person', () => {
  it('is added by an administrator, belongs to one person alone, and its subject stands in no entry', async () => {
    const { ada, grace, sam } = house.people
    const added = await ada.client.logins.add(sam.id, known)
    expect(added.login).toMatchObject({ personId: sam.id, ...known, endedMs: null })
    const { entry } = await ada.client.entries.show(added.entry)
    expect(entry).toMatchObject({ kind: 'person-login.added', data: { personId: sam.id, issuer: IDP.issuer } })
    expect(JSON.stringify(entry)).not.toContain(known.subject)
    expect(await codeOf(ada.client.logins.add(grace.id, known))).toBe('already_exists')
    expect(await codeOf(ada.client.logins.add(sam.id, known))).toBe('already_exists')
    expect(await codeOf(grace.client.logins.add(grace.id, { ...known, subject: 'grace' }))).toBe('role_missing')
    expect(await codeOf(ada.client.logins.add('psn_nobody', { ...known, subject: 'x' }))).toBe('not_found')
  })

  it.each([
    ['an issuer of workloads', () => ({ issuer: house.issuer.url, subject: 'x' })],
    ['an issuer that nobody trusts', () => ({ issuer: 'https://other.example', subject: 'x' })],
    ['a subject that cannot be shown', () => ({ ...known, subject: 'x\u202ey' })],
    ['no subject', () => ({ ...known, subject: '' })],
  ])('is refused of %s', async (_what, of) => {
    expect(await codeOf(house.people.ada.client.logins.add(house.people.sam.id, of()))).toBe('request_invalid')
  })

  it('is ended by the person, a responder or an administrator, once; the subject is free again', async () => {
    const { ada, grace, sam, lin } = house.people
    const { login } = await ada.client.logins.add(grace.id, { ...known, subject: 'grace' })
    expect(await codeOf(lin.client.logins.end(grace.id, login.id, 'Not mine to end'))).toBe('role_missing')
    expect(await codeOf(ada.client.logins.end(sam.id, login.id, 'Of another person'))).toBe('not_found')
    expect(await codeOf(grace.client.logins.end(grace.id, login.id, 'It is lost'))).toBe('done')
    expect(await codeOf(sam.client.logins.end(grace.id, login.id, 'Again'))).toBe('not_found')
    expect((await lin.client.logins.list(grace.id)).logins).toMatchObject([{ id: login.id, subject: 'grace' }])
    expect(await codeOf(ada.client.logins.add(sam.id, { ...known, subject: 'grace' }))).toBe('done')
  })
})
