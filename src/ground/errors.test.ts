import { describe, expect, it } from 'vitest'
import { ERRORS, type ErrorRow } from './error-table.ts'
import { type ErrorCode, isError, listCauses, RemitError } from './errors.ts'

const ROWS = Object.entries(ERRORS) as [ErrorCode, ErrorRow][]

/** Error codes of RFC 6749, 6750, 8628, 8693, 8707, 9396 and 9449. */
const OAUTH = [
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'unauthorized_client',
  'unsupported_grant_type',
  'unsupported_token_type',
  'invalid_scope',
  'access_denied',
  'server_error',
  'temporarily_unavailable',
  'invalid_token',
  'authorization_pending',
  'invalid_target',
  'invalid_authorization_details',
  'invalid_dpop_proof',
  'use_dpop_nonce',
  'slow_down',
  'actor_unauthorized',
  'unsupported_response_type',
  // draft-ietf-oauth-attestation-based-client-auth-10
  'invalid_client_attestation',
  'use_fresh_attestation',
  'use_attestation_challenge',
]

describe('the error table', () => {
  it.each(ROWS)('%s has a code in snake_case, a status of an error, an OAuth code and one sentence', (code, row) => {
    expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/)
    expect(row.status).toBeGreaterThanOrEqual(400)
    expect(row.status).toBeLessThan(600)
    expect(OAUTH).toContain(row.oauth)
    expect(row.sentence).toMatch(/^[A-Z].*[^.]\.$/)
    expect(row.sentence).not.toMatch(/[\n\r\t]| {2}/)
  })

  it('has no two sentences alike', () => {
    const sentences = ROWS.map(([, row]) => row.sentence)
    expect(sentences.filter((sentence, at) => sentences.indexOf(sentence) !== at)).toEqual([])
  })
})

describe('an error', () => {
  it('without more says the sentence of its row', () => {
    const error = new RemitError('log_broken')
    expect([error.code, error.status, error.oauth, error.detail]).toEqual([
      'log_broken',
      503,
      'temporarily_unavailable',
      ERRORS.log_broken.sentence,
    ])
    expect(error.facts).toEqual({})
  })

  it('keeps its cause apart from what it says', () => {
    const cause = new Error('password=hunter2')
    const error = new RemitError('store_failed', { cause, detail: 'The disk is full.', facts: { freeBytes: 0 } })
    expect(error.cause).toBe(cause)
    expect(`${error.message} ${error.detail} ${JSON.stringify(error.facts)}`).not.toContain('hunter2')
  })

  it('lists what led to it from the outside in, errors or words, and five at most', () => {
    const inner = new RemitError('log_broken', { cause: 'row purposes/p is not what entry 3 says' })
    const listed = listCauses(new RemitError('internal', { cause: inner }))
    expect(listed).toHaveLength(3)
    expect(listed[1]).toContain('errors.test.ts')
    expect(listed[2]).toBe('row purposes/p is not what entry 3 says')
    let deep = new Error('0')
    for (let at = 1; at < 9; at += 1) deep = new Error(String(at), { cause: deep })
    expect(listCauses(deep)).toHaveLength(5)
    expect(listCauses(undefined)).toEqual([])
  })

  it('is known by its code, and others are not', () => {
    expect(isError(new RemitError('conflict'), 'conflict')).toBe(true)
    expect(isError(new RemitError('conflict'), 'denied')).toBe(false)
    expect(isError(new Error('conflict'), 'conflict')).toBe(false)
    expect(isError(undefined, 'conflict')).toBe(false)
  })
})
