import { z } from 'zod'
import { ANSWERS, problem } from './answers.ts'
import { BODIES } from './bodies.ts'
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
          description: 'A session secret (rms_…), or the cookie remit_session.',
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

function describe(route: Route, path: string): object {
  const parameters = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
  const content =
    route.answer === 'text'
      ? { 'text/plain': { schema: { type: 'string' } } }
      : { 'application/json': { schema: { $ref: `#/components/schemas/Answer.${route.answer}` } } }
  return {
    operationId: route.name,
    summary: route.sentence,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(WHO_KINDS[route.who].length === 0 ? {} : { security: WHO_KINDS[route.who].map((kind) => ({ [kind]: [] })) }),
    ...describeBody(route.body),
    responses: {
      [route.status]: { description: route.sentence, content },
      default: {
        description: 'A refusal or an error.',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  }
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
