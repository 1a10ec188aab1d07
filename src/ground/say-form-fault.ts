import type { z } from 'zod'

type Fault = z.core.$ZodRawIssue
type Code = NonNullable<Fault['code']>
type Row<C extends Code> = (fault: z.core.$ZodRawIssue<Extract<z.core.$ZodIssue, { code: C }>>) => string

/** What a value has to be, for people: by the name that the schema library has for it. */
const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
}
const FORMATS: Readonly<Record<string, string>> = { url: 'a URL', email: 'a mail address' }
/** What a URL has to be of, by what the schema library notes of one that is not: it asks first whether one looks like http. */
const PROTOCOLS: Readonly<Record<string, string>> = {
  'Invalid URL format': 'must be a URL of http or https',
  'Invalid protocol': 'must be a URL of https',
}
const UNITS: Readonly<Record<string, string>> = { string: ' characters', array: ' members', object: ' members' }

/** What is wrong with a member, behind its name: a row for each fault that a form can have. */
const SENTENCES: Readonly<{ [C in Code]?: Row<C> }> = {
  invalid_type: ({ expected }) => `must be ${KINDS[expected] ?? expected}`,
  invalid_value: ({ values }) => `must be ${values.length === 1 ? '' : 'one of '}${values.map(String).join(', ')}`,
  invalid_format: ({ format, prefix, note }) => {
    const protocol = PROTOCOLS[String(note)]
    if (protocol !== undefined) return protocol
    if (format === 'starts_with') return `must begin with ${String(prefix)}`
    return FORMATS[format] === undefined ? 'is not written as it has to be' : `must be ${FORMATS[format]}`
  },
  too_small: ({ origin, minimum, inclusive }) => {
    if (UNITS[origin] === undefined) return `must be ${inclusive === false ? 'more than' : 'at least'} ${minimum}`
    return minimum === 1 ? 'must not be empty' : `must have at least ${minimum}${UNITS[origin]}`
  },
  too_big: ({ origin, maximum, inclusive }) =>
    UNITS[origin] === undefined
      ? `must be ${inclusive === false ? 'less than' : 'at most'} ${maximum}`
      : `must have at most ${maximum}${UNITS[origin]}`,
  unrecognized_keys: ({ keys }) => `holds ${keys.join(', ')}, which ${keys.length === 1 ? 'is' : 'are'} not known here`,
  invalid_union: ({ options }) =>
    Array.isArray(options)
      ? `must be one of ${options.map(String).join(', ')}`
      : 'has none of the forms that it may have',
  invalid_key: () => 'holds a name that is not written as it has to be',
  not_multiple_of: ({ divisor }) => `must be a multiple of ${divisor}`,
}

/**
 * Says in plain words what is wrong with a member of a form that says nothing of its own, to be read behind the name of the member: a
 * schema is parsed with `{ error: sayFormFault }`.
 */
export function sayFormFault(fault: Fault): string {
  if (fault.input === undefined) return 'is missing'
  const say = SENTENCES[fault.code as Code] as ((fault: Fault) => string) | undefined // the row is the one of its code
  return say?.(fault) ?? 'is not as it has to be'
}
