import { makeCertificateKey } from '../../sdk/certificate-request.ts'
import type { House } from '../house.ts'
import { type Actor, openTask } from '../scenarios/cast.ts'

/** What of the configuration opens the doors for others. */
export const OUTWARD = { spiffe: { trustDomain: 'remit.example' }, federation: { audiences: ['sts.example'] } }

/** A good request for each door of our own trust domain. */
export const GOOD_SPIFFE = {
  'POST /api/v1/tasks/:id/svid': async ({ house, actor }: { readonly house: House; readonly actor: Actor }) => ({
    authorization: `Bearer ${await actor.assertion()}`,
    path: `/api/v1/tasks/${await openTask(house, actor)}/svid`,
    body: { request: (await makeCertificateKey()).request },
  }),
  'GET /spiffe/.well-known/openid-configuration': async () => ({}),
  'GET /spiffe/keys': async () => ({}),
  'GET /federation/.well-known/openid-configuration': async () => ({}),
  'GET /federation/keys': async () => ({}),
  'GET /spiffe/bundle': async () => ({}),
  'GET /spiffe/bundles': async () => ({}),
}
