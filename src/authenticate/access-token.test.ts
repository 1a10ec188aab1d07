import { createHmac, sign } from 'node:crypto'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { createProofKey } from '../../sdk/dpop.ts'
import { RUNS } from '../../test/arbitraries.ts'
import { Rows } from '../../test/decide/rows.ts'
import { storeOver } from '../../test/decide/store-over.ts'
import { createTestClock } from '../../test/record/open-test-log.ts'
import { sampleBinding, sampleGrant, sampleMs, samplePerson } from '../../test/register/samples.ts'
import { sampleChain, sampleKey, samplePermit, sampleToken, tokenIssuer } from '../../test/register/tokens.ts'
import type { TableName } from '../contract/change.ts'
import type { Credential } from '../contract/credential.ts'
import { cutoffId } from '../contract/cutoff.ts'
import { RemitError } from '../ground/errors.ts'
import { LIMITS } from '../ground/limits.ts'
import { issueAccessToken } from '../issue/access-token.ts'
import { createAccessTokens } from './access-token.ts'
import type { DpopProof } from './dpop/proof.ts'
import { verifyProof } from './verifying/verify-beside.ts'

const key = await sampleKey()
const other = await sampleKey()

interface Bench {
  readonly desk: Parameters<typeof createAccessTokens>[0]
  readonly rows: Rows
  readonly clock: ReturnType<typeof createTestClock>
  readonly token: string
}

/** A token at the end of a chain, all that it rests on, and the desk that reads it, two seconds later. */
async function layOut(length = 1, more: Partial<Credential> = {}): Promise<Bench> {
  const chain = sampleChain(length)
  const permit = samplePermit(chain, { credential: more })
  const rows = new Rows()
  for (const { identity, task } of chain) {
    rows.put('identities', identity)
    rows.put('tasks', task)
    if (task.parentId !== null) rows.put('delegation_grants', sampleGrant(task))
  }
  rows.put('credentials', { ...permit.fact.grant.credential, state: 'issued' })
  rows.put('persons', samplePerson('psn_ann'))
  rows.put('bindings', sampleBinding())
  const clock = createTestClock()
  clock.atMs = sampleMs + 2000
  const keyOf = (id: string) => [key, other].find(({ kept }) => kept.id === id)?.open.publicKey
  const desk = { store: storeOver(rows), keyOf, issuer: tokenIssuer, clock }
  const { token } = await issueAccessToken(permit, key.open, tokenIssuer)
  return { desk, rows, clock, token }
}

async function codeOf(
  { desk }: Bench,
  token: string,
  audience: string | null = tokenIssuer,
  proof: DpopProof | null = null,
  tokens = createAccessTokens(desk),
): Promise<string> {
  try {
    return (await tokens.byAccessToken(token, audience, proof)).kind
  } catch (error) {
    if (error instanceof RemitError) return error.code
    throw error
  }
}

/** Reads the token again and again at one desk. */
function readAt(bench: Bench): () => Promise<string> {
  const tokens = createAccessTokens(bench.desk)
  return () => codeOf(bench, bench.token, tokenIssuer, null, tokens)
}

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')
const header = { alg: 'ES256', typ: 'at+jwt', kid: key.kept.id }
const claims = { iss: tokenIssuer, aud: tokenIssuer, jti: 'crd_1', exp: sampleMs / 1000 + 1800 }

/** Signs whatever it is given with our own key: only what is said can be wrong with it. */
function forge(head: object, body: object, by = key): string {
  const input = `${encode(head)}.${encode(body)}`
  const made = sign('sha256', Buffer.from(input), { key: by.open.privateKey, dsaEncoding: 'ieee-p1363' })
  return `${input}.${made.toString('base64url')}`
}

