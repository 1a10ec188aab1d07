import { createPublicKey, type JsonWebKeyInput, type KeyObject, sign, verify } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { makeKeyPair } from '../../src/ground/key-pair.ts'

// The baseline: what two verifications and one signature cost behind the HTTP server of Node, with nothing decided and
// nothing kept. Both proofs carry their key, which is made ready once.
type Jwk = JsonWebKeyInput['key']

const own = makeKeyPair('ES256')
const encoding = { dsaEncoding: 'ieee-p1363' } as const
const keys = new Map<string, KeyObject>()

function keyOf(jwk: Jwk): KeyObject {
  const known = keys.get(jwk.x ?? '')
  if (known !== undefined) return known
  const key = createPublicKey({ key: jwk, format: 'jwk' })
  keys.set(jwk.x ?? '', key)
  return key
}

function isSigned(jwt: string): boolean {
  const [header = '', claims = '', signature = ''] = jwt.split('.')
  const { jwk } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { readonly jwk: Jwk }
  const input = Buffer.from(`${header}.${claims}`)
  return verify('sha256', input, { key: keyOf(jwk), ...encoding }, Buffer.from(signature, 'base64url'))
}

function issue(subject: string): string {
  const seconds = Math.floor(Date.now() / 1000)
  const claims = { iss: 'bare', sub: subject, aud: 'bare', iat: seconds, exp: seconds + 300 }
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')
  const input = `${encode({ alg: 'ES256', typ: 'at+jwt' })}.${encode(claims)}`
  const signature = sign('sha256', Buffer.from(input), { key: own.privateKey, ...encoding })
  return `${input}.${signature.toString('base64url')}`
}

const server = createServer((request, response) => {
  let text = ''
  request.setEncoding('utf8')
  request.on('data', (part: string) => (text += part))
  request.on('end', () => {
    const assertion = new URLSearchParams(text).get('subject_token') ?? ''
    const isProven = isSigned(assertion) && isSigned(String(request.headers['dpop']))
    const answer = isProven
      ? { access_token: issue('bench'), token_type: 'DPoP', expires_in: 300 }
      : { error: 'invalid' }
    response.writeHead(isProven ? 200 : 400, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  })
})
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  process.stdout.write(`${JSON.stringify({ event: 'listening', url: `http://127.0.0.1:${port}/token` })}\n`)
})
