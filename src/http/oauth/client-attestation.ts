import type { WorkloadCaller } from '../../authenticate/caller.ts'
import type { House } from '../../flow/house.ts'
import { RemitError } from '../../ground/errors.ts'
import { ALGORITHM_NAMES } from '../../ground/jws-names.ts'
import { admitAttestation, readAttestation, readProof } from '../entrance/admit.ts'
import { type Context, Reply } from '../route.ts'
import type { Form } from './form.ts'

/** True where a client shows what its attester says of it, and such words are taken here. */
export const isAttested = ({ house, headers }: Pick<Context, 'house' | 'headers'>): boolean =>
  readAttestation(house, headers) !== null

/**
 * Authenticates a client by what its attester says of it (draft-ietf-oauth-attestation-based-client-auth-10). Errors:
 * `attestation_invalid`, `use_fresh_attestation`, `use_attestation_challenge`.
 */
export async function admitClientAttestation(context: Context<Form, null>): Promise<WorkloadCaller> {
  const shown = readAttestation(context.house, context.headers)
  if (shown === null) throw new RemitError('authentication_missing')
  const caller = await admitAttestation(context, shown, await readProof(context, undefined))
  context.admitted(caller) // what proved it was shown, whatever is wrong beside it
  const { client_id: clientId = caller.identity.id } = context.body
  if (![caller.binding.subject, caller.identity.id].includes(clientId))
    throw new RemitError('attestation_invalid', { detail: 'client_id is not whom the attestation is of.' })
  return caller
}

/** Gives a challenge for the next proof of possession; nothing is kept of it. */
export async function makeChallenge({ house }: Context<null, null>): Promise<Reply> {
  if (!house.speaks('client-attestation'))
    throw new RemitError('not_found', { detail: 'Client attestations are switched off here.' })
  return new Reply(
    200,
    { 'content-type': 'application/json', 'cache-control': 'no-store' },
    JSON.stringify({ attestation_challenge: house.challenges.make() }),
  )
}

/** What metadata says of attestations; nothing where they are not taken. */
export function describeAttestations({ publicUrl, speaks }: Pick<House, 'publicUrl' | 'speaks'>): {
  readonly methods: readonly string[]
  readonly members: object
} {
  if (!speaks('client-attestation')) return { methods: [], members: {} }
  return {
    methods: ['attest_jwt_client_auth', 'attest_jwt_client_auth_dpop'],
    members: {
      challenge_endpoint: `${publicUrl}/oauth/challenge`,
      client_attestation_signing_alg_values_supported: ALGORITHM_NAMES,
      client_attestation_pop_signing_alg_values_supported: ALGORITHM_NAMES,
    },
  }
}