describe('a token of ours', () => {
  it('names the agent, its task and its credential', async () => {
    const bench = await layOut(2)
    expect(await createAccessTokens(bench.desk).byAccessToken(bench.token, tokenIssuer, null)).toMatchObject({
      kind: 'agent',
      identity: { id: 'idn_1' },
      task: { id: 'tsk_1' },
      credential: { id: 'crd_1' },
      possession: null,
      changes: [],
    })
  })

  it('is taken as the test writes it, so that only what is changed can be what is refused', async () => {
    const bench = await layOut()
    expect(await codeOf(bench, forge(header, claims))).toBe('agent')
  })

  it('counts until its end and not at it', async () => {
    const bench = await layOut()
    const { credential } = samplePermit(sampleChain(1)).fact.grant
    bench.clock.atMs = credential.expiresMs - 1
    expect(await codeOf(bench, bench.token)).toBe('agent')
    bench.clock.atMs = credential.expiresMs
    expect(await codeOf(bench, bench.token)).toBe('token_expired')
  })

  it('may speak about itself whatever its audience, where the door asks for none', async () => {
    const bench = await layOut(1, { audience: `${tokenIssuer}/mcp/docs` })
    expect(await codeOf(bench, bench.token, null)).toBe('agent')
    expect(await codeOf(bench, bench.token)).toBe('token_audience')
  })
})

describe('a bad token is refused:', () => {
  const { exp: _exp, ...endless } = claims
  const { kid: _kid, ...nameless } = header
  const hmac = (): string => {
    const input = `${encode({ ...header, alg: 'HS256' })}.${encode(claims)}`
    const secret = key.open.publicKey.export({ format: 'pem', type: 'spki' })
    return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
  }
  const rows: readonly (readonly [string, string | (() => string), string])[] = [
    ['nothing', '', 'token_invalid'],
    ['no JWT', 'rms_secret', 'token_invalid'],
    ['two parts', `${encode(header)}.${encode(claims)}`, 'token_invalid'],
    ['four parts', () => `${forge(header, claims)}.x`, 'token_invalid'],
    ['alg none, unsigned', `${encode({ ...header, alg: 'none' })}.${encode(claims)}.`, 'token_invalid'],
    ['alg none, signed', () => forge({ ...header, alg: 'none' }, claims), 'token_invalid'],
    ['alg HS256 over our public key', hmac, 'token_invalid'],
    ['another alg', () => forge({ ...header, alg: 'ES384' }, claims), 'token_invalid'],
    ['an ID token', () => forge({ ...header, typ: 'JWT' }, claims), 'token_invalid'],
    ['no typ', () => forge({ alg: 'ES256', kid: key.kept.id }, claims), 'token_invalid'],
    ['a key that we never had', () => forge({ ...header, kid: 'key_none' }, claims), 'token_invalid'],
    [
      'another key of ours than the one that signed',
      () => forge({ ...header, kid: other.kept.id }, claims),
      'token_invalid',
    ],
    ['no key named', () => forge(nameless, claims), 'token_invalid'],
    ['a key named by a member of every object', () => forge({ ...header, kid: '__proto__' }, claims), 'token_invalid'],
    ['another issuer', () => forge(header, { ...claims, iss: 'https://else.example' }), 'token_invalid'],
    ['our issuer with a slash', () => forge(header, { ...claims, iss: `${tokenIssuer}/` }), 'token_invalid'],
    ['no end', () => forge(header, endless), 'token_invalid'],
    ['an end that is text', () => forge(header, { ...claims, exp: '9999999999' }), 'token_invalid'],
    ['an end that has passed', () => forge(header, { ...claims, exp: sampleMs / 1000 + 2 }), 'token_expired'],
    ['another audience', () => forge(header, { ...claims, aud: 'https://else.example' }), 'token_audience'],
    [
      'an audience that only begins so',
      () => forge(header, { ...claims, aud: `${tokenIssuer}/mcp/docs` }),
      'token_audience',
    ],
    ['several audiences', () => forge(header, { ...claims, aud: [tokenIssuer] }), 'token_invalid'],
    ['a credential that never was', () => forge(header, { ...claims, jti: 'crd_none' }), 'token_invalid'],
    ['a binding that its credential lacks', () => forge(header, { ...claims, cnf: { jkt: 'k' } }), 'token_invalid'],
    [
      'more than a token may hold',
      () => forge(header, { ...claims, x: 'x'.repeat(LIMITS.jwtBytesMax) }),
      'token_invalid',
    ],
  ]
  it.each(rows)('%s', async (_, token, code) => {
    const bench = await layOut()
    expect(await codeOf(bench, typeof token === 'string' ? token : token())).toBe(code)
  })

  it('a claim that is named twice', async () => {
    const bench = await layOut()
    const body = Buffer.from(`{"jti":"crd_0",${JSON.stringify(claims).slice(1)}`).toString('base64url')
    const input = `${encode(header)}.${body}`
    const made = sign('sha256', Buffer.from(input), { key: key.open.privateKey, dsaEncoding: 'ieee-p1363' })
    expect(await codeOf(bench, `${input}.${made.toString('base64url')}`)).toBe('token_invalid')
  })

  it('a signature in DER, or with padding, or in the other alphabet', async () => {
    const bench = await layOut()
    const [head = '', body = '', made = ''] = bench.token.split('.')
    const der = sign('sha256', Buffer.from(`${head}.${body}`), key.open.privateKey).toString('base64url')
    for (const signature of [
      der,
      `${made}==`,
      `${made}\n`,
      ` ${made}`,
      `${made.replaceAll('-', '+').replaceAll('_', '/')}=`,
    ])
      expect(await codeOf(bench, `${head}.${body}.${signature}`)).toBe('token_invalid')
  })

  it('any byte of it changed, dropped or added', async () => {
    const bench = await layOut()
    const { token } = bench
    const bytes = fc.integer({ min: 33, max: 126 }).map((code) => String.fromCharCode(code))
    const at = fc.integer({ min: 0, max: token.length - 1 })
    const changes = fc.oneof(
      fc.tuple(at, bytes).map(([index, byte]) => token.slice(0, index) + byte + token.slice(index + 1)),
      at.map((index) => token.slice(0, index) + token.slice(index + 1)),
      fc.tuple(at, bytes).map(([index, byte]) => token.slice(0, index) + byte + token.slice(index)),
      bytes.map((byte) => token + byte),
    )
    const tried = fc.asyncProperty(changes, async (changed) => {
      if (changed !== token) expect(await codeOf(bench, changed)).toMatch(/^token_/)
    })
    await fc.assert(tried, RUNS)
  })
})

