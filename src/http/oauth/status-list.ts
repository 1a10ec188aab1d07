import { RemitError } from '../../ground/errors.ts'
import { statusSeconds } from '../../issue/status-list.ts'
import { type Context, Reply } from '../route.ts'

/** A Status List Token (draft-ietf-oauth-status-list-21 section 8). What was before (section 8.4) is not kept. */
export async function readStatusList({ house, params, query }: Context<null, null>): Promise<Reply> {
  const number = params['list'] ?? ''
  if (house.statusLists === null || !/^(0|[1-9]\d{0,9})$/.test(number))
    throw new RemitError('not_found', { detail: 'There is no such list.' })
  if (query['time'] !== undefined) throw new RemitError('history_unsupported')
  return new Reply(
    200,
    { 'content-type': 'application/statuslist+jwt', 'cache-control': `public, max-age=${statusSeconds}` },
    await house.statusLists.read(Number(number)),
  )
}
