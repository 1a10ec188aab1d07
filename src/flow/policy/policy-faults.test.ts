import { expect, it } from 'vitest'
import { createMemoryStore } from '../../../test/record/memory-store.ts'
import { createTestClock, openTestLog } from '../../../test/record/open-test-log.ts'
import type { Denial } from '../../contract/decision.ts'
import { EntityUid } from '../../decide/cedar/values/value.ts'
import { createCheckedEngine } from '../../decide/policy/checked-engine.ts'
import type { PolicyAnswer, PolicyEngine } from '../../decide/policy/engine.ts'
import { LIMITS } from '../../ground/limits.ts'
import { createPolicyFaults, describeFault } from './policy-faults.ts'

it('a policy of a domain that cannot be evaluated is told with its domain, whatever its id, and apart from one of its name', async () => {
  const store = createMemoryStore()
  const log = await openTestLog(store, { clock: createTestClock() })
  const faults = createPolicyFaults({ log, clock: createTestClock(), report: () => expect.unreachable() })
  const deny = (id: string, domain?: string) => {
    const said = `A policy could not be evaluated: ${id}: integer overflow: it is large`
    const data = domain === undefined ? {} : { domain: { name: domain } }
    const denial = { code: 'policy_error', reasons: [{ rule: 'policy:error', sentence: said }], policyVersion: 'f' }
    faults.noteDenial({ ...denial, entry: { data } } as unknown as Denial) // all that is looked at
  }
  deny('a.cedar#1', 'records')
  deny('acme:x', 'records')
  deny('acme:x')
  deny('the request cannot be judged', 'records')
  await log.close()
  expect(faults.seen().map(({ domain, id, times }) => [domain, id, times])).toEqual([
    ['records', 'a.cedar#1', 1],
    ['records', 'acme:x', 1],
    ['remit', 'acme:x', 1],
    ['records', 'engine', 1],
  ])
  expect(faults.seen().map(describeFault)[0]).toMatch(/^a\.cedar#1 of the domain records could not be evaluated, once/)
  const entries = store.entries.map((bytes) => JSON.parse(Buffer.from(bytes).toString()) as { data: unknown })
  expect(entries.map(({ data }) => data)).toMatchObject([
    { domain: { name: 'records' }, policyId: 'a.cedar#1', what: 'error' },
    { domain: { name: 'records' }, policyId: 'acme:x' },
    { policyId: 'acme:x' },
    { policyId: 'engine' },
  ])
})

const uid = new EntityUid('Remit::Identity', 'a')
const request = { principal: uid, action: uid, resource: uid, context: {}, entities: [] }
const no: PolicyAnswer = { allowed: false, determining: [], errors: [] }
const yes: PolicyAnswer = { allowed: true, determining: ['acme:x'], errors: [] }

it('a policy on which our engine and that of Cedar differ is denied by Cedar, and told in the log once a minute', async () => {
  const clock = createTestClock()
  const store = createMemoryStore()
  const log = await openTestLog(store, { clock })
  const reported: unknown[] = []
  const faults = createPolicyFaults({ log, clock, report: (error) => void reported.push(error) })
  const decideAnew = (): PolicyAnswer => {
    const wrong: PolicyEngine = { decide: () => yes }
    return createCheckedEngine(wrong, { decide: () => no }, 1, faults.noteMismatch).decide(request)
  }
  expect([decideAnew(), decideAnew()]).toEqual([no, no])
  clock.atMs += LIMITS.policyFaultEveryMs
  expect(decideAnew()).toEqual(no)
  await log.close()
  const entries = store.entries.map((bytes) => JSON.parse(Buffer.from(bytes).toString()) as unknown)
  expect(entries).toHaveLength(2)
  expect(entries[0]).toMatchObject({
    kind: 'policy.faulted',
    subject: { kind: 'policy', id: 'acme:x' },
    data: { what: 'mismatch', policyId: 'acme:x', times: 1 },
  })
  expect(entries[1]).toMatchObject({ data: { what: 'mismatch', times: 3 } })
  expect(reported).toHaveLength(3)
  const [fault, ...others] = faults.seen()
  expect(others).toEqual([])
  expect(fault === undefined ? '' : describeFault(fault)).toMatch(
    /^Our engine and Cedar's own differ on acme:x, 3 times/,
  )
})
