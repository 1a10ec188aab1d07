import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createProofKey, type ProofKey } from '../../../sdk/dpop.ts'
import { type AcrossCast, castAcross, ZOE } from '../../across/cast.ts'
import { type MadeCertificate, makeAuthority, makeSelfSigned } from '../../issuer/certificates.ts'
import { actorForm, claimsOf, EXCHANGE, readingWish, typeOf } from '../../scenarios/acting.ts'
import { type Actor, letAct, makeSummariser, register } from '../../scenarios/cast.ts'
import { createTlsFetch } from '../../spiffe/tls-client.ts'

interface Answer {
  readonly status: number
  readonly error?: string
  readonly code?: string
  readonly access_token?: string
  readonly task?: { readonly id: string }
}

describe('a subject token that is bound to a certificate', () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'remit-bound-')))
  const server = makeAuthority({ commonName: 'Server authority' })
  const [mine, foreign] = [makeSelfSigned({ commonName: 'relay' }), makeSelfSigned({ commonName: 'thief' })]
  let cast: AcrossCast
  let url: string
  let helper: Actor
  let third: Actor
  let key: ProofKey
  let parent: string
  const ids = { relay: '', helper: '' }

  beforeAll(async () => {
    const write = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text)
      return join(folder, name)
    }
    const own = server.issue({ dns: ['localhost'], uris: [] })
    cast = await castAcross({
      mtls: { port: 0, certFile: write('own.crt', own.pem), keyFile: write('own.key', own.key) },
      dpopNonces: 'off',
    })
    const { house } = cast
    const metadata = (await (await fetch(`${house.url}/.well-known/oauth-authorization-server`)).json()) as {
      readonly mtls_endpoint_aliases: { readonly token_endpoint: string }
    }
    url = metadata.mtls_endpoint_aliases.token_endpoint.replace('/oauth/token', '')
    const relay: Actor = {
      ...makeSummariser(house, 'relay'),
      binding: { kind: 'certificate', issuer: 'self', subject: mine.thumbprint, claims: {}, keys: [] },
    }
    ;[helper, third] = [makeSummariser(house, 'helper'), makeSummariser(house, 'third')]
    ids.relay = await register(house, relay)
    ids.helper = await register(house, helper)
    await register(house, third)
    await letAct(house, 'relay', 'helper')
    await letAct(house, 'helper', 'third')
    const grant = {
      scope: [{ action: 'docs/*', resource: 'docs:public/*' }],
      classes: ['read'],
      ceiling: 'public',
    } as const
    await cast.zoe.client.acting.let({ to: 'helper', ...grant, depthMax: 0, reason: 'It reads to me', days: 7 })
    key = await createProofKey()
    const body = JSON.stringify({ ...relay.task, ticket: null })
    const opened = await ask(mine, '/api/v1/tasks', body, { 'content-type': 'application/json' })
    parent = opened.task?.id ?? expect.fail(JSON.stringify(opened))
  })
  afterAll(async () => {
    await cast.end()
    rmSync(folder, { recursive: true })
  })

  /** Asks over a connection with this certificate, or, with null, where none is asked for. */
  async function ask(
    by: MadeCertificate | null,
    path: string,
    body: string | URLSearchParams,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const tls = { ca: server.pem, servername: 'localhost', ...(by === null ? {} : { cert: by.pem, key: by.key }) }
    const send = by === null ? cast.house.fetch : createTlsFetch(tls)
    const answer = await send(`${by === null ? cast.house.url : url}${path}`, { method: 'POST', headers, body })
    return { status: answer.status, ...((await answer.json()) as object) }
  }
  const askForToken = (
    by: MadeCertificate | null,
    form: Readonly<Record<string, string>>,
    proof?: string,
  ): Promise<Answer> => {
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      ...(proof === undefined ? {} : { dpop: proof }),
    }
    return ask(by, '/oauth/token', new URLSearchParams({ grant_type: EXCHANGE, ...form }), headers)
  }
  const refusal = ({ status, error, code }: Answer): unknown => [status, error, code]
  const cnfOf = ({ access_token: token = '' }: Answer): unknown => claimsOf(token)['cnf']

  async function ownToken(): Promise<string> {
    const answer = await askForToken(mine, {
      grant_type: 'client_credentials',
      client_id: mine.thumbprint,
      resource: cast.house.url,
      authorization_details: JSON.stringify([{ type: 'urn:remit:task', task_id: parent }]),
    })
    expect(cnfOf(answer)).toEqual({ 'x5t#S256': mine.thumbprint })
    return answer.access_token ?? ''
  }

  it('is handed on over a connection with that certificate, and by nobody who found it', async () => {
    const value = await ownToken()
    const form = (): Promise<Record<string, string>> => actorForm(cast.house, { value }, helper)
    const invalid = [400, 'invalid_request', 'token_invalid']
    expect(refusal(await askForToken(null, await form()))).toEqual(invalid)
    expect(refusal(await askForToken(foreign, await form()))).toEqual(invalid)
    const proof = await key.prove('POST', `${url}/oauth/token`, value)
    expect(refusal(await askForToken(foreign, { ...(await form()), subject_token_proof: proof }))).toEqual(invalid)
    const answer = await askForToken(mine, await form())
    expect(answer.status).toBe(200)
    expect(claimsOf(answer.access_token ?? '')).toMatchObject({
      sub: ids.relay,
      client_id: ids.helper,
      cnf: { 'x5t#S256': mine.thumbprint },
      chain: [{ name: 'relay', task: parent }, { name: 'helper' }],
    })
  })

  it('gives what the helper proved the key of a token for that key, and each hop is held to its own', async () => {
    const form = await actorForm(cast.house, { value: await ownToken() }, helper, { resource: cast.house.url })
    const bound = await askForToken(mine, form, await key.prove('POST', `${url}/oauth/token`))
    expect(cnfOf(bound)).toEqual({ jkt: key.thumbprint })
    const short = { authorization_details: JSON.stringify([{ ...readingWish, life_seconds: 300 }]) }
    const next = (value: string): Promise<Record<string, string>> => actorForm(cast.house, { value }, third, short)
    // bound to a key, it is handed on with a proof of it: the certificate of the hop before is none
    expect(refusal(await askForToken(mine, await next(bound.access_token ?? '')))).toEqual([
      400,
      'invalid_request',
      'proof_missing',
    ])
    const again = await actorForm(cast.house, { value: await ownToken() }, helper, { resource: cast.house.url })
    const held = (await askForToken(mine, again)).access_token ?? ''
    expect(refusal(await askForToken(foreign, await next(held)))).toEqual([400, 'invalid_request', 'token_invalid'])
    const last = await askForToken(mine, await next(held))
    expect(claimsOf(last.access_token ?? '')['chain']).toMatchObject([
      { name: 'relay' },
      { name: 'helper' },
      { name: 'third' },
    ])
  })

  it('of a person counts with that certificate, whatever key the agent proves beside it', async () => {
    const form = async (cnf: object): Promise<Record<string, string>> => ({
      ...(await actorForm(cast.house, { value: '' }, helper)),
      subject_token: await cast.idp.mint({ sub: ZOE, aud: cast.house.url, cnf }),
      subject_token_type: typeOf('id_token'),
      authorization_details: JSON.stringify([
        { ...readingWish, ceiling: 'public', scope: [{ action: 'docs/read_text_file', resource: 'docs:public/*' }] },
      ]),
    })
    const named = { 'x5t#S256': mine.thumbprint }
    const proof = (): Promise<string> => key.prove('POST', `${url}/oauth/token`)
    expect(refusal(await askForToken(null, await form(named)))).toEqual([400, 'invalid_request', 'proof_missing'])
    const other = [400, 'invalid_request', 'proof_invalid']
    expect(refusal(await askForToken(foreign, await form(named)))).toEqual(other)
    expect(refusal(await askForToken(foreign, await form(named), await proof()))).toEqual(other)
    expect(refusal(await askForToken(mine, await form({ ...named, jkt: key.thumbprint })))).toEqual(other)
    expect(refusal(await askForToken(mine, await form({ kid: 'mine' })))).toEqual(other)
    for (const cnf of [named, { ...named, jkt: key.thumbprint }]) {
      const answer = await askForToken(mine, await form(cnf), await proof())
      expect(claimsOf(answer.access_token ?? '')).toMatchObject({ sub: ids.helper, cnf: { jkt: key.thumbprint } })
    }
    expect(cnfOf(await askForToken(mine, await form(named)))).toEqual(named)
  })
})
