import { describe, expect, it } from 'vitest'
import { ERRORS } from '../../ground/error-table.ts'
import { type ErrorCode, RemitError } from '../../ground/errors.ts'
import { type ErrorForm, toRemitError, writeError } from './problem.ts'

const CODES = Object.keys(ERRORS) as ErrorCode[]
const FORMS: readonly ErrorForm[] = ['problem', 'oauth', 'plain']
const secret = new Error('password=hunter2')
const write = (code: ErrorCode, form: ErrorForm, isByHeader = true): ReturnType<typeof writeError> =>
  writeError(new RemitError(code, { cause: secret }), form, 'req_1', {
    resourceMetadata: 'https://x/meta',
    isByHeader,
    isByToken: false,
    signedIn: 'Sam <b>',
  })

describe('an error on a page', () => {
  it('says who is signed in, and how to be somebody else, where their roles do not allow it, and nowhere else', () => {
    expect(write('role_missing', 'page').body).toContain('You are signed in here as Sam &lt;b&gt;.')
    expect(write('not_found', 'page').body).not.toContain('signed in')
    expect(writeError(new RemitError('role_missing'), 'page', 'r', null).body).not.toContain('signed in')
  })
})

describe.each(FORMS)('an error in the form %s', (form) => {
  it.each(CODES)('%s says its sentence, and never its cause', (code) => {
    const answer = write(code, form)
    expect(answer.body).toContain(JSON.stringify(ERRORS[code].sentence))
    expect(JSON.stringify(answer)).not.toContain('hunter2')
  })

  it('tells who is not known how to say who it is', () => {
    for (const code of CODES) {
      const answer = write(code, form)
      // RFC 6749 section 5.2: a secret is asked for as it was shown
      if (code === 'secret_refused') expect(answer.headers['www-authenticate']).toMatch(/^Basic realm="/)
      else if (answer.status === 401)
        expect(answer.headers['www-authenticate']).toMatch(/^(Bearer|DPoP) .*resource_metadata="https:\/\/x\/meta"$/)
      else expect(answer.headers['www-authenticate']).toBeUndefined()
    }
  })

  it('tells when to come back where coming back helps', () => {
    expect(write('rate_limited', form).headers['retry-after']).toBe('1')
    expect(write('stopping', form).headers['retry-after']).toBe('1')
    const crowded = new RemitError('rate_limited', { facts: { retryAfterSeconds: 60 } })
    expect(writeError(crowded, form, 'r', null).headers['retry-after']).toBe('60')
    expect(write('not_found', form).headers['retry-after']).toBeUndefined()
  })
})

describe('a problem', () => {
  it('carries type, status, request, facts and the entry that recorded it', () => {
    const error = new RemitError('transition_needs', { facts: { missing: ['owner'], entry: 7 } })
    const { body, contentType, status } = writeError(error, 'problem', 'req_1', null)
    expect([contentType, status, JSON.parse(body)]).toEqual([
      'application/problem+json',
      409,
      {
        type: 'urn:remit:error:transition_needs',
        title: ERRORS.transition_needs.sentence,
        status: 409,
        code: 'transition_needs',
        detail: ERRORS.transition_needs.sentence,
        instance: 'req_1',
        facts: { missing: ['owner'] },
        entry: 7,
      },
    ])
  })
})

describe('the want of a nonce', () => {
  it('is told by 400 at the token endpoint, by 401 and a challenge elsewhere, with the nonce in a header (RFC 9449)', () => {
    const error = new RemitError('use_dpop_nonce', { facts: { nonce: 'n.1' } })
    const [atToken, elsewhere] = [writeError(error, 'oauth', 'r', null), writeError(error, 'problem', 'r', null)]
    expect([atToken.status, JSON.parse(atToken.body)]).toMatchObject([400, { error: 'use_dpop_nonce' }])
    expect([elsewhere.status, elsewhere.headers['www-authenticate']]).toMatchObject([
      401,
      expect.stringMatching(/^DPoP error="use_dpop_nonce", algs=/),
    ])
    expect([atToken, elsewhere].map(({ headers }) => headers['dpop-nonce'])).toEqual(['n.1', 'n.1'])
  })
})

describe('an AuthZEN error', () => {
  it('is its sentence alone, and says its code in a header, as no other form does', () => {
    const { body, headers } = write('not_found', 'plain')
    expect([JSON.parse(body), headers['remit-error']]).toEqual([ERRORS.not_found.sentence, 'not_found'])
    for (const form of ['problem', 'oauth'] as const)
      expect(write('not_found', form).headers).not.toHaveProperty('remit-error')
  })
})

describe('an OAuth error', () => {
  it('has no challenge for a client that proves itself in the form, as its library would show that alone', () => {
    for (const code of CODES) expect(write(code, 'oauth', false).headers).not.toHaveProperty('www-authenticate')
    expect(write('assertion_signature', 'problem', false).headers).toHaveProperty('www-authenticate')
  })

  it.each([
    ['session_invalid', 401, 'invalid_client'],
    ['assertion_replayed', 400, 'invalid_request'],
    ['approval_required', 400, 'authorization_pending'],
    ['content_type_unsupported', 400, 'invalid_request'],
    ['rate_limited', 429, 'invalid_request'],
    ['log_unavailable', 503, 'temporarily_unavailable'],
    ['internal', 500, 'server_error'],
  ] as const)('for %s has status %i and the error %s (RFC 6749 section 5.2)', (code, status, error) => {
    const answer = write(code, 'oauth')
    expect([answer.status, answer.contentType]).toEqual([status, 'application/json'])
    expect(JSON.parse(answer.body)).toMatchObject({ error, code, error_description: ERRORS[code].sentence })
  })

  it('says how to ask where a denial says so', () => {
    const error = new RemitError('denied', { facts: { ask: { sentence: 'Ask Ada.' }, entry: 3, reasons: [] } })
    expect(JSON.parse(writeError(error, 'oauth', 'req_1', null).body)).toMatchObject({
      ask: { sentence: 'Ask Ada.' },
      entry: 3,
    })
  })
})

describe('whatever was thrown', () => {
  it.each([
    ['an error of another kind', secret],
    ['a text', 'boo'],
    ['nothing', undefined],
  ])('as %s is answered as internal', (_, thrown) => {
    expect(toRemitError(thrown)).toMatchObject({ code: 'internal', cause: thrown })
  })

  it('as an error of the table stays what it is', () => {
    const error = new RemitError('not_found')
    expect(toRemitError(error)).toBe(error)
  })
})
