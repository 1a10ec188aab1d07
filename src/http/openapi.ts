import { z } from 'zod'
import { INTROSPECTION_TYPE } from '../issue/signed-introspection.ts'
import { ANSWERS, oauthError, problem } from './answers/answers.ts'
import type { ErrorForm } from './entrance/problem.ts'
import { BODIES } from './input/bodies.ts'
import { QUERIES } from './input/queries.ts'
import { type BodyName, type Route, WHO_KINDS } from './route.ts'
import { ROUTES } from './routes.ts'

const toSchema = (shape: z.ZodType, io: 'input' | 'output'): object => {
  const { $schema: _, ...schema } = z.toJSONSchema(shape, { target: 'draft-2020-12', io, unrepresentable: 'any' })
  return schema
}

/** Gives the OpenAPI 3.1 document, written from the table of routes and the shapes that check every request. */
export function openApiDocument(publicUrl: string): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const route of ROUTES) {
    const path = route.path.replace(/:(\w+)/g, '{$1}').replace('*', '{rest}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: describe(route, path) }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Remit', version: '0.1.0', license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: publicUrl }],
    paths,
    components: {
      schemas: {
        Problem: toSchema(problem, 'output'),
        OAuthError: toSchema(oauthError, 'output'),
        ...Object.fromEntries(
          Object.entries(BODIES).map(([name, shape]) => [`Body.${name}`, toSchema(shape, 'input')]),
        ),
        ...Object.fromEntries(
          Object.entries(ANSWERS).map(([name, shape]) => [`Answer.${name}`, toSchema(shape, 'output')]),
        ),
      },
      securitySchemes: {
        person: {
          type: 'http',
          scheme: 'bearer',
          description: 'A session secret (rms_…), or the cookie remit_session (over TLS __Host-remit_session).',
        },
        workload: {
          type: 'http',
          scheme: 'bearer',
          description: 'A fresh assertion: OIDC JWT, SPIFFE JWT-SVID, or JWT of a registered key.',
        },
        agent: {
          type: 'http',
          scheme: 'bearer',
          description: 'An access token; scheme DPoP where it is bound to a key.',
        },
      },
    },
  }
}

/** The media types of answers that are not JSON. */
const MEDIA: Readonly<Partial<Record<Route['answer'], string>>> = {
  text: 'text/plain',
  page: 'text/html',
  tile: 'application/octet-stream',
  pack: 'application/x-remit-pack',
  keys: 'application/jwk-set+json',
  statusList: 'application/statuslist+jwt',
}

/** Answers that come as another media type too, where it is asked for. */
const OTHER_MEDIA: Readonly<Partial<Record<Route['answer'], string>>> = {
  introspection: `application/${INTROSPECTION_TYPE}`,
}

const ref = (name: string): object => ({ schema: { $ref: `#/components/schemas/${name}` } })

const REFUSALS: Readonly<Record<ErrorForm, object>> = {
  problem: { 'application/problem+json': ref('Problem') },
  oauth: { 'application/json': ref('OAuthError') },
  plain: { 'application/json': { schema: { type: 'string' } } },
  page: { 'text/html': { schema: { type: 'string' } } },
}

/** Routes that answer well with more than one status. */
const ALSO: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  openTask: { 202: 'The task waits for a person.' },
  openTaskFor: { 202: 'The task waits for another person.' },
  removePerson: { 202: 'That they left is recorded, and the state of more that they owned follows.' },
  authorize: { 303: 'The answer goes to the client (RFC 6749 section 4.1.2).' },
  consent: { 200: 'The question again, as what it asks has moved.' },
}

function describe(route: Route, path: string): object {
  const also = OTHER_MEDIA[route.answer]
  const content = {
    [MEDIA[route.answer] ?? 'application/json']: ref(`Answer.${route.answer}`),
    ...(also === undefined ? {} : { [also]: { schema: { type: 'string' } } }),
  }
  const parameters = [...describePath(path), ...describeQuery(route.name)]
  const answers = { [route.status]: route.sentence, ...ALSO[route.name] }
  const good: Record<string, object> = {}
  for (const [status, description] of Object.entries(answers)) good[status] = { description, content }
  return {
    operationId: route.name,
    summary: route.sentence,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(WHO_KINDS[route.who].length === 0 ? {} : { security: WHO_KINDS[route.who].map((kind) => ({ [kind]: [] })) }),
    ...describeBody(route.body),
    responses: {
      ...good,
      default: { description: 'A refusal or an error.', content: REFUSALS[route.form] },
    },
  }
}

function describePath(path: string): readonly object[] {
  const names = [...path.matchAll(/\{(\w+)\}/g)]
  return names.map(([, name]) => ({ name, in: 'path', required: true, schema: { type: 'string' } }))
}

function describeQuery(routeName: string): readonly object[] {
  const shape: Readonly<Record<string, z.ZodType>> = QUERIES[routeName]?.shape ?? {}
  return Object.entries(shape).map(([name, member]) => ({
    name,
    in: 'query',
    required: !member.safeParse(undefined).success,
    schema: toSchema(member, 'input'),
  }))
}

function describeBody(body: BodyName): object {
  if (body === 'none') return {}
  if (body === 'raw') return { requestBody: { required: true, content: { 'application/json': {} } } }
  if (body === 'form')
    return {
      requestBody: {
        required: true,
        content: {
          'application/x-www-form-urlencoded': { schema: { type: 'object', additionalProperties: { type: 'string' } } },
        },
      },
    }
  return {
    requestBody: {
      required: true,
      content: { 'application/json': { schema: { $ref: `#/components/schemas/Body.${body}` } } },
    },
  }
}
