const BLOCK = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/g

/** Gives certificates that stand in a text as PEM as DER, one after the other. */
export function readPemChain(pem: string): Uint8Array {
  return Buffer.concat([...pem.matchAll(BLOCK)].map(([, text = '']) => Buffer.from(text, 'base64')))
}
