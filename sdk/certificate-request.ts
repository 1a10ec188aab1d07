/** A key pair for certificates, and its request for one. */
export interface CertificateKey {
  /** The private half (PKCS #8, DER). */
  readonly privateKey: Uint8Array
  /** A certification request of the key (PKCS #10, RFC 2986), as PEM. It says nothing but that its maker holds the key. */
  readonly request: string
}

const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

/** Makes a new P-256 key, and its request. */
export async function makeCertificateKey(): Promise<CertificateKey> {
  const pair = await crypto.subtle.generateKey(P256, true, ['sign', 'verify'])
  const spki = new Uint8Array(await crypto.subtle.exportKey('spki', pair.publicKey))
  // version 0, no name, the key, no attributes
  const body = encode(0x30, [Uint8Array.of(2, 1, 0), Uint8Array.of(0x30, 0), spki, Uint8Array.of(0xa0, 0)])
  const signature = new Uint8Array(await crypto.subtle.sign(P256, pair.privateKey, body))
  const der = encode(0x30, [body, ECDSA_WITH_SHA256, encode(3, [Uint8Array.of(0), encodeSignature(signature)])])
  return {
    privateKey: new Uint8Array(await crypto.subtle.exportKey('pkcs8', pair.privateKey)),
    request: `-----BEGIN CERTIFICATE REQUEST-----\n${wrapBase64(der)}-----END CERTIFICATE REQUEST-----\n`,
  }
}

/** 1.2.840.10045.4.3.2, as an algorithm without parameters. */
const ECDSA_WITH_SHA256 = Uint8Array.of(0x30, 0x0a, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2)

/** Both halves side by side become two whole numbers (RFC 3279 section 2.2.3). */
function encodeSignature(halves: Uint8Array): Uint8Array {
  const number = (bytes: Uint8Array): Uint8Array => {
    const start = bytes.findIndex((byte) => byte !== 0)
    const short = bytes.subarray(start < 0 ? bytes.length - 1 : start)
    return encode(2, (short[0] ?? 0) > 0x7f ? [Uint8Array.of(0), short] : [short])
  }
  return encode(0x30, [number(halves.subarray(0, 32)), number(halves.subarray(32))])
}

/** One value of DER (X.690), of less than 64 KiB. */
function encode(tag: number, parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  const bytes = new Uint8Array(1 + size.length + length)
  bytes.set([tag, ...size])
  let at = 1 + size.length
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

function wrapBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')).replace(/.{1,64}/g, '$&\n')
}
