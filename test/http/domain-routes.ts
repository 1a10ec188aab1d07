import { CERTIFICATION, filesOf, publishDomain } from '../authzen/certification.ts'
import type { House } from '../house.ts'

/** A question that every address of a domain takes. */
const IN_DOMAIN = {
  who: 'lin',
  body: {
    subject: { type: 'user', id: 'alice' },
    action: { name: 'read' },
    resource: { type: 'record', id: 'record-1' },
  },
} as const

const DOMAIN = '/access/v1/domains/records'
const DOMAIN_TESTED = {
  name: 'records.test.json',
  text: JSON.stringify({
    cases: [
      {
        name: 'alice reads',
        subject: { type: 'user', id: 'alice' },
        action: { name: 'read' },
        resource: { type: 'record', id: 'record-1' },
        expect: 'permit',
      },
    ],
  }),
}

/** A good request: who asks, where, and with what. */
interface Good {
  readonly who?: 'lin' | 'sam'
  readonly path?: string
  readonly body?: object
}

/** A good request for each address of domains. */
export const DOMAIN_ROUTES: Readonly<Record<string, (cast: { readonly house: House }) => Promise<Good>>> = {
  'GET /.well-known/authzen-configuration/:domain': async ({ house }) => {
    await publishDomain(house, 'records', CERTIFICATION)
    return { path: '/.well-known/authzen-configuration/records' }
  },
  'POST /access/v1/domains/:domain/evaluation': async () => ({ ...IN_DOMAIN, path: `${DOMAIN}/evaluation` }),
  'POST /access/v1/domains/:domain/evaluations': async () => ({ ...IN_DOMAIN, path: `${DOMAIN}/evaluations` }),
  'POST /access/v1/domains/:domain/search/subject': async () => ({ ...IN_DOMAIN, path: `${DOMAIN}/search/subject` }),
  'POST /access/v1/domains/:domain/search/resource': async () => ({ ...IN_DOMAIN, path: `${DOMAIN}/search/resource` }),
  'POST /access/v1/domains/:domain/search/action': async () => ({ ...IN_DOMAIN, path: `${DOMAIN}/search/action` }),
  'GET /api/v1/domains': async () => ({ who: 'lin' }),
  'GET /api/v1/domains/:domain/versions': async ({ house }) => {
    await publishDomain(house, 'listed', CERTIFICATION)
    return { who: 'lin', path: '/api/v1/domains/listed/versions' }
  },
  'GET /api/v1/domains/:domain/versions/:number': async ({ house }) => {
    await publishDomain(house, 'shown', CERTIFICATION)
    return { who: 'lin', path: '/api/v1/domains/shown/versions/1' }
  },
  'POST /api/v1/domains/:domain/versions/:number/rollback': async () => ({
    who: 'lin',
    path: '/api/v1/domains/shown/versions/1/rollback',
    body: { reason: 'To see', shadow: true },
  }),
  'GET /api/v1/domains/:domain/coverage': async () => ({ who: 'lin', path: '/api/v1/domains/shown/coverage' }),
  'GET /api/v1/domains/:domain/shadow': async () => ({ who: 'lin', path: '/api/v1/domains/shown/shadow' }),
  'POST /api/v1/domains/:domain/replay': async () => ({
    who: 'lin',
    path: '/api/v1/domains/shown/replay',
    body: { files: filesOf(CERTIFICATION), sinceMs: 0 },
  }),
  'POST /api/v1/domains/:domain/diff': async () => ({
    who: 'lin',
    path: '/api/v1/domains/shown/diff',
    body: { files: filesOf(CERTIFICATION) },
  }),
  'POST /api/v1/domains/:domain/validate': async () => ({
    who: 'sam',
    path: '/api/v1/domains/shown/validate',
    body: { files: filesOf(CERTIFICATION) },
  }),
  'POST /api/v1/domains/:domain/test': async () => ({
    who: 'sam',
    path: '/api/v1/domains/shown/test',
    body: { files: [...filesOf(CERTIFICATION), DOMAIN_TESTED] },
  }),
  'POST /api/v1/domains/:domain/versions': async () => ({
    who: 'lin',
    path: '/api/v1/domains/other/versions',
    body: { files: filesOf(CERTIFICATION), reason: 'For the application' },
  }),
}
