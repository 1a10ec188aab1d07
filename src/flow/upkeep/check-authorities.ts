import type { Authenticate } from '../../authenticate/authenticate.ts'
import type { AuthorityStatus } from '../../authenticate/x509/client-authority.ts'
import { type Clock, toRfc3339 } from '../../ground/clock.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'

/**
 * Says how long the authorities of clients go on as they are. Error: `certificate_invalid` where one of their certificates is
 * over or soon will be, or their lists of revoked certificates are: then nobody counts by them any more.
 */
export async function checkAuthorities({
  authenticate,
  clock,
}: {
  readonly authenticate: Pick<Authenticate, 'checkAuthorities'>
  readonly clock: Pick<Clock, 'nowMs'>
}): Promise<string> {
  const authorities = authenticate.checkAuthorities()
  if (authorities.length === 0) return 'No authority of clients is configured.'
  const nowMs = clock.nowMs()
  const found = authorities.flatMap((each) => findTrouble(each, nowMs))
  if (found.length > 0) throw new RemitError('certificate_invalid', { detail: found.join(' ') })
  const until = toRfc3339(
    Math.min(...authorities.flatMap(({ endsMs, revoked }) => [endsMs, revoked?.endsMs ?? endsMs])),
  )
  return `The certificates and lists of every client authority count until ${until} at least.`
}

function findTrouble({ name, endsMs, revoked, problem }: AuthorityStatus, nowMs: number): readonly string[] {
  const found: string[] = []
  if (endsMs - nowMs < LIMITS.authorityEndsSoonMs)
    found.push(
      `A certificate of the client authority ${name} ${sayEnd(endsMs, nowMs)}; put the next one beside it in its caFile, and start the server again.`,
    )
  // what is made anew each day is late after hours, what is made each month after days
  if (revoked !== null && revoked.endsMs - nowMs < revoked.spanMs / 4)
    found.push(
      revoked.endsMs === 0
        ? `No list of revoked certificates is there of a certificate of the client authority ${name}: nobody counts by it; put one into its crlFile.`
        : `A list of revoked certificates of the client authority ${name} ${sayEnd(revoked.endsMs, nowMs)}; put a new one into its crlFile, which is read each minute.`,
    )
  if (problem !== null)
    found.push(`The crlFile of the client authority ${name} is not taken: ${problem.replace(/\.?$/, '.')}`)
  return found
}

const sayEnd = (endsMs: number, nowMs: number): string =>
  endsMs <= nowMs ? `ended ${toRfc3339(endsMs)}: nobody counts by it any more` : `ends ${toRfc3339(endsMs)}`
