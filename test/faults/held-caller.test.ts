import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { PersonCaller } from '../../src/authenticate/caller.ts'
import { checkConfig } from '../../src/config.ts'
import { rolesSince } from '../../src/contract/register/person.ts'
import type { House } from '../../src/flow/house.ts'
import { renameBy, setRolesBy } from '../../src/flow/people/amend-person.ts'
import { leaveBy } from '../../src/flow/people/leave.ts'
import { addPersonBy, signInByLink, signOutCaller } from '../../src/flow/people/sign-in.ts'
import { holdToCaller } from '../../src/flow/token/hold-to-caller.ts'
import { RemitError } from '../../src/ground/errors.ts'
import { type Raised, raiseHouse, wakeHouse } from '../../src/main.ts'
import { publicUrl } from './flow-cast.ts'

/** Two administrators: one changes the other after the other's request was let in, and before it is recorded. */
let folder: string
let raised: Raised
let house: House
let ada: PersonCaller
let busy: PersonCaller

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'remit-held-'))
  raised = await raiseHouse(checkConfig({ dataDir: folder }, folder), publicUrl)
  house = raised.house
  ada = await signIn((await wakeHouse(house, false)) ?? '')
  const added = await addPersonBy(house, ada, { name: 'busy', email: 'busy@example.org', roles: ['admin', 'auditor'] })
  busy = await signIn(added.link)
})
afterEach(async () => {
  await raised.close()
  rmSync(folder, { recursive: true, force: true })
})

async function signIn(link: string): Promise<PersonCaller> {
  return house.authenticate.bySession((await signInByLink(house, link)).session)
}

/** What somebody's request comes to that was let in before all this: the code of its refusal, or `recorded`. */
async function act(): Promise<string> {
  try {
    await addPersonBy(holdToCaller(house, busy), busy, { name: 'x', email: 'x@example.org', roles: [] })
    return 'recorded'
  } catch (error) {
    if (error instanceof RemitError) return error.code
    throw error
  }
}

const CHANGES: readonly (readonly [string, () => Promise<unknown>, string])[] = [
  ['stays as they are', async () => undefined, 'recorded'],
  ['is renamed', () => renameBy(house, ada, busy.person.id, { name: 'Busy' }), 'recorded'],
  ['loses a role', () => setRolesBy(house, ada, busy.person.id, ['auditor']), 'role_missing'],
  ['leaves', () => leaveBy(house, ada, busy.person.id), 'session_invalid'],
  ['signs out elsewhere', () => signOutCaller(house, busy), 'session_invalid'],
]

describe('a request of a person', () => {
  it.each(CHANGES)('who %s after it was let in is told as much', async (_, change, code) => {
    await change()
    const { size } = house.log.head()
    expect(await act()).toBe(code)
    expect(house.log.head().size - size).toBe(code === 'recorded' ? 1 : 0)
  })

  it('is carried through once it has begun, whatever becomes of them', async () => {
    const held = holdToCaller(house, busy)
    await addPersonBy(held, busy, { name: 'first', email: 'first@example.org', roles: [] })
    await leaveBy(house, ada, busy.person.id)
    const second = await addPersonBy(held, busy, { name: 'second', email: 'second@example.org', roles: [] })
    expect(second.entry).toBe(house.log.head().size - 1)
  })
})

describe('a role that is taken', () => {
  it('is lost after all that was recorded before, also where it took long to find that another one administers', async () => {
    let saidMs = 0
    const persons: House['register']['persons'] = async (page) => {
      await new Promise((resolve) => setTimeout(resolve, 5)) // the clock goes on
      saidMs = house.clock.nowMs()
      await renameBy(house, ada, ada.person.id, { name: 'said meanwhile' })
      return await house.register.persons(page)
    }
    const register = new Proxy(house.register, {
      get: (rows, name): unknown => (name === 'persons' ? persons : Reflect.get(rows, name)),
    })
    const { person } = await setRolesBy({ ...house, register }, ada, busy.person.id, ['owner'])
    expect(saidMs).toBeGreaterThan(0)
    expect(rolesSince({ ...person, roles: ['admin', 'owner'] }, saidMs)).toEqual(['owner'])
  })
})