describe('a token that is bound to a key', () => {
  const url = `${tokenIssuer}/api/v1/tasks/tsk_0`
  let holder: Awaited<ReturnType<typeof createProofKey>>
  let thief: Awaited<ReturnType<typeof createProofKey>>
  let bench: Bench
  beforeAll(async () => {
    holder = await createProofKey()
    thief = await createProofKey()
    bench = await layOut(1, { keyThumbprint: holder.thumbprint })
  })
  const prove = async (by: typeof holder, token = bench.token): Promise<DpopProof> =>
    await verifyProof({ jwt: await by.prove('GET', url, token), method: 'GET', url, accessToken: token }, Date.now())

  it('counts with a proof of that key, which is spent with it', async () => {
    const proof = await prove(holder)
    const caller = await createAccessTokens(bench.desk).byAccessToken(bench.token, tokenIssuer, proof)
    expect(caller).toMatchObject({ possession: { kind: 'jkt', thumbprint: holder.thumbprint }, changes: proof.changes })
    expect(caller.changes).not.toEqual([])
  })

  it('is no bearer token', async () => {
    expect(await codeOf(bench, bench.token)).toBe('proof_missing')
  })

  it('does not count with a proof of another key', async () => {
    expect(await codeOf(bench, bench.token, tokenIssuer, await prove(thief))).toBe('proof_invalid')
  })

  it('does not lose its binding by a token of ours that leaves it out', async () => {
    expect(await codeOf(bench, forge(header, claims), tokenIssuer, await prove(holder))).toBe('token_invalid')
  })

  it('is not bound anew by a token of ours that names another key', async () => {
    const rebound = forge(header, { ...claims, cnf: { jkt: thief.thumbprint } })
    expect(await codeOf(bench, rebound, tokenIssuer, await prove(thief, rebound))).toBe('token_invalid')
  })
})

