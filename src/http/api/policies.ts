import type { PersonCaller } from '../../authenticate/caller.ts'
import { ownDomain } from '../../contract/policy.ts'
import { coverPolicies as findCoverage } from '../../flow/policy/cover-policies.ts'
import { publishPolicies, rollBackPolicies } from '../../flow/policy/publish-policies.ts'
import * as policies from '../../flow/policy/read-policies.ts'
import { testPolicies as runTests } from '../../flow/policy/test-policies.ts'
import { readShadowOf, replayPolicies, type ShadowOrder } from '../../flow/replay/replay-policies.ts'
import { RemitError } from '../../ground/errors.ts'
import { readPage } from '../input/page.ts'
import type { BodyName, BodyOf, Context } from '../route.ts'

type ByPerson<B extends BodyName> = Context<BodyOf<B>, PersonCaller>

/** Reads the number of a version in the path. Errors: `not_found`. */
export function numberOf({ params }: Pick<Context, 'params'>): number {
  const text = params['number'] ?? ''
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new RemitError('not_found', { detail: 'There is no such policy version.' })
  return Number(text)
}

export async function listPolicyVersions({ house, query }: ByPerson<'none'>): Promise<object> {
  const read = readPage('policy_versions', query, (page) => house.register.policyVersions(ownDomain, page))
  const { rows, next } = await read
  return { versions: rows, next }
}

export async function readPoliciesInForce({ house }: ByPerson<'none'>): Promise<object> {
  return await policies.readInForce(house)
}

export async function readPolicyVersion(context: ByPerson<'none'>): Promise<object> {
  return await policies.showVersion(context.house, context.caller, numberOf(context))
}

export async function validatePolicies({ house, caller, body }: ByPerson<'policyFiles'>): Promise<object> {
  return await house.policies.turns.take(caller.person.id, () => policies.validatePolicies(house, body.files))
}

export async function testPolicies({ house, caller, body }: ByPerson<'policyFiles'>): Promise<object> {
  return await house.policies.turns.take(caller.person.id, () => runTests(house, body.files))
}

export async function coverPolicies({ house, caller }: ByPerson<'none'>): Promise<object> {
  return await findCoverage(house, caller)
}

export async function diffPolicies({ house, caller, body }: ByPerson<'policyDiff'>): Promise<object> {
  return await house.policies.turns.take(caller.person.id, () =>
    policies.diffPolicies(house, caller, body.files, body.against),
  )
}

export async function publishVersion({ house, caller, body }: ByPerson<'publication'>): Promise<object> {
  return await publishPolicies(house, caller, { ...body, bringsBack: null })
}

export async function rollBackVersion(context: ByPerson<'rollback'>): Promise<object> {
  return await rollBackPolicies(context.house, context.caller, numberOf(context), context.body)
}

export async function replayDecisions({ house, caller, body }: ByPerson<'policyReplay'>): Promise<object> {
  return await house.policies.turns.take(caller.person.id, () => replayPolicies(house, caller, body))
}

export async function readShadow({ house, caller, query }: ByPerson<'none'>): Promise<object> {
  return await house.policies.turns.take(caller.person.id, () => readShadowOf(house, caller, shadowIn(query)))
}

/** Reads which version in shadow is asked about, and from which entry on; the query was checked. */
export function shadowIn(query: Context['query']): ShadowOrder {
  const read = (name: string): number | null => (query[name] === undefined ? null : Number(query[name]))
  return { version: read('version'), from: read('from') }
}
