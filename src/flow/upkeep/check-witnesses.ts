import { toRfc3339 } from '../../ground/clock.ts'
import { RemitError } from '../../ground/errors.ts'
import type { WitnessStanding } from '../../record/witnessing/witnesses.ts'
import type { House } from '../house.ts'

/** Each that has not signed when it was asked last is told of, and one that has seen another log before all others. */
export async function checkWitnesses({ witnesses }: Pick<House, 'witnesses'>): Promise<string> {
  const standing = witnesses.standing()
  const behind = standing.flatMap(({ name, unsigned }) => (unsigned === null ? [] : [{ name, ...unsigned }]))
  const other = behind.find(({ isOther }) => isOther)
  if (other !== undefined) throw new RemitError('log_broken', { detail: `The witness ${other.name}: ${other.fault}` })
  if (behind.length > 0)
    throw new RemitError('log_unavailable', {
      detail: `Not witnessed: ${behind.map(({ name, fault }) => `${name}: ${fault}`).join(' ')}`,
    })
  return standing.length === 0
    ? 'Nobody elsewhere witnesses the log (log.witnesses).'
    : `Witnessed by ${standing.map(say).join(', ')}.`
}

function say({ name, signed }: WitnessStanding): string {
  return signed === null ? `${name} (not asked yet)` : `${name} (${signed.size} entries, ${toRfc3339(signed.atMs)})`
}
