import type { House } from '../house.ts'
import type { Actor } from '../scenarios/cast.ts'
import { RIGHT } from './good-bodies.ts'

interface Good {
  readonly who: 'ada' | 'sam'
  readonly path?: string
  readonly body?: object
}

interface Cast {
  readonly house: House
  readonly actor: Actor
  readonly id: string
  readonly draft: string
}

const reason = { reason: 'It is time' }

/** What one identity may hand to another. */
const DELEGATION = {
  scope: [{ action: 'docs/*', resource: 'docs:*' }],
  classes: ['read'],
  ceiling: 'internal',
  depthMax: 1,
  reason: 'They work together',
  days: 7,
} as const

/** One good request for each door of who may act for whom. */
export const DELEGATION_ROUTES: Readonly<Record<string, (cast: Cast) => Promise<Good>>> = {
  'GET /api/v1/access/paths': async ({ id }) => ({ who: 'ada', path: `/api/v1/access/paths?from=${id}&to=docs:x` }),
  'GET /api/v1/me/acting': async () => ({ who: 'sam' }),
  'POST /api/v1/me/acting/:id/end': async ({ house: { people }, id, actor }) => {
    await people.ada.client.people.grantRight(people.sam.id, RIGHT)
    const { task } = await people.sam.client.identities.openTask(id, actor.task)
    return { who: 'sam', path: `/api/v1/me/acting/${task.id}/end`, body: reason }
  },
  'GET /api/v1/me/delegates': async () => ({ who: 'sam' }),
  'POST /api/v1/me/delegates': async ({ id }) => ({ who: 'sam', body: { to: id, ...DELEGATION } }),
  'POST /api/v1/me/delegates/:id/end': async ({ house: { people }, id }) => {
    const { grant } = await people.sam.client.acting.let({ to: id, ...DELEGATION })
    return { who: 'sam', path: `/api/v1/me/delegates/${grant.id}/end`, body: reason }
  },
  'GET /api/v1/identities/:id/delegates': async () => ({
    who: 'sam',
    path: '/api/v1/identities/docs-summariser/delegates',
  }),
  'POST /api/v1/identities/:id/delegates': async ({ id, draft }) => ({
    who: 'ada',
    path: `/api/v1/identities/${id}/delegates`,
    body: { to: draft, ...DELEGATION },
  }),
  'POST /api/v1/identities/:id/delegates/:part/end': async ({ house, id, draft }) => {
    const { grant } = await house.people.ada.client.delegations.ask(id, { to: draft, ...DELEGATION })
    return { who: 'ada', path: `/api/v1/identities/${id}/delegates/${grant.id}/end`, body: reason }
  },
}
