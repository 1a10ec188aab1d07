import { PRESETS } from '../../contract/register/presets.ts'

export async function listPresets(): Promise<object> {
  return {
    presets: PRESETS.map(({ name, issuer, issuerLike, subjectLike, trust, pins, proposes }) => ({
      name,
      issuer,
      issuerLike,
      subjectLike,
      trust,
      pins: pins.map(({ oneOf, else: lets }) => ({ oneOf, lets })),
      proposes,
    })),
  }
}