describe('a token falls with what it rests on:', () => {
  type Fall = (bench: Bench) => void
  const edit =
    (table: TableName, id: string, more: object): Fall =>
    ({ rows }) => {
      const kept = rows.get(table, id)
      if (kept === undefined) throw new Error(`${id} is not there`)
      rows.put(table, { ...kept, ...more } as never) // the row is of its table
    }
  const cut =
    (target: 'identity' | 'task' | 'chain' | 'owner' | 'binding', targetId: string, atMs = sampleMs + 1000): Fall =>
    ({ rows }) =>
      void rows.put('cutoffs', { id: cutoffId(target, targetId), target, targetId, atMs, because: 'x', by: 'psn_x' })
  const falls: readonly (readonly [string, Fall, string])[] = [
    ['its credential taken back', edit('credentials', 'crd_1', { state: 'revoked' }), 'token_revoked'],
    ['its credential only intended', edit('credentials', 'crd_1', { state: 'intended' }), 'token_revoked'],
    ['its credential over before the token is', edit('credentials', 'crd_1', { expiresMs: sampleMs }), 'token_expired'],
    ['its task ended', edit('tasks', 'tsk_2', { state: 'completed' }), 'task_not_active'],
    ['its task over', edit('tasks', 'tsk_2', { endsMs: sampleMs + 2000 }), 'task_not_active'],
    ['a task above it ended', edit('tasks', 'tsk_0', { state: 'revoked' }), 'task_not_active'],
    ['a task between ended', edit('tasks', 'tsk_1', { state: 'expired' }), 'task_not_active'],
    ['its identity suspended', edit('identities', 'idn_2', { state: 'suspended' }), 'identity_inactive'],
    ['a delegator suspended', edit('identities', 'idn_0', { state: 'suspended' }), 'identity_inactive'],
    ['who answers for it left', edit('persons', 'psn_ann', { state: 'left' }), 'identity_inactive'],
    ['its binding ended', edit('bindings', 'bnd_reader', { endedMs: sampleMs }), 'identity_inactive'],
    ['the token it was handed on with gone', edit('tasks', 'tsk_2', { fromCredentialId: 'crd_9' }), 'task_not_active'],
    ['a right that it rests on gone', edit('tasks', 'tsk_0', { rightIds: ['rgt_9'] }), 'task_not_active'],
    ['its grant ended', edit('delegation_grants', 'dlg_tsk_2', { state: 'ended' }), 'task_not_active'],
    ['for somebody unknown', edit('tasks', 'tsk_0', { onBehalfOf: 'psn_9' }), 'identity_inactive'],
    ['its identity cut off', cut('identity', 'idn_2'), 'cut_off'],
    ['a delegator cut off', cut('identity', 'idn_0'), 'cut_off'],
    ['its task cut off', cut('task', 'tsk_2'), 'cut_off'],
    ['a task above it cut off', cut('task', 'tsk_1'), 'cut_off'],
    ['its chain cut off', cut('chain', 'tsk_0'), 'cut_off'],
    ['what its owner owns cut off', cut('owner', 'psn_ann'), 'cut_off'],
    ['its binding cut off', cut('binding', 'bnd_reader'), 'cut_off'],
    ['a cutoff from before it', cut('identity', 'idn_2', sampleMs + 999), 'agent'],
    ['a cutoff of something else', cut('task', 'tsk_9'), 'agent'],
  ]
  it.each(falls)('%s', async (_, fall, code) => {
    const bench = await layOut(3)
    const read = readAt(bench)
    expect([await read(), await read()]).toEqual(['agent', 'agent'])
    fall(bench)
    expect([await read(), await read()]).toEqual([code, code])
    expect(await codeOf(bench, bench.token)).toBe(code)
  })

  it('the passing of time, though nothing has moved', async () => {
    const bench = await layOut(3)
    const read = readAt(bench)
    edit('tasks', 'tsk_0', { endsMs: bench.clock.atMs + 10 })(bench)
    expect([await read(), await read()]).toEqual(['agent', 'agent'])
    bench.clock.atMs += 10
    expect(await read()).toBe('task_not_active')
  })

  it.each<[string, (reads: number) => number | null, number]>([
    ['is read once while nothing has moved', () => 7, 1],
    ['is read each time where nobody knows whether anything has', () => null, 3],
    ['is read again where something moved meanwhile', (reads) => reads, 3],
  ])('what it rests on %s', async (_, movesAt, times) => {
    const bench = await layOut(3)
    let reads = 0
    const store = { ...storeOver(bench.rows, () => reads++), standingMoves: () => movesAt(reads) }
    const read = readAt({ ...bench, desk: { ...bench.desk, store } })
    await read()
    const once = reads
    expect([await read(), await read()]).toEqual(['agent', 'agent'])
    expect(reads).toBe(once * times)
  })

  it.each([
    ['its task', 'tasks', 'tsk_2'],
    ['a task above', 'tasks', 'tsk_0'],
    ['its identity', 'identities', 'idn_2'],
    ['a delegator', 'identities', 'idn_1'],
    ['its credential', 'credentials', 'crd_1'],
  ] as const)('%s missing from the store', async (_, table, id) => {
    const bench = await layOut(3)
    bench.rows.tables.get(table)?.delete(id)
    expect(await codeOf(bench, bench.token)).toBe('token_invalid')
  })
})

