import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'

/** What is read of an OpenAPI document here. */
export interface Description {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}
export interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly parameters?: readonly { readonly name: string; readonly in: string }[]
  readonly responses: Readonly<Record<string, { readonly content: Readonly<Record<string, object>> }>>
}

/** Holds answers to the document that describes them. */
export interface AnswerCheck {
  /** Gives what is wrong with an answer, or null; an address that is not described is not checked. */
  findFault(method: string, path: string, answer: Answered): string | null
}
export interface Answered {
  readonly status: number
  readonly contentType: string
  readonly text: string
}

/** Compiles the schemas of a document as they are asked for. */
export function createAnswerCheck(description: Description): AnswerCheck {
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  formats.default(ajv)
  ajv.addSchema(description, 'api')
  const compiled = new Map<string, ValidateFunction>()
  const templateOf = createTemplateFinder(description)
  const schemaAt = (pointer: string): ValidateFunction => {
    const known = compiled.get(pointer) ?? ajv.compile({ $ref: `api#${pointer}` })
    compiled.set(pointer, known)
    return known
  }
  return {
    findFault: (method, path, answer) => {
      const template = templateOf(path)
      const operation = template === undefined ? undefined : description.paths[template]?.[method.toLowerCase()]
      if (template === undefined || operation === undefined) return null
      const status = String(answer.status) in operation.responses ? String(answer.status) : 'default'
      const mediaType = answer.contentType.split(';', 1)[0]?.trim() ?? ''
      const content = operation.responses[status]?.content ?? {}
      if (status === 'default' && answer.status < 400) return `${answer.status} is not described`
      if (!(mediaType in content)) return `${mediaType} is not described, but ${Object.keys(content).join()}`
      const pointer = ['paths', template, method.toLowerCase(), 'responses', status, 'content', mediaType, 'schema']
      const check = schemaAt(pointer.map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''))
      const body: unknown = mediaType.endsWith('json') ? JSON.parse(answer.text) : answer.text
      return check(body) ? null : ajv.errorsText(check.errors)
    },
  }
}

/** Gives, of each address, the path of the document that it falls under; the most literal one where several do. */
export function createTemplateFinder(description: Description): (path: string) => string | undefined {
  const rows = Object.keys(description.paths).map((template) => ({ template, isMeant: matcherOf(template) }))
  return (path) =>
    rows
      .filter(({ isMeant }) => isMeant.test(path))
      .map(({ template }) => template)
      .filter((template) => template.includes('{rest}') || template.split('/').length === path.split('/').length)
      .sort((a, b) => a.split('{').length - b.split('{').length)[0]
}

function matcherOf(template: string): RegExp {
  const pattern = template
    .replace(/[.]/g, '\\.')
    .replace(/\{\w+\}$/, '.+')
    .replace(/\{\w+\}/g, '[^/]+')
  return new RegExp(`^${pattern}$`)
}
