import { quote } from '../sdk/quote.ts'
import { writeRules } from './rule-words.ts'
import { writeTime } from './terminal.ts'

/** Facts that are ids by themselves: these are shown by name, and no text that only holds one. */
export const ID_FACTS: readonly string[] = ['identityId', 'owner', 'sponsor', 'onBehalfOf']

/** Facts that many a question has none of: then they are left out. */
const ABSENT_FACTS: readonly string[] = ['onBehalfOf', 'ticket', 'vendor']

type Members = Readonly<Record<string, unknown>>

/** Says one item of a list as a sentence; null where it has another form than is known, and is shown as it is. */
type SayItem = (item: Members) => string | null

const SENTENCES: Readonly<Record<string, SayItem>> = { bindings: sayBinding, entitlements: sayEntitlement }

/**
 * Writes a fact for the person who decides on it, in as many rows as it has items: a moment as a time, an id by name, one
 * plain word as it is, what an identity proves itself by and may ask for as sentences, and all else that others wrote as its
 * JSON, so that it is seen just as it is and ends where it ends.
 */
export function writeFact(
  name: string,
  value: unknown,
  nameOf: (id: string) => string,
): readonly (readonly [name: string, text: string])[] {
  if (value === null && ABSENT_FACTS.includes(name)) return []
  if (typeof value === 'number' && name.endsWith('Ms')) return [[name.slice(0, -2), writeTime(value)]]
  if (typeof value === 'string' && ID_FACTS.includes(name)) return [[name, nameOf(value)]]
  if (typeof value === 'string') return [[name, quote.unlessWord(value)]]
  if (Array.isArray(value) && value.every((each) => typeof each === 'string'))
    return [[name, value.map(quote.unlessWord).join('; ')]]
  const say = Object.hasOwn(SENTENCES, name) ? SENTENCES[name] : undefined
  if (say !== undefined && Array.isArray(value) && value.length > 0)
    return value.map((item: unknown, at) => [at === 0 ? name : '', sayItem(say, item) ?? writeJson(name, item)])
  return [[name, writeJson(name, value)]]
}

function sayItem(say: SayItem, item: unknown): string | null {
  return typeof item === 'object' && item !== null && !Array.isArray(item) ? say(item as Members) : null
}

function writeJson(name: string, value: unknown): string {
  // what a tool is called with is nobody's moment, whatever it is called
  const isOurs = name !== 'arguments'
  const json = JSON.stringify(value, (key, each: unknown) =>
    isOurs && key.endsWith('Ms') && typeof each === 'number' ? writeTime(each) : each,
  )
  return quote.json(json)
}

const KINDS: Readonly<Record<string, (issuer: string, subject: string) => string>> = {
  oidc: (issuer, subject) => `a token of the OIDC issuer ${issuer} for ${subject}`,
  spiffe: (issuer, subject) => `the SPIFFE ID ${subject} of the trust domain ${issuer}`,
  key: (_, subject) => `a registered key by the name ${subject}`,
}

function sayBinding({
  kind,
  issuer,
  subject,
  subjectPattern,
  claims,
  keys,
  keyThumbprints,
  wide,
  ...others
}: Members): string | null {
  const isKnown = typeof kind === 'string' && Object.hasOwn(KINDS, kind) && isEmpty(others)
  const [pairs, members] = [writeRules(claims), Array.isArray(keys) ? keys.map(pairsOf) : null]
  const [named, pins, lets] = [subjectPattern ?? subject, keyThumbprints ?? [], wide ?? []]
  if (!isKnown || typeof issuer !== 'string' || typeof named !== 'string' || pairs === null || members === null)
    return null
  if (members.includes(null) || !Array.isArray(pins) || !Array.isArray(lets)) return null
  const by =
    KINDS[kind]?.(quote.unlessWord(issuer), `${quote.unlessWord(named)}${named === subject ? '' : ', by pattern'}`) ??
    ''
  const only = pairs === '' ? '' : `, only with ${pairs}`
  return [
    `${by}${only}`,
    ...members.map((each) => `public key ${each}`),
    ...pins.map((pin) => `only with the key ${quote.unlessWord(String(pin))}`),
    ...lets.map((each) => `WIDE: ${String(each)}`),
  ].join('; ')
}

function sayEntitlement(item: Members): string | null {
  const { scope, classes, ceiling, approval, approvers, counts, reason, endsMs, ...others } = item
  const [grants, counted] = [grantsOf(scope), counts === undefined ? '' : grantsOf(counts)]
  const kinds = Array.isArray(classes) && classes.every((each) => typeof each === 'string') ? classes.join(', ') : null
  if (!isEmpty(others) || grants === null || counted === null || kinds === null) return null
  if (typeof ceiling !== 'string' || typeof reason !== 'string' || typeof endsMs !== 'number') return null
  if (typeof approvers !== 'number' || (approval !== 'none' && approval !== 'each-call')) return null
  const people = approvers === 1 ? 'a person approves' : `${approvers} people approve`
  return [
    `${grants} to ${kinds}, data up to ${ceiling}`,
    approval === 'none' ? 'no call is asked about' : `${people} each call`,
    ...(counted === '' ? [] : [`counts ${counted}`]),
    `until ${writeTime(endsMs)}`,
    `because ${quote.text(reason)}`,
  ].join('; ')
}

function isEmpty(others: object): boolean {
  return Object.keys(others).length === 0
}

/** Writes plain members, such as those of a public key; null for anything else. */
function pairsOf(json: unknown): string | null {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return null
  const pairs = Object.entries(json)
  if (!pairs.every(([, value]) => typeof value === 'string')) return null
  return pairs.map(([name, value]) => `${quote.unlessWord(name)}=${quote.unlessWord(String(value))}`).join(' ')
}

function grantsOf(json: unknown): string | null {
  if (!Array.isArray(json)) return null
  const grants = json.map((each: unknown) => {
    const { action, resource, ...others } = (each ?? {}) as Members
    return typeof action === 'string' && typeof resource === 'string' && isEmpty(others)
      ? quote.unlessWord(`${action}@${resource}`)
      : null
  })
  return grants.includes(null) ? null : grants.join(', ')
}
