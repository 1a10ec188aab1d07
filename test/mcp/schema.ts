import { existsSync, readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'

/** Where the schemas of the specification lie, in places that have the public test data beside the repository. */
const PUBLISHED = new URL('../../../shared/vectors/mcp/', import.meta.url)

const text = { type: 'string' }
const object = { type: 'object' }
const listed = { type: 'object', required: ['name', 'inputSchema'], properties: { name: text, inputSchema: object } }
const error = (code: object): object => ({
  type: 'object',
  required: ['jsonrpc', 'error'],
  properties: {
    jsonrpc: { const: '2.0' },
    id: { type: ['string', 'integer'] },
    error: { type: 'object', required: ['code', 'message'], properties: { code, message: text } },
  },
})
const offers = { capabilities: object, serverInfo: { type: 'object', required: ['name', 'version'] } }

/** What the specification asks of our answers, in our own words: held everywhere, beside the published schemas. */
const RESTATED: Readonly<Record<string, object>> = {
  JSONRPCErrorResponse: error({ type: 'integer' }),
  UnsupportedProtocolVersionError: error({ const: -32022 }),
  DiscoverResult: {
    type: 'object',
    required: ['supportedVersions', 'capabilities'],
    properties: { supportedVersions: { type: 'array', items: text, minItems: 1 }, capabilities: object },
  },
  InitializeResult: {
    type: 'object',
    required: ['protocolVersion', 'capabilities', 'serverInfo'],
    properties: { protocolVersion: text, ...offers },
  },
  ListToolsResult: { type: 'object', required: ['tools'], properties: { tools: { type: 'array', items: listed } } },
  CallToolResult: {
    type: 'object',
    required: ['content'],
    properties: {
      content: { type: 'array', items: { type: 'object', required: ['type'], properties: { type: text } } },
      isError: { type: 'boolean' },
    },
  },
  EmptyResult: { type: 'object' },
}

const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false })
for (const version of ['2026-07-28', '2025-11-25']) {
  ajv.addSchema({ $defs: RESTATED }, `restated-${version}`)
  const file = new URL(`schema-${version}.json`, PUBLISHED)
  if (existsSync(file)) ajv.addSchema(JSON.parse(readFileSync(file, 'utf8')), version)
}

/** Gives what is wrong with an answer by our own words and, where they lie beside the repository, by the published schemas. */
export function validate(version: string, definition: string, value: unknown): unknown[] {
  const sets = ajv.getSchema(version) === undefined ? [`restated-${version}`] : [`restated-${version}`, version]
  return sets.flatMap((set) => {
    const check = ajv.getSchema(`${set}#/$defs/${definition}`)
    if (check === undefined) throw new Error(`${set} has no ${definition}`)
    return check(value) === true ? [] : (check.errors ?? [])
  })
}
