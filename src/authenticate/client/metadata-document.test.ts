import { describe, expect, it } from 'vitest'
import { makeClock } from '../../../test/issuer/room.ts'
import { isError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { fetchOutside, type OutboundFetch } from '../../ground/outbound.ts'
import { type ClientDocument, createClientDocuments, isDocumentAddress } from './metadata-document.ts'

const clientId = 'https://app.example/oauth/client.json'
const key = {
  kty: 'EC',
  crv: 'P-256',
  x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
  y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
}
const good = { client_id: clientId, client_name: 'An App', redirect_uris: ['https://app.example/back'] }
const keyed = { ...good, token_endpoint_auth_method: 'private_key_jwt' }

/** An answer as a good server gives it. */
const say = (
  body: string | ReadableStream | null,
  { status = 200, headers = {} }: { readonly status?: number; readonly headers?: Record<string, string> } = {},
): Response => new Response(body, { status, headers: { 'content-type': 'application/json', ...headers } })

/** Reads a document that is answered so; `refused` where it does not count. */
async function read(answer: unknown, id = clientId): Promise<ClientDocument | 'refused'> {
  const text = typeof answer === 'string' ? answer : JSON.stringify(answer)
  const fetch: OutboundFetch = async () => say(text)
  return await readBy(fetch, id)
}

async function readBy(fetch: OutboundFetch, id = clientId): Promise<ClientDocument | 'refused'> {
  try {
    return await createClientDocuments({ fetch, clock: makeClock(), allowInternal: false }).read(id)
  } catch (error) {
    if (isError(error, 'client_unknown')) return 'refused'
    throw error
  }
}

describe('the document of a client', () => {
  it('says who it is and where answers may go', async () => {
    expect(await read(good)).toEqual({
      clientId,
      name: 'An App',
      redirectUris: ['https://app.example/back'],
      keys: null,
    })
    expect(await read({ ...good, client_name: undefined })).toMatchObject({ name: null })
    expect(
      await read({ ...good, grant_types: ['authorization_code', 'refresh_token'], scope: 'x', logo_uri: 'y' }),
    ).not.toBe('refused')
  })

  it.each([
    ['application/json', true],
    ['Application/JSON; charset=utf-8', true],
    ['application/oauth-client-metadata+json', true],
    ['text/plain', false],
    ['text/html', false],
    ['application/octet-stream', false],
    ['application/jsonp', false],
    ['text/json', false],
    ['', false],
  ])('that is served as %j counts: %j', async (type, counts) => {
    const found = await readBy(async () => say(JSON.stringify(good), { headers: { 'content-type': type } }))
    expect(found !== 'refused').toBe(counts)
  })

  it('leaves out addresses that no answer is sent to', async () => {
    const uris = ['https://app.example/back', 'javascript:alert(1)', 'http://evil.example', 7, 'http://localhost/back']
    expect(await read({ ...good, redirect_uris: uris })).toMatchObject({
      redirectUris: ['https://app.example/back', 'http://localhost/back'],
    })
  })

  it.each([
    ['another client_id', { ...good, client_id: 'https://app.example/oauth/client.jsoN' }],
    ['a client_id that only means the same', { ...good, client_id: 'https://app.example:443/oauth/client.json' }],
    ['no client_id', { ...good, client_id: undefined }],
    ['a secret', { ...good, client_secret: 'x' }],
    ['the end of a secret', { ...good, client_secret_expires_at: 0 }],
    ['a way to prove itself by a secret', { ...good, token_endpoint_auth_method: 'client_secret_basic' }],
    [
      'keys, and a word for both places',
      { ...keyed, jwks: { keys: [key] }, jwks_uri: 'https://app.example/keys.json' },
    ],
    ['no keys', keyed],
    ['an empty set of keys', { ...keyed, jwks: { keys: [] } }],
    ['keys that are no set', { ...keyed, jwks: [key] }],
    ['a private key', { ...keyed, jwks: { keys: [{ ...key, d: 'AAAA' }] } }],
    ['a symmetric key', { ...keyed, jwks: { keys: [{ kty: 'oct', k: 'AAAA' }] } }],
    ['a key that is none', { ...keyed, jwks: { keys: [{ ...key, x: 'AAAA' }] } }],
    ['too many keys', { ...keyed, jwks: { keys: Array.from({ length: LIMITS.clientKeysMax + 1 }, () => key) } }],
    ['keys at another origin', { ...keyed, jwks_uri: 'https://evil.example/keys.json' }],
    ['keys without TLS', { ...keyed, jwks_uri: 'http://app.example/keys.json' }],
    ['keys at a user of its origin', { ...keyed, jwks_uri: 'https://x@app.example/keys.json' }],
    ['keys elsewhere', { ...good, token_endpoint_auth_method: 'private_key_jwt', jwks_uri: 'http://169.254.169.254/' }],
    ['no address', { ...good, redirect_uris: [] }],
    ['no address that counts', { ...good, redirect_uris: ['javascript:alert(1)'] }],
    ['no list of addresses', { ...good, redirect_uris: 'https://app.example/back' }],
    [
      'too many addresses',
      { ...good, redirect_uris: Array.from({ length: LIMITS.redirectUrisMax + 1 }, () => 'https://app.example/back') },
    ],
    ['other grants alone', { ...good, grant_types: ['client_credentials'] }],
    ['other answers alone', { ...good, response_types: ['token'] }],
    ['more than 5 KB', { ...good, policy_uri: 'x'.repeat(LIMITS.clientDocumentBytesMax) }],
    [
      'a member twice',
      `{"client_id":"${clientId}","client_id":"${clientId}","redirect_uris":["https://app.example/back"]}`,
    ],
    ['a list', '[]'],
    ['no JSON', '<html>'],
    ['nothing', ''],
    ['depth', `${'{"a":'.repeat(100)}1${'}'.repeat(100)}`],
  ])('does not count with %s', async (_, answer) => {
    expect(await read(answer)).toBe('refused')
  })

  it.each([
    'http://app.example/client.json',
    'https://app.example',
    'https://app.example/',
    'https://app.example/a/../client.json',
    'https://app.example/a/./client.json',
    'https://app.example/a/%2e%2e/client.json',
    'https://app.example/client.json#part',
    'https://app.example/client.json?x=1',
    'https://user@app.example/client.json',
    'https://user:pass@app.example/client.json',
    'https://APP.example/client.json',
    'https://app.example:443/client.json',
    'https:\\\\app.example\\client.json',
    'https://app.exämple/client.json',
    `https://app.example/${'x'.repeat(LIMITS.clientIdCharsMax)}`,
    'reading-app',
    'https://app.example/client.json#',
    'https://app.example/client.json?',
    '',
  ])('does not lie at %s', async (id) => {
    expect(isDocumentAddress(id)).toBe(false)
    const asked: string[] = []
    const fetch: OutboundFetch = async (url) => {
      asked.push(url)
      return say(JSON.stringify({ ...good, client_id: id }))
    }
    expect([await readBy(fetch, id), asked]).toEqual(['refused', []])
  })

  it.each([
    'https://127.0.0.1/client.json',
    'https://10.0.0.5/client.json',
    'https://192.168.1.1/client.json',
    'https://169.254.169.254/latest/meta-data',
    'https://[::1]/client.json',
    'https://[::ffff:7f00:1]/client.json',
    'https://[fd00::1]/client.json',
    'https://[64:ff9b::7f00:1]/client.json',
    'https://0.0.0.0/client.json',
    'https://100.64.0.1/client.json',
    'https://localhost/client.json',
  ])('is never looked for inside: %s', async (id) => {
    expect(isDocumentAddress(id)).toBe(true)
    expect(await readBy(fetchOutside, id)).toBe('refused')
  })

  it.each([301, 302, 307, 308, 204, 400, 401, 403, 404, 500])(
    'counts with status 200 alone, and not with %d',
    async (status) => {
      const body = status === 204 ? null : JSON.stringify(good)
      const headers = { location: 'https://app.example/other.json' }
      expect(await readBy(async () => say(body, { status, headers }))).toBe('refused')
    },
  )

  it('names keys of its own, or an address of its own origin where they lie', async () => {
    const at = 'https://app.example/keys.json'
    const asked: string[] = []
    const answers =
      (document: object): OutboundFetch =>
      async (url) => {
        asked.push(url)
        return say(JSON.stringify(url === at ? { keys: [key] } : document))
      }
    for (const [document, urls] of [
      [{ ...keyed, jwks: { keys: [{ ...key, kid: 'one' }] } }, [clientId]],
      [{ ...keyed, jwks_uri: at }, [clientId, at]],
    ] as const) {
      const documents = createClientDocuments({ fetch: answers(document), clock: makeClock(), allowInternal: false })
      expect(await documents.keysOf(await documents.read(clientId))).toMatchObject([{ kty: 'EC', crv: 'P-256' }])
      await documents.keysOf(await documents.read(clientId)) // kept for a while
      expect(asked.splice(0)).toEqual(urls)
    }
    const open = createClientDocuments({ fetch: answers(good), clock: makeClock(), allowInternal: false })
    await expect(open.keysOf(await open.read(clientId))).rejects.toMatchObject({ code: 'client_unknown' })
    const inside = createClientDocuments({
      clock: makeClock(),
      allowInternal: false,
      fetch: (url, init) =>
        url === clientId
          ? Promise.resolve(say(JSON.stringify({ ...keyed, jwks_uri: at })))
          : fetchOutside('https://127.0.0.1/keys.json', init),
    })
    await expect(inside.keysOf(await inside.read(clientId))).rejects.toMatchObject({ code: 'client_unknown' })
  })

  it('is kept for a while, and no failure is', async () => {
    const clock = makeClock()
    let [asked, fails] = [0, true]
    const fetch: OutboundFetch = async () => {
      asked += 1
      return fails ? say('', { status: 500 }) : say(JSON.stringify(good))
    }
    const documents = createClientDocuments({ fetch, clock, allowInternal: false })
    await expect(documents.read(clientId)).rejects.toMatchObject({ code: 'client_unknown' })
    fails = false
    await documents.read(clientId)
    await documents.read(clientId)
    expect(asked).toBe(2)
    clock.advance(LIMITS.clientDocumentMs)
    await documents.read(clientId)
    expect(asked).toBe(3)
  })

  it.each([
    ['not at all', 'no-store', 0],
    ['as long as it says', 'max-age=60', 60_000],
    ['no longer than we keep any', 'max-age=31536000', LIMITS.clientDocumentMs],
  ])('is kept %s where it says %s, and so are its keys', async (_, cacheControl, keptMs) => {
    const clock = makeClock()
    const asked: string[] = []
    const at = 'https://app.example/keys.json'
    const fetch: OutboundFetch = async (url) => {
      asked.push(url)
      const body = url === at ? { keys: [key] } : { ...keyed, jwks_uri: at }
      return say(JSON.stringify(body), { headers: { 'cache-control': cacheControl } })
    }
    const documents = createClientDocuments({ fetch, clock, allowInternal: false })
    const both = async (): Promise<unknown> => await documents.keysOf(await documents.read(clientId))
    await both()
    if (keptMs > 0) clock.advance(keptMs - 1)
    await both()
    expect(asked).toHaveLength(keptMs > 0 ? 2 : 4)
    clock.advance(1)
    await both()
    expect(asked).toHaveLength(keptMs > 0 ? 4 : 6)
  })

  it('is asked for once however many name it at the same time, and again by whoever comes after a failure', async () => {
    let [asked, fails] = [0, true]
    const fetch: OutboundFetch = async () => {
      asked += 1
      await Promise.resolve()
      return fails ? say('', { status: 500 }) : say(JSON.stringify(good))
    }
    const documents = createClientDocuments({ fetch, clock: makeClock(), allowInternal: false })
    const all = (): Promise<PromiseSettledResult<unknown>[]> =>
      Promise.allSettled(Array.from({ length: 100 }, () => documents.read(clientId)))
    expect(new Set((await all()).map(({ status }) => status))).toEqual(new Set(['rejected']))
    expect(asked).toBe(1)
    fails = false
    expect(new Set((await all()).map(({ status }) => status))).toEqual(new Set(['fulfilled']))
    expect(asked).toBe(2)
  })

  it('is not waited for longer than a moment', async () => {
    const clock = makeClock()
    const fetch: OutboundFetch = (_, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error))
        queueMicrotask(() => clock.advance(LIMITS.clientDocumentTimeoutMs))
      })
    const documents = createClientDocuments({ fetch, clock, allowInternal: false })
    await expect(documents.read(clientId)).rejects.toMatchObject({ code: 'client_unknown' })
  })
})