describe('the name of a token', () => {
  it('is told whether it was taken back or not, and for nothing that we did not sign', async () => {
    const bench = await layOut()
    const { tokenId } = createAccessTokens(bench.desk)
    bench.rows.tables.get('credentials')?.clear()
    expect(tokenId(bench.token)).toBe('crd_1')
    expect(tokenId(`${bench.token.slice(0, -4)}AAAA`)).toBeUndefined()
    expect(tokenId('rms_secret')).toBeUndefined()
    bench.clock.atMs += 3_600_000
    expect(tokenId(bench.token)).toBeUndefined()
  })

  it('a token of a chain is read as one of a root is', async () => {
    const { token } = await sampleToken(key.open, sampleChain(4))
    const bench = await layOut(4)
    expect(await codeOf(bench, token)).toBe('agent')
  })
})

describe('a token that was verified before', () => {
  /** A desk that has read the token once, and can be asked again. */
  async function readOnce() {
    const bench = await layOut()
    let keyOf = bench.desk.keyOf
    const tokens = createAccessTokens({ ...bench.desk, keyOf: (id) => keyOf(id) })
    const read = async (token: string): Promise<string> =>
      tokens.byAccessToken(token, tokenIssuer, null).then(
        ({ kind }) => kind,
        (error: unknown) => (error instanceof RemitError ? error.code : String(error)),
      )
    expect(await read(bench.token)).toBe('agent')
    const replaceKey = (next: typeof keyOf): void => {
      keyOf = next
    }
    return { ...bench, tokens, read, replaceKey }
  }

  it('counts again, and all that it rests on is read again', async () => {
    const { rows, read, token } = await readOnce()
    expect(await read(token)).toBe('agent')
    rows.put('credentials', { ...rows.get('credentials', 'crd_1'), state: 'revoked' } as Credential)
    expect(await read(token)).toBe('token_revoked')
  })

  it('is over when its time is, and when it is taken back', async () => {
    const { clock, read, token, tokens } = await readOnce()
    clock.atMs = sampleMs + 3_600_000
    expect(await read(token)).toBe('token_expired')
    expect(tokens.tokenId(token)).toBeUndefined()
  })

  it('does not count under a key that is published no more, or that another stands for', async () => {
    const { replaceKey, read, token, tokens } = await readOnce()
    replaceKey(() => undefined)
    expect(await read(token)).toBe('token_invalid')
    expect(tokens.tokenId(token)).toBeUndefined()
    replaceKey(() => other.open.publicKey)
    expect(await read(token)).toBe('token_invalid')
  })

  it('lends nothing to one that differs in a single character', async () => {
    const { read, token } = await readOnce()
    for (const at of [3, token.indexOf('.') + 5, token.length - 2]) {
      const letter = token.charAt(at) === 'A' ? 'B' : 'A'
      expect(await read(token.slice(0, at) + letter + token.slice(at + 1))).toBe('token_invalid')
    }
  })
})
