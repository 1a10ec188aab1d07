import type { WorkloadCaller } from '../../../authenticate/caller.ts'
import type { ActionClass } from '../../../contract/action-class.ts'
import type { Composition } from '../../../contract/register/composition.ts'
import { RemitError } from '../../../ground/errors.ts'
import type { IssuedToken } from '../../../issue/access-token.ts'
import type { House } from '../../house.ts'
import { makeCredential } from '../exchange-token.ts'
import type { Target } from './target.ts'

/** What a workload asks for elsewhere, inside one of its tasks. */
export interface AcrossRequest {
  readonly taskId: string
  readonly composition?: Composition | undefined
  /** The issuer of the other domain. */
  readonly audience: string | undefined
  /** Where it is left out, the one resource of that domain. */
  readonly resource: string | undefined
  /** Where it is left out, every scope that is known of it. */
  readonly scope: string | undefined
}

/**
 * Makes an ID-JAG for another domain: for one configured resource of it, and for those of the scopes asked for that the task,
 * its chain, the entitlements and the person's rights all let be done there. Errors: `target_invalid` for a pair that is not
 * configured, `scope_exceeded`, and those of a denial.
 */
export async function issueGrant(
  house: House,
  caller: WorkloadCaller,
  request: AcrossRequest,
): Promise<IssuedToken & { readonly entry: number; readonly scope: string }> {
  const target = house.targets.find(({ issuer }) => issuer === request.audience)
  if (target === undefined)
    throw new RemitError('target_invalid', {
      detail: 'audience must be the issuer of one of the targets that are configured.',
      facts: { target: request.audience },
    })
  const across = chooseAcross(target, request)
  const { taskId, composition } = request
  const asked = { taskId, audience: target.issuer, across, ...(composition === undefined ? {} : { composition }) }
  const { keys, issueGrant: issue } = house.tokens
  const issued = await makeCredential(house, caller, asked, {
    keys,
    issue: (intent, by) => issue(intent, by, target.clientId),
    isOutward: true,
  })
  return { ...issued, scope: issued.credential.across?.scopes.join(' ') ?? '' }
}

function chooseAcross(
  target: Target,
  { resource = target.resources.length === 1 ? target.resources[0] : undefined, scope }: AcrossRequest,
): { readonly resource: string; readonly scopes: Readonly<Record<string, ActionClass>> } {
  if (resource === undefined || !target.resources.includes(resource))
    throw new RemitError('target_invalid', {
      detail: `resource must be one that is configured of that issuer: ${target.resources.join(' or ')}.`,
      facts: { target: resource ?? target.issuer },
    })
  const asked = scope?.split(' ')
  const scopes = Object.entries(target.scopes).filter(([name]) => asked?.includes(name) !== false)
  if (scopes.length === 0)
    throw new RemitError('scope_exceeded', {
      detail: `None of these scopes is configured of that issuer; it has ${Object.keys(target.scopes).join(', ')}.`,
    })
  return { resource, scopes: Object.fromEntries(scopes) }
}
