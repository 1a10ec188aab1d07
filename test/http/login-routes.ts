import type { House } from '../house.ts'

interface Good {
  readonly who: 'ada' | 'lin'
  readonly path: string
  readonly body?: object
}

/** The row of an identity provider of people, which nothing here asks for its keys. */
export const IDP = trustPeopleOf('https://idp.example')

/** The row by which an issuer serves people. */
export function trustPeopleOf(issuer: string) {
  return { issuer, serves: 'people', algorithms: ['ES256'], allowInsecureHttp: true }
}

const pathOf = ({ people }: House): string => `/api/v1/people/${people.sam.id}/logins`

/** One good request for each door of people's logins. */
export const LOGIN_ROUTES: Readonly<Record<string, (cast: { readonly house: House }) => Promise<Good>>> = {
  'GET /api/v1/people/:id/logins': async ({ house }) => ({ who: 'lin', path: pathOf(house) }),
  'POST /api/v1/people/:id/logins': async ({ house }) => ({
    who: 'ada',
    path: pathOf(house),
    body: { issuer: IDP.issuer, subject: 'sam' },
  }),
  'POST /api/v1/people/:id/logins/:part/end': async ({ house }) => {
    const { ada, sam } = house.people
    const { login } = await ada.client.logins.add(sam.id, { issuer: IDP.issuer, subject: 'sam of before' })
    return { who: 'ada', path: `${pathOf(house)}/${login.id}/end`, body: { reason: 'They moved' } }
  },
}
