import { type DerNode, expectTag, readDer, readOid, TAGS } from '../../ground/der/read.ts'

/** The attributes that RFC 4514 section 3 gives a short name. */
const SHORT_NAMES: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.6': 'C',
  '2.5.4.9': 'STREET',
  '0.9.2342.19200300.100.1.25': 'DC',
  '0.9.2342.19200300.100.1.1': 'UID',
}

/** UTF8String, PrintableString and IA5String: what certificates of our time write names in. */
const TEXT_TAGS: readonly number[] = [0x0c, 0x13, 0x16]

/** One part of a name: its attribute, and its value where that is a text. */
interface NamePart {
  readonly attribute: string
  readonly value: DerNode | undefined
  readonly text: string | undefined
}

/**
 * Reads a name (RFC 5280 section 4.1.2.4): its steps from the outermost in, each of one part or several. Errors:
 * `certificate_invalid`.
 */
function readName(der: Uint8Array): readonly (readonly NamePart[])[] {
  const steps = expectTag(readDer(der), TAGS.sequence).children()
  return steps.map((step) => expectTag(step, 0x31).children().map(readPart))
}

function readPart(node: DerNode): NamePart {
  const [type, value] = expectTag(node, TAGS.sequence).children()
  const isText = value !== undefined && TEXT_TAGS.includes(value.tag)
  return { attribute: readOid(type), value, text: isText ? Buffer.from(value.bytes).toString('utf8') : undefined }
}

/** Gives the common name of a name that is nothing but that; undefined for any other. Errors: `certificate_invalid`. */
export function readCommonName(der: Uint8Array): string | undefined {
  const [first, ...more] = readName(der).flat()
  return more.length === 0 && first?.attribute === '2.5.4.3' ? first.text : undefined
}

/**
 * Writes a name as RFC 4514 has it, the innermost step first: `CN=agent,O=Example,C=DE`. There is one way to write each name,
 * so that two are the same where their texts are. Errors: `certificate_invalid`.
 */
export function writeDistinguishedName(der: Uint8Array): string {
  return readName(der)
    .map((step) => step.map(writePart).join('+'))
    .reverse()
    .join(',')
}

function writePart({ attribute, value, text }: NamePart): string {
  const short = Object.hasOwn(SHORT_NAMES, attribute) ? SHORT_NAMES[attribute] : undefined
  return short === undefined || text === undefined
    ? `${short ?? attribute}=#${Buffer.from(value?.whole ?? []).toString('hex')}`
    : `${short}=${escapeText(text)}`
}

/** RFC 4514 section 2.4; what cannot be seen is written by its bytes, so that no two names look alike. */
function escapeText(text: string): string {
  return text
    .replace(/["+,;<>\\]|^[# ]| $/g, (sign) => `\\${sign}`)
    .replace(/\p{C}/gu, (sign) => [...Buffer.from(sign, 'utf8')].map((byte) => `\\${hex(byte)}`).join(''))
}

const hex = (byte: number): string => byte.toString(16).toUpperCase().padStart(2, '0')
