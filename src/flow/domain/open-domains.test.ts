import { describe, expect, it } from 'vitest'
import { CERTIFICATION } from '../../../test/authzen/certification.ts'
import { kept } from '../../../test/decide/nouns.ts'
import type { PolicyDomain } from '../../contract/policy.ts'
import { compileDomain } from '../../decide/domain/compile-domain.ts'
import { systemClock } from '../../ground/clock.ts'
import { createIds } from '../../ground/ids.ts'
import { newVersion } from '../../register/policy.ts'
import { packFiles } from '../policy/standing.ts'
import { type DomainSources, openDomains } from './open-domains.ts'

const fail = (): never => {
  throw new Error('the engines differ')
}

/** What a store keeps of one domain in force, whose row names this digest. */
function keep(digest: string): DomainSources['register'] {
  const { changes, id: files } = packFiles(CERTIFICATION.files, createIds(systemClock.nowMs))
  const [change] = changes
  if (change?.op !== 'insert' || change.table !== 'payloads') throw new Error('files are kept as a payload')
  const domain: PolicyDomain = { name: 'app', enforced: 1, digest, shadow: null, folder: null, isPublished: true }
  const made = { domain: 'app', number: 1, digest, files, effect: 'loosens', basis: null, reason: 'x' } as const
  const version = newVersion({ ...made, state: 'enforced', proposedMs: 1 })
  return {
    policyDomains: async () => [kept(domain)],
    policyVersion: async () => kept(version),
    payload: async () => kept(change.row as never),
  }
}

describe('at a start', () => {
  const { version } = compileDomain('app', { files: CERTIFICATION.files, schema: null, entities: null }, fail)

  it('a domain in force decides', async () => {
    const faults: unknown[] = []
    const desk = await openDomains({
      register: keep(version),
      report: fail,
      noteFault: (fault) => faults.push(fault),
      clock: systemClock,
    })
    expect([desk.find('app')?.domain.version, faults]).toEqual([version, []])
  })

  it('a domain that this Remit reads otherwise than the one that put it into force is not there, and is told of', async () => {
    const faults: unknown[] = []
    const register = keep('0'.repeat(64))
    const desk = await openDomains({
      register,
      report: fail,
      noteFault: (fault) => faults.push(fault),
      clock: systemClock,
    })
    expect(desk.find('app')).toBeUndefined()
    expect(faults).toMatchObject([{ code: 'policies_invalid' }])
  })
})
