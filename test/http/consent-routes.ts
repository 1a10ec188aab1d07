import { openBrowser, readForm } from '../consent/browser.ts'
import { castConsent, makeRequest } from '../consent/cast.ts'
import type { House } from '../house.ts'
import { makeSummariser, prepare } from '../scenarios/cast.ts'

/** A good request of a door by which people let clients act for them: who asks, where, and with what. */
interface Good {
  readonly who?: 'ada' | 'sam'
  readonly path?: string
  readonly body?: object
  readonly form?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
}

interface Cast {
  readonly house: House
}

/** A person's no to the question of a client. */
async function answeredQuestion({ house }: Cast): Promise<Good> {
  const { clientId, zoe } = await castConsent(house)
  const { page } = await openBrowser(house, zoe).visit(makeRequest(house, clientId).url)
  return {
    headers: { origin: house.url, cookie: `remit_session=${zoe.session}` },
    form: { ...readForm(page), decision: 'deny' },
  }
}

/** Some of these doors are those of drafts, which are off where nothing is said. */
export const DRAFTED = { drafts: { 'client-attestation': true } } as const

/** One good request for each of these doors. */
export const CONSENT_ROUTES: Readonly<Record<string, (cast: Cast) => Promise<Good>>> = {
  'POST /api/v1/me/links': async () => ({ who: 'sam' }),
  'GET /api/v1/clients': async () => ({ who: 'sam', path: '/api/v1/clients?limit=5' }),
  'POST /api/v1/clients': async ({ house }) => ({
    who: 'ada',
    body: {
      identity: await prepare(house, makeSummariser(house, 'new-app')),
      redirectUris: ['https://app.example/back'],
    },
  }),
  'POST /api/v1/identities/:id/secrets': async ({ house: { people } }) => {
    const { catalogue, identities } = people.ada.client
    await catalogue.definePurpose({ code: 'play', title: 'To try', classes: ['read'], ceiling: 'public' })
    const terms = { kind: 'agent', runtime: 'own', purpose: 'play', autonomy: 'bounded', reach: 'sandbox' } as const
    const who = { name: 'sandboxed', owner: people.ada.id, sponsor: people.grace.id }
    const { identity } = await identities.draft({ ...terms, ...who })
    return { who: 'ada', path: `/api/v1/identities/${identity.id}/secrets`, body: { days: 30 } }
  },
  'POST /oauth/challenge': async () => ({ path: '/oauth/challenge' }),
  'GET /.well-known/oauth-authorization-server/*': async () => ({ path: '/.well-known/oauth-authorization-server/' }),
  'GET /.well-known/authzen-configuration/*': async () => ({ path: '/.well-known/authzen-configuration/' }),
  'GET /.well-known/openid-configuration': async () => ({}),
  'GET /.well-known/openid-configuration/*': async () => ({ path: '/.well-known/openid-configuration/' }),
  'GET /.well-known/oauth-protected-resource/*': async () => ({ path: '/.well-known/oauth-protected-resource/' }),
  'GET /oauth/authorize': async () => ({ path: '/oauth/authorize?client_id=app' }),
  'POST /oauth/authorize': answeredQuestion,
  'POST /oauth/sign-in': async ({ house }) => ({
    headers: { origin: house.url },
    form: {
      to: 'authorize',
      link: (await house.people.ada.client.people.link(house.people.sam.id)).link,
      query: 'client_id=app',
    },
  }),
  'GET /discovered': async () => ({}),
  'POST /discovered': async ({ house }) => {
    const { ada, grace } = house.people
    await makeSummariser(house, 'stranger-too')
      .agent.openTask(makeSummariser(house).task)
      .catch(() => undefined)
    const { identities } = await ada.client.identities.list({ state: 'discovered' })
    const said = { sponsor: grace.id, purpose: 'summarise', kind: 'agent', autonomy: 'bounded', reach: 'team' }
    return {
      headers: { origin: house.url, cookie: `remit_session=${ada.session}` },
      form: { identity: identities.at(-1)?.id ?? '', ...said },
    }
  },
}
