import type { z } from 'zod'
import { RemitError } from '../../../ground/errors.ts'
import { sayFormFault } from '../../../ground/say-form-fault.ts'
import { parseJsonBody } from '../../input/json-body.ts'
import { DETAILS, DETAILS_TYPES, type DetailsOf, type DetailsType } from './types.ts'

/**
 * Reads the one authorization detail of a request (RFC 9396 section 2), which has to be of this type, with no member that is
 * not known. Error: `details_invalid` (section 5).
 */
export function readDetails<T extends DetailsType>(json: string, type: T): DetailsOf<T> {
  const list = parseDetails(json)
  const [detail, ...more] = Array.isArray(list) ? (list as unknown[]) : []
  if (detail === undefined || more.length > 0) return refuse('must be a list of exactly one object')
  const said = typeOf(detail)
  if (said !== type)
    return refuse(
      DETAILS_TYPES.some((known) => known === said)
        ? `of the type ${said} are for another request: here it is ${type}`
        : `must be of a type that is known here: ${DETAILS_TYPES.join(' or ')}`,
    )
  const read = DETAILS[type].shape.safeParse(detail, { error: sayFormFault })
  return read.success ? (read.data as DetailsOf<T>) : refuse(sayFault(type, read.error)) // the shape is that of the type
}

function typeOf(detail: unknown): string {
  const isTyped = typeof detail === 'object' && detail !== null && 'type' in detail && typeof detail.type === 'string'
  return isTyped ? (detail.type as string) : ''
}

function sayFault(type: DetailsType, { issues: [issue] }: z.ZodError): string {
  const place = issue?.path.map(String).join('.') ?? ''
  return `of the type ${type} are not as they have to be${place === '' ? '' : `, in ${place}`}: ${issue?.message ?? 'they are no object'}`
}

/** Bounds that are said twice mean one thing to who asks and another one here: they are refused. */
function parseDetails(json: string): unknown {
  try {
    return parseJsonBody(json)
  } catch (cause) {
    const { detail } = cause instanceof RemitError ? cause : new RemitError('body_malformed')
    throw new RemitError('details_invalid', { detail: `authorization_details: ${detail}`, cause })
  }
}

function refuse(why: string): never {
  throw new RemitError('details_invalid', { detail: `authorization_details ${why}.` })
}
