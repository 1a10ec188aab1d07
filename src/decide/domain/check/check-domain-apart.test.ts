import { describe, expect, it } from 'vitest'
import { CERTIFICATION } from '../../../../test/authzen/certification.ts'
import { systemClock } from '../../../ground/clock.ts'
import { LIMITS } from '../../../ground/limits.ts'
import type { DomainTexts } from '../domain.ts'
import { createDomainsApart, type DomainToCheck } from './check-domain-apart.ts'

const unreachable = (): never => expect.unreachable('the engines differ')
const apart = () => createDomainsApart(systemClock, unreachable, unreachable)
const toCheck = (more: Partial<DomainToCheck> = {}): DomainToCheck => ({
  name: 'app',
  texts: CERTIFICATION,
  isNew: true,
  tests: [],
  isTested: false,
  before: null,
  ...more,
})
const broken: DomainTexts = { ...CERTIFICATION, files: [{ name: 'a.cedar', text: 'permit (' }] }
const refused = { code: 'policies_invalid', detail: expect.stringContaining('a.cedar') }

describe('a domain that is looked at in another thread', () => {
  it('is told with what it holds, and how it differs from another one', async () => {
    const { check } = apart()
    const checked = await check(toCheck({ before: { ...CERTIFICATION, entities: null } }))
    expect(checked).toMatchObject({ name: 'app', hasSchema: false, testFaults: [], cases: 0, results: [] })
    expect(checked.policies).toBeGreaterThan(3)
    expect(checked.changes.map(({ change }) => change)).toContain('added')
    expect((await check(toCheck())).changes).toEqual([])
  })

  it('comes to the same domain however it is made', async () => {
    const { make, load, check } = apart()
    const made = await make('app', CERTIFICATION)
    const loaded = await load('app', CERTIFICATION)
    const { version, entities } = await check(toCheck())
    expect([made.version, loaded.version]).toEqual([version, version])
    expect([made.entities.told.size, loaded.entities.told.size]).toEqual([entities, entities])
    const text = `// ${'x'.repeat(LIMITS.checkedHereCharsMax)}\n`
    const large = {
      ...CERTIFICATION,
      files: [{ name: 'large.cedar', text: `${text}permit (principal, action, resource);` }],
    }
    expect((await load('app', large)).version).toBe((await make('app', large)).version)
  })

  it('is refused with what is wrong with it, by whichever way', async () => {
    const { check, make, load } = apart()
    await expect(check(toCheck({ texts: broken }))).rejects.toMatchObject(refused)
    await expect(make('app', broken)).rejects.toMatchObject(refused)
    await expect(load('app', broken)).rejects.toMatchObject(refused)
  })

  it('is refused for what is read over in its entities where it is new, and is still what it was where it is not', async () => {
    const { check, make, load } = apart()
    const entities = '[{"uid": {"type": "user", "id": "a"}, "attrs": {}, "parents": [], "tag": {"blocked": true}}]'
    const texts = { ...CERTIFICATION, entities }
    const detail = 'entities.json:1:2: An entity says "tag", which means nothing here.'
    await expect(check(toCheck({ texts }))).rejects.toMatchObject({ code: 'policies_invalid', detail })
    const { version } = await check(toCheck({ texts, isNew: false }))
    expect([(await make('app', texts)).version, (await load('app', texts)).version]).toEqual([version, version])
  })
})
