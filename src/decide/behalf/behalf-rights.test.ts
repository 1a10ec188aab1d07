import { describe, expect, it } from 'vitest'
import { hourMs, personOf, startMs, taskRequest, World, writer, writerRequest } from '../../../test/decide/world.ts'
import type { PersonRight } from '../../contract/register/person-right.ts'

const [first] = taskRequest.scope
const beside = { action: 'docs/fetch_page', resource: 'docs:/handbook/*' }

/** A world in which a person has this right, and perhaps another. */
function stage(...rights: readonly Partial<PersonRight>[]): World {
  const world = new World()
  for (const [at, more] of rights.entries())
    world.rows.put('person_rights', {
      id: `rgt_${at}`,
      personId: 'psn_voter',
      scope: [{ action: 'docs/*', resource: 'docs:/*' }],
      classes: ['read', 'write', 'administer'],
      ceiling: 'confidential',
      reason: 'It is their work',
      grantedBy: 'psn_owner',
      startsMs: startMs - hourMs,
      endsMs: startMs + 24 * hourMs,
      state: 'granted',
      ...more,
    })
  return world
}

describe('what a person may do themselves', () => {
  it('covers a task until the very moment at which it ends', async () => {
    const endsMs = startMs + taskRequest.lifeSeconds * 1000
    const world = stage({ endsMs })
    const { grant } = world.take(await world.decide.behalfTask(personOf(world), 'idn_reader', taskRequest))
    expect(grant.endsMs).toBe(endsMs)
  })

  it('has to cover all that the task may do, and the denial says what of it does not', async () => {
    const world = stage({ scope: [first ?? beside] })
    const request = { ...taskRequest, scope: [...taskRequest.scope, beside] }
    const denial = world.refuse(await world.decide.behalfTask(personOf(world), 'idn_reader', request))
    expect(denial).toMatchObject({ code: 'scope_exceeded', reasons: [{ rule: 'law:behalf-rights' }] })
    expect(denial.reasons[0]?.sentence).toContain(
      'no right to docs/fetch_page on docs:/handbook/* up to internal data for so long',
    )
    expect(denial.ask?.sentence).toContain('Ask an administrator for the right')
    expect(denial.nearest).toEqual(taskRequest.scope)
  })

  it('can lie in several rights, of which each that it takes is named', async () => {
    const world = stage({ scope: [first ?? beside] }, { scope: [beside] }, { scope: [beside], ceiling: 'public' })
    const request = { ...taskRequest, scope: [...taskRequest.scope, beside] }
    const { entry, reasons } = world.take(await world.decide.behalfTask(personOf(world), 'idn_reader', request))
    expect(entry.data['rights']).toEqual(['rgt_0', 'rgt_1'])
    expect(reasons.map(({ rule }) => rule)).toEqual(['law:containment', 'base:task'])
  })

  it('is no yes to a task that others approve: who asks for it cannot give it', async () => {
    const world = stage({})
    world.change('identities', writer.id, { tier: 'T3' })
    const { grant, entry } = world.take(await world.decide.behalfTask(personOf(world), writer.id, writerRequest))
    const requestedBy = [writer.id, 'psn_asker', 'psn_voter']
    expect(world.rows.get('approvals', grant.approvalId ?? '')).toMatchObject({
      requestedBy,
      asked: { onBehalfOf: 'psn_voter', identity: writer.name },
    })
    expect(entry).toMatchObject({ subject: { kind: 'task', id: grant.id }, data: { requestedBy } })
  })
})
