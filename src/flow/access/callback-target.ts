import type { AccessCallback } from '../../contract/approval/access-request.ts'
import { RemitError } from '../../ground/errors.ts'
import type { House } from '../house.ts'

/**
 * Nobody is sent where the people who run this house have not said that they may be (AuthZEN access-request profile,
 * "Callback Completion"). `name` is that of the identity that asks, null for a person. Error: `request_invalid`.
 */
export function requireTarget(
  { callbacks }: Pick<House, 'callbacks'>,
  name: string | null,
  { endpoint }: AccessCallback,
): void {
  const target = callbacks.find((each) => each.endpoint === endpoint)
  const mayName = (names: readonly string[]): boolean => names.length === 0 || (name !== null && names.includes(name))
  if (target === undefined || !mayName(target.identities))
    throw new RemitError('request_invalid', { detail: 'That callback endpoint is not registered for you.' })
}
