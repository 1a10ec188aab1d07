import { randomBytes, randomUUID } from 'node:crypto'

/** The kinds of id, by prefix: a reader of the log sees what an id names. */
export const ID_PREFIXES = {
  identity: 'idn',
  binding: 'bnd',
  person: 'psn',
  entitlement: 'ent',
  login: 'lgn',
  right: 'rgt',
  grant: 'dlg',
  approval: 'apr',
  task: 'tsk',
  credential: 'crd',
  transaction: 'txn',
  key: 'key',
  request: 'req',
  pack: 'pck',
} as const
export type IdKind = keyof typeof ID_PREFIXES

/** The only way to randomness. A test may pass its own. */
export interface Ids {
  /** A new id: prefix, 48 bits of time in base 32 so that ids sort by age, 80 random bits. */
  next(kind: IdKind): string
  /** `bytes` random bytes, base64url. */
  secret(bytes: number): string
  uuid(): string
}

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
const LETTERS = ALPHABET.split('')
/** Two letters at once: ids are made for each request. */
const PAIRS: readonly string[] = LETTERS.flatMap((first) => LETTERS.map((second) => first + second))

/** Makes ids from the system's randomness and the given time. */
export function createIds(nowMs: () => number): Ids {
  const { draw, drawLetters } = createDraw()
  let [timeMs, time] = [Number.NaN, ''] // many ids are of the same moment
  return {
    next: (kind) => {
      const atMs = nowMs()
      if (atMs !== timeMs) [timeMs, time] = [atMs, encodeTime(atMs)]
      return `${ID_PREFIXES[kind]}_${time}${drawLetters()}`
    },
    secret: (bytes) => draw(bytes).toString('base64url'),
    uuid: () => randomUUID(),
  }
}

/** Gives the text behind which every id of a kind sorts that is made at this moment or later. */
export function idFloor(kind: IdKind, atMs: number): string {
  return `${ID_PREFIXES[kind]}_${encodeTime(Math.max(0, atMs))}`
}

/** Gives the id that is always the same for this moment and this hex digest: who makes it twice makes one thing. */
export function idFrom(kind: IdKind, atMs: number, digest: string): string {
  return `${idFloor(kind, atMs)}${digest.slice(0, 16)}`
}

const reserveBytes = 4096

/** Takes randomness from the system in large pieces, as each asking costs; what was given out is wiped here. */
function createDraw(): { readonly draw: (bytes: number) => Buffer; readonly drawLetters: () => string } {
  let [reserve, at] = [Buffer.alloc(0), 0]
  const take = (bytes: number): number => {
    if (at + bytes > reserve.length) [reserve, at] = [randomBytes(reserveBytes), 0]
    at += bytes
    return at - bytes
  }
  return {
    draw: (bytes) => {
      if (bytes > reserveBytes) return randomBytes(bytes)
      const from = take(bytes)
      const drawn = Buffer.from(reserve.subarray(from, at))
      reserve.fill(0, from, at)
      return drawn
    },
    drawLetters: () => {
      const from = take(16)
      let text = ''
      for (let place = from; place < at; place += 2) {
        text += PAIRS[((reserve[place] ?? 0) % 32) * 32 + ((reserve[place + 1] ?? 0) % 32)] ?? ''
        reserve[place] = reserve[place + 1] = 0
      }
      return text
    },
  }
}

function encodeTime(atMs: number): string {
  let text = ''
  for (let rest = atMs, at = 0; at < 10; at++, rest = Math.floor(rest / 32)) text = ALPHABET.charAt(rest % 32) + text
  return text
}
