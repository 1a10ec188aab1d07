import type { PersonCaller } from '../../authenticate/caller.ts'
import { POLICY_READERS } from '../../contract/policy.ts'
import * as check from '../../flow/domain/check-domain.ts'
import { coverDomain as cover } from '../../flow/domain/cover-domain.ts'
import { publishDomain, rollBackDomain } from '../../flow/domain/publish-domain.ts'
import { showDomainVersion } from '../../flow/domain/show-version.ts'
import { refuseUnknown } from '../../flow/policy/standing.ts'
import { readDomainShadow as readObserved, replayDomain as replay } from '../../flow/replay/replay-domain.ts'
import { requireRole } from '../../register/require-role.ts'
import { readPage } from '../input/page.ts'
import type { BodyName, BodyOf, Context } from '../route.ts'
import { numberOf, shadowIn } from './policies.ts'

type ByPerson<B extends BodyName> = Context<BodyOf<B>, PersonCaller>

const nameIn = ({ params }: Pick<Context, 'params'>): string => params['domain'] ?? ''

export async function listDomains({ house, caller, query }: ByPerson<'none'>): Promise<object> {
  requireRole(caller.person, POLICY_READERS)
  const { rows, next } = await readPage('policy_domains', query, (page) => house.register.policyDomains(page))
  return { domains: rows, next }
}

export async function listDomainVersions(context: ByPerson<'none'>): Promise<object> {
  const { house, caller, query } = context
  requireRole(caller.person, POLICY_READERS)
  const read = readPage('policy_versions', query, (page) => house.register.policyVersions(nameIn(context), page))
  const { rows, next } = await read
  if (rows.length === 0 && query['after'] === undefined)
    throw refuseUnknown(nameIn(context), 'There is no domain of this name.')
  return { versions: rows, next }
}

export async function readDomainVersion(context: ByPerson<'none'>): Promise<object> {
  return await showDomainVersion(context.house, context.caller, nameIn(context), numberOf(context))
}

export async function validateDomain(context: ByPerson<'domainFiles'>): Promise<object> {
  return await context.house.policies.turns.take(context.caller.person.id, () =>
    check.validateDomain(context.house, { ...context.body, domain: nameIn(context) }),
  )
}

export async function testDomain(context: ByPerson<'domainFiles'>): Promise<object> {
  return await context.house.policies.turns.take(context.caller.person.id, () =>
    check.testDomain(context.house, { ...context.body, domain: nameIn(context) }),
  )
}

export async function diffDomain(context: ByPerson<'domainDiff'>): Promise<object> {
  return await context.house.policies.turns.take(context.caller.person.id, () =>
    check.diffDomain(context.house, context.caller, { ...context.body, domain: nameIn(context) }),
  )
}

export async function coverDomain({ house, caller, params }: ByPerson<'none'>): Promise<object> {
  return await cover(house, caller, nameIn({ params }))
}

export async function publishDomainVersion(context: ByPerson<'domainPublication'>): Promise<object> {
  const { house, caller, body } = context
  return await publishDomain(house, caller, { ...body, domain: nameIn(context), bringsBack: null })
}

export async function rollBackDomainVersion(context: ByPerson<'rollback'>): Promise<object> {
  const { house, caller, body } = context
  return await rollBackDomain(house, caller, { ...body, domain: nameIn(context), number: numberOf(context) })
}

export async function replayDomain(context: ByPerson<'domainReplay'>): Promise<object> {
  return await context.house.policies.turns.take(context.caller.person.id, () =>
    replay(context.house, context.caller, nameIn(context), context.body),
  )
}

export async function readDomainShadow(context: ByPerson<'none'>): Promise<object> {
  const { house, caller, query } = context
  return await context.house.policies.turns.take(context.caller.person.id, () =>
    readObserved(house, caller, nameIn(context), shadowIn(query)),
  )
}
