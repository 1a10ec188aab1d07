import type { PersonCaller } from '../../authenticate/caller.ts'
import { type PathQuestion, showPaths } from '../../flow/path/show-paths.ts'
import { RemitError } from '../../ground/errors.ts'
import type { Context } from '../route.ts'

export async function listPaths({ house, caller, query }: Context<null, PersonCaller>): Promise<object> {
  return await showPaths(house, caller, readQuestion(query))
}

function readQuestion({ from, to, of }: Readonly<Record<string, string>>): PathQuestion {
  if (of !== undefined && from === undefined && to === undefined) return { of }
  if (of === undefined && from !== undefined && to !== undefined) return { from, to }
  throw new RemitError('request_invalid', { detail: 'Say either `from` and `to`, or `of`.' })
}
