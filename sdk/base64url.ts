/** Writes bytes in base64url without padding (RFC 4648 section 5). */
export function encodeBase64url(bytes: Uint8Array): string {
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

/** Writes a text, as UTF-8, in base64url without padding. */
export function encodeText(text: string): string {
  return encodeBase64url(new TextEncoder().encode(text))
}
