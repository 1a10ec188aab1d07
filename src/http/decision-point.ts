import { isDomainName } from '../contract/policy.ts'
import { OBLIGATION_TYPES } from '../decide/policy/obligation/known.ts'
import { OWN_OBLIGATION_TYPES } from '../decide/policy/obligation/own.ts'
import { RemitError } from '../ground/errors.ts'
import { ACCESS_CAPABILITY } from './access-request.ts'
import { restBehindOwn } from './input/own-path.ts'
import { type Context, Reply } from './route.ts'

/** AuthZEN 1.0 section 9: where the decision point's addresses are. They stay where they are for as long as it runs. */
export async function decisionPoint({ house }: Context<null, null>): Promise<Reply> {
  const base = `${house.publicUrl}/access/v1`
  return describe(house.publicUrl, base, {
    access_request_endpoint: `${base}/requests`,
    jwks_uri: `${house.publicUrl}/oauth/jwks`,
    capabilities: [ACCESS_CAPABILITY],
    supported_obligations: OWN_OBLIGATION_TYPES,
  })
}

/**
 * The same of a domain, which is a decision point of its own: its identifier has the domain's name as path, and the
 * well-known part stands before that (section 9.2). Whether there is such a domain nobody learns here: all of it follows
 * from the name. The house itself where that is the path of our public URL. Errors: `not_found` for what can name none.
 */
export async function domainDecisionPoint(context: Context<null, null>): Promise<Reply> {
  const name = context.params['domain'] ?? ''
  const isOwn = restBehindOwn(context.house.publicUrl, name) === ''
  return isOwn ? decisionPoint(context) : describeDomain(context, name)
}

/** Both where the public URL has a path, behind which the name of a domain stands. Errors: `not_found` for any other path. */
export async function decisionPointAt(context: Context<null, null>): Promise<Reply> {
  const rest = restBehindOwn(context.house.publicUrl, context.params['*'] ?? '')
  if (rest === undefined) throw new RemitError('not_found')
  return rest === '' ? decisionPoint(context) : describeDomain(context, rest.slice(1))
}

function describeDomain({ house }: Context<null, null>, name: string): Reply {
  if (!isDomainName(name)) throw new RemitError('not_found', { detail: 'This can be the name of no domain.' })
  const more = { supported_obligations: OBLIGATION_TYPES }
  return describe(`${house.publicUrl}/${name}`, `${house.publicUrl}/access/v1/domains/${name}`, more)
}

function describe(identifier: string, base: string, more: object = {}): Reply {
  const metadata = {
    policy_decision_point: identifier,
    access_evaluation_endpoint: `${base}/evaluation`,
    access_evaluations_endpoint: `${base}/evaluations`,
    search_subject_endpoint: `${base}/search/subject`,
    search_resource_endpoint: `${base}/search/resource`,
    search_action_endpoint: `${base}/search/action`,
    ...more,
  }
  const headers = { 'content-type': 'application/json', 'cache-control': 'public, max-age=300' }
  return new Reply(200, headers, JSON.stringify(metadata))
}
