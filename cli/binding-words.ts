import { quote } from '../sdk/quote.ts'
import { sayKey } from './key-words.ts'
import { writeRules } from './rule-words.ts'
import { writeTime } from './terminal.ts'

type Members = Readonly<Record<string, unknown>>

const KINDS: Readonly<Record<string, (issuer: string, subject: string) => string>> = {
  oidc: (issuer, subject) => `a token of the OIDC issuer ${issuer} for ${subject}`,
  spiffe: (issuer, subject) => `the SPIFFE ID ${subject} of the trust domain ${issuer}`,
  key: (_, subject) => `a registered key by the name ${subject}`,
  certificate: (issuer, subject) =>
    issuer === 'self'
      ? `the certificate with the SHA-256 ${subject}`
      : `a certificate of the authority ${issuer} for ${subject}`,
  client: (_, subject) => `the OAuth client ${subject}`,
  attestation: (issuer, subject) =>
    issuer === 'self'
      ? `what the attester with this key says of the client ${subject}`
      : `what the attester ${issuer} says of the client ${subject}`,
  secret: (_, subject) => `a STATIC SECRET of the client ${subject}, which whoever reads it can use`,
}

/** Says what an identity proves itself by; null where it has another form than is known. */
export function sayBinding({
  kind,
  issuer,
  subject,
  subjectPattern,
  claims,
  keys,
  keyThumbprints,
  client,
  wide,
  secretEndsMs,
  ...others
}: Members): string | null {
  const isKnown = typeof kind === 'string' && Object.hasOwn(KINDS, kind) && isEmpty(others)
  const [pairs, members] = [writeRules(claims), Array.isArray(keys) ? keys.map(sayKey) : null]
  const [named, pins, lets] = [subjectPattern ?? subject, keyThumbprints ?? [], wide ?? []]
  if (!isKnown || typeof issuer !== 'string' || typeof named !== 'string' || pairs === null || members === null)
    return null
  if (members.includes(null) || !Array.isArray(pins) || !Array.isArray(lets)) return null
  const answers =
    kind === 'client' && client === undefined ? ['answers go where its own document says'] : sayClient(client)
  if (answers === null) return null
  const by =
    KINDS[kind]?.(quote.unlessWord(issuer), `${quote.unlessWord(named)}${named === subject ? '' : ', by pattern'}`) ??
    ''
  const only = pairs === '' ? '' : `, only with ${pairs}`
  return [
    `${by}${only}`,
    ...(typeof secretEndsMs === 'number' ? [`until ${writeTime(secretEndsMs)}`] : []),
    ...answers,
    ...members.map((each) => `public key ${each}`),
    ...pins.map((pin) => `only with the key ${quote.unlessWord(String(pin))}`),
    ...lets.map((each) => `WIDE: ${String(each)}`),
  ].join('; ')
}

/** Where answers may go is what people say yes to. */
function sayClient(json: unknown): readonly string[] | null {
  if (json === undefined) return []
  const { redirectUris, server, confidential, ...others } = (json ?? {}) as Members
  if (!isEmpty(others) || !areTexts(redirectUris)) return null
  if (server !== null && typeof server !== 'string') return null
  const at = server === null ? [] : [`for the server ${quote.unlessWord(server)} where it names none`]
  if (confidential !== undefined && confidential !== true) return null
  const own = confidential === true ? ['proves itself by another binding of the identity'] : []
  return [`answers go to ${redirectUris.map(quote.unlessWord).join(', ')}`, ...at, ...own]
}

function areTexts(json: unknown): json is readonly string[] {
  return Array.isArray(json) && json.every((each) => typeof each === 'string')
}

function isEmpty(others: object): boolean {
  return Object.keys(others).length === 0
}
