import type { Credential } from '../../contract/credential.ts'
import { isCutOff } from '../../contract/cutoff.ts'
import { longestCredentialSeconds } from '../../contract/register/tier.ts'
import { serverOfAudience } from '../../contract/token/gateway-address.ts'
import { RemitError } from '../../ground/errors.ts'
import { idFloor } from '../../ground/ids.ts'
import { LIMITS } from '../../ground/limits.ts'
import { Recent } from '../../ground/recent.ts'
import { signStatusList, statusListSize } from '../../issue/status-list.ts'
import type { IssueStore } from '../../issue/store.ts'
import { allRows } from '../all-rows.ts'
import type { House } from '../house.ts'
import type { StatusLists, TokenKeys } from './keyring.ts'

/** What the lists are made of. `placeOf` gives an intent its place. */
interface StatusListParts {
  readonly house: Pick<House, 'log' | 'clock' | 'publicUrl'>
  readonly store: IssueStore
  readonly keys: Pick<TokenKeys, 'current' | 'publicKeyOf'>
  readonly placeOf: (intent: number) => { readonly list: number; readonly index: number }
}

/** Which tokens counted no more at a moment, and which key signed then. */
interface Ended {
  readonly atMs: number
  readonly keyId: string
  readonly places: Promise<Places>
}

interface Signed {
  readonly of: Ended
  readonly text: Promise<string>
}

/** Makes the desk of the lists. However many ask, the rows are read once in `LIMITS.statusListMs`, and each list signed once. */
export function createStatusLists(parts: StatusListParts): StatusLists {
  const { house, placeOf } = parts
  const signed = new Recent<Signed>(LIMITS.statusListsMax)
  const uriOf = (list: number): string => `${house.publicUrl}/oauth/status/${list}`
  let ended: Ended | undefined
  /** With a key that leaked ends what it signed: its lists, and what they say of its tokens. */
  const isOurs = (keyId: string): boolean => parts.keys.publicKeyOf(keyId) !== undefined
  const findEnded = (atMs: number): Ended => {
    if (ended !== undefined && !isOld(ended.atMs, atMs) && isOurs(ended.keyId)) return ended
    const read: Ended = { atMs, keyId: parts.keys.current().id, places: readEnded(parts, atMs) }
    ended = read
    void read.places.catch(() => (ended = ended === read ? undefined : ended)) // whoever asks next reads them anew
    return read
  }
  const sign = async (list: number, { atMs, places }: Ended): Promise<string> => {
    const told = { issuer: house.publicUrl, uri: uriOf(list), atMs }
    const set = (await places).get(list) ?? []
    return signStatusList(parts.keys.current(), told, set) // by the key of now, whichever it was before the rows were read
  }
  return {
    referenceOf: (intent) => {
      const { list, index } = placeOf(intent)
      return { idx: index, uri: uriOf(list) }
    },
    read: async (list) => {
      if (list * statusListSize >= house.log.head().size)
        throw new RemitError('not_found', { detail: 'There is no such list.' })
      const nowMs = house.clock.nowMs()
      const found = findEnded(nowMs)
      const known = signed.get(String(list))
      if (known?.of === found) return known.text
      const text = sign(list, found)
      signed.set(String(list), { of: found, text })
      return text
    },
  }
}

const REVOKED = ['revoked'] as const

/** The places that are set, of each list that has any. */
type Places = ReadonlyMap<number, readonly number[]>

/** A clock that went back makes everything old. */
function isOld(fromMs: number, nowMs: number): boolean {
  return Math.abs(nowMs - fromMs) >= LIMITS.statusListMs
}

/** Reads which tokens that are not over yet count no more. */
async function readEnded(parts: StatusListParts, atMs: number): Promise<Places> {
  const { store, placeOf } = parts
  const beganMs = atMs - longestCredentialSeconds * 1000
  const hasEnded = await findEnds(parts, beganMs)
  // one after the other: a token that is taken back meanwhile is found twice, and never missed
  const states = hasEnded === null ? REVOKED : (['issued', ...REVOKED] as const)
  const after = idFloor('credential', beganMs)
  const places = new Map<number, number[]>()
  for (const state of states)
    for await (const row of allRows((page) => store.credentials(state, { after, ...page }))) {
      if (row.signed === undefined || row.expiresMs <= atMs) continue
      if (row.state === 'issued' && hasEnded?.(row) !== true) continue
      const { list, index } = placeOf(row.signed.intent)
      const known = places.get(list)
      if (known === undefined) places.set(list, [index])
      else known.push(index)
    }
  return places
}

/**
 * What ends tokens whose own rows say nothing of it: a key that is not ours any more, a server that was cut off. Null where
 * nothing did lately.
 */
async function findEnds(
  { store, keys }: StatusListParts,
  fromMs: number,
): Promise<((row: Credential) => boolean) | null> {
  const cutoffs = (await store.upstreamCutoffs()).filter(({ atMs }) => fromMs <= atMs)
  if (cutoffs.length === 0 && (await store.keysRetiredSince(fromMs)) === 0) return null
  return ({ audience, issuedMs, signed }) =>
    keys.publicKeyOf(signed?.keyId ?? '') === undefined ||
    isCutOff(
      cutoffs.filter(({ targetId }) => targetId === serverOfAudience(audience)),
      issuedMs,
    )
}
