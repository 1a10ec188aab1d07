import type { AgentCaller } from '../../authenticate/caller.ts'
import type { House } from '../house.ts'

/** True where the token of an agent is for the house itself, and not for one server, which may hand it to others. */
export function speaksForHouse({ publicUrl }: Pick<House, 'publicUrl'>, { credential }: AgentCaller): boolean {
  return credential.audience === publicUrl
}
