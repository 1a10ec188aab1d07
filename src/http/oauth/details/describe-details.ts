import { z } from 'zod'
import { RemitError } from '../../../ground/errors.ts'
import type { Context } from '../../route.ts'
import { DETAILS, DETAILS_TYPES } from './types.ts'

/** What each type of authorization details may say, as JSON Schema (OAuth RAR Metadata): written from what checks them. */
export async function describeDetails({ house }: Context<null, null>): Promise<object> {
  if (!house.speaks('rar-metadata')) throw new RemitError('not_found', { detail: 'It is switched off here.' })
  const rows = DETAILS_TYPES.map((type) => {
    const { shape, description, example } = DETAILS[type]
    const schema = z.toJSONSchema(shape, { target: 'draft-2020-12', io: 'input', unrepresentable: 'any' })
    return [type, { version: '1', description, schema, examples: [example] }] as const
  })
  return { authorization_details_types_metadata: Object.fromEntries(rows) }
}
