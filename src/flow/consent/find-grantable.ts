import type { AgentCaller } from '../../authenticate/caller.ts'
import { ACTION_CLASSES, type ActionClass } from '../../contract/action-class.ts'
import { clientIssuer } from '../../contract/register/client.ts'
import { TIER_TERMS } from '../../contract/register/tier.ts'
import { metadataAddress } from '../../contract/token/gateway-address.ts'
import { offerConsent } from '../../register/consent-offer.ts'
import type { House } from '../house.ts'

/** What a client asks a person for, so that they can let it do more. */
export interface Grantable {
  /** Classes of action, those that it has among them. */
  readonly scope: readonly ActionClass[]
  /** Where it finds whom to ask (RFC 9728). */
  readonly metadata: string
}

/**
 * Gives what a client has to ask for so that a person can let it use a tool; null where nobody could: what is no client's
 * task, a tool that is in its task already, and one that the person could not let it use.
 */
export async function findGrantable(
  house: House,
  { task, identity }: AgentCaller,
  { server, tool }: { readonly server: string; readonly tool: string },
): Promise<Grantable | null> {
  if (task.onBehalfOf === null || task.takenBy?.issuers.includes(clientIssuer) !== true) return null
  if (task.scope.some(({ action }) => action === `${server}/${tool}`)) return null
  const [purpose, entitlements, rights, rules] = await Promise.all([
    house.register.purpose(task.purpose),
    house.register.entitlementsOf(identity.id),
    house.register.rightsOf(task.onBehalfOf),
    house.register.toolRulesAt(server),
  ])
  if (purpose === undefined) return null
  const [longestSeconds, atMs] = [TIER_TERMS[identity.tier].longestTaskSeconds, house.clock.nowMs()]
  const { tools } = offerConsent({ purpose, entitlements, rights, rules, wanted: [], longestSeconds, atMs })
  if (!tools.some((offered) => offered.tool === tool)) return null
  const named = rules.filter(
    (rule) => rule.tool === tool || task.scope.some(({ action }) => action === `${server}/${rule.tool}`),
  )
  return {
    scope: ACTION_CLASSES.filter((each) => named.some((rule) => rule.actionClass === each)),
    metadata: metadataAddress(house.publicUrl, server),
  }
}
