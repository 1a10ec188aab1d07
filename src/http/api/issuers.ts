import type { PersonCaller } from '../../authenticate/caller.ts'
import { PRESETS } from '../../contract/register/presets.ts'
import { showIssuers } from '../../flow/upkeep/show-issuers.ts'
import type { BodyOf, Context } from '../route.ts'

export async function listIssuers({ house, caller }: Context<BodyOf<'none'>, PersonCaller>): Promise<object> {
  return showIssuers(house, caller)
}

export async function listPresets(): Promise<object> {
  return {
    presets: PRESETS.map(({ name, issuer, issuerLike, subjectLike, trust, pins, proposes }) => ({
      name,
      issuer,
      issuerLike,
      subjectLike,
      trust,
      pins: pins.map(({ oneOf, to, else: lets }) => ({ oneOf, ...(to === undefined ? {} : { to }), lets })),
      proposes,
    })),
  }
}
