import { describe, expect, it } from 'vitest'
import { QUERIES } from '../../src/http/input/queries.ts'
import { openApiDocument } from '../../src/http/openapi.ts'
import { ROUTES } from '../../src/http/routes.ts'
import { createAnswerCheck, createTemplateFinder, type Description } from './description.ts'

const url = 'https://remit.example'
const description = JSON.parse(JSON.stringify(openApiDocument(url))) as Description
const operations = Object.entries(description.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
)

/** Every reference of a document, wherever it stands. */
function refsOf(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, member]) => (name === '$ref' ? [String(member)] : refsOf(member)))
}

describe('the description of the doors (OpenAPI 3.1)', () => {
  it('has the form that the specification asks for', () => {
    expect(description).toMatchObject({
      openapi: '3.1.0',
      info: { title: 'Remit', version: expect.any(String) },
      servers: [{ url }],
    })
    for (const path of Object.keys(description.paths)) expect(path).toMatch(/^\/[^?#:*]*$/)
    for (const name of Object.keys(description.components['schemas'] ?? {})) expect(name).toMatch(/^[a-zA-Z0-9._-]+$/)
  })

  it('describes every row of the table, and nothing else', () => {
    expect(operations.length).toBe(ROUTES.length)
    expect(operations.map(({ operation }) => operation.operationId).sort()).toEqual(
      ROUTES.map((row) => row.name).sort(),
    )
  })

  it('gives every operation a name of its own', () => {
    expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(operations.length)
  })

  it.each(operations)(
    '$method $path names each parameter of its path, and describes good and bad answers',
    ({ path, operation }) => {
      const named = (operation.parameters ?? []).filter((row) => row.in === 'path').map((row) => row.name)
      expect(named).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))
      expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['default']))
      for (const answer of Object.values(operation.responses))
        expect([1, 2]).toContain(Object.keys(answer.content).length) // some come in a signed form too
    },
  )

  it('has no reference that leads nowhere', () => {
    const schemas = Object.keys(description.components['schemas'] ?? {})
    for (const ref of new Set(refsOf(description)))
      expect(schemas.map((name) => `#/components/schemas/${name}`)).toContain(ref)
  })

  it('has schemas that compile', () => {
    const check = createAnswerCheck(description)
    for (const { path, method, operation } of operations) {
      for (const [status, { content }] of Object.entries(operation.responses)) {
        const answer = { status: Number(status) || 400, contentType: Object.keys(content)[0] ?? '', text: 'null' }
        expect(() => check.findFault(method, path.replace(/\{\w+\}/g, 'x'), answer)).not.toThrow()
      }
    }
  })

  it('describes each status that a sentence tells of', () => {
    const told = operations.flatMap(({ path, operation: { summary, responses } }) =>
      [...summary.matchAll(/\b[23]\d\d\b/g)].map(([status]) => ({
        path,
        status,
        is: Object.hasOwn(responses, status),
      })),
    )
    expect(told.map(({ path }) => path)).toContain('/api/v1/people/{id}/leave')
    expect(told.filter(({ is }) => !is)).toEqual([])
  })

  it('names a query only of routes that there are', () => {
    const names = ROUTES.map((row) => row.name)
    for (const name of Object.keys(QUERIES)) expect(names).toContain(name)
  })

  it('says of every answer that is JSON what stands in it', () => {
    const free = ROUTES.filter((row) => row.answer === 'anything').map((row) => row.path)
    expect(free).toEqual([])
  })

  it.each([
    ['an answer with a member too many', 200, '{"person":{},"more":1}'],
    ['an answer without a member', 200, '{}'],
    ['a status that is not described', 204, ''],
  ])('would notice %s', (_, status, text) => {
    const answer = { status, contentType: 'application/json', text }
    expect(createAnswerCheck(description).findFault('GET', '/api/v1/me', answer)).toEqual(expect.any(String))
  })

  it.each([
    ['/oauth/introspect', 'POST', '{"active":false,"sub":"idn_1"}'],
    ['/oauth/introspect', 'POST', '{"active":true}'],
    ['/oauth/token', 'POST', '{"access_token":"a.b.c","token_type":"bearer","expires_in":60}'],
    ['/oauth/jwks', 'GET', '{"keys":[{"kty":"EC","crv":"P-256","x":"a","y":"b","d":"c","kid":"k","alg":"ES256"}]}'],
    ['/healthz', 'GET', '{"ok":false}'],
  ])('would notice what %s may not answer', (path, method, text) => {
    const contentType = path === '/oauth/jwks' ? 'application/jwk-set+json' : 'application/json'
    const answer = { status: 200, contentType, text }
    expect(createAnswerCheck(description).findFault(method, path, answer)).toMatch(/^data/)
  })

  it('finds the most literal path for an address', () => {
    const templateOf = createTemplateFinder(description)
    expect(templateOf('/api/v1/sessions/current')).toBe('/api/v1/sessions/current')
    expect(templateOf('/log/tile/0/x001/002')).toBe('/log/tile/{rest}')
    expect(templateOf('/api/v1/identities/a/b/c/d')).toBeUndefined()
  })
})
