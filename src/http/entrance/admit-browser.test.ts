import { describe, expect, it } from 'vitest'
import { readSessionCookie, writeSessionCookie } from './admit-browser.ts'

const [plain, tls] = [{ publicUrl: 'http://127.0.0.1:7000' }, { publicUrl: 'https://remit.example.org/iam' }]

describe('the cookie of a session', () => {
  it('is one that over TLS no other host of the domain can set or replace', () => {
    const cookie = writeSessionCookie(tls, 'rms_mine')
    expect(cookie).toMatch(/^__Host-remit_session=rms_mine; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+; Secure$/)
    const held = `remit_session=rms_tossed; ${cookie.split(';')[0]}; remit_session=rms_more`
    expect(readSessionCookie(tls, { cookie: held })).toBe('rms_mine')
    expect(readSessionCookie(tls, { cookie: 'remit_session=rms_tossed' })).toBeUndefined()
  })

  it.each([
    ['remit_session=rms_a', 'rms_a'],
    ['theme=dark; remit_session=rms_a;x=y', 'rms_a'],
    ['xremit_session=rms_a', undefined],
    ['__Host-remit_session=rms_a', undefined],
    ['remit_session=rms_a=b', undefined],
    ['remit_session="rms_a"', undefined],
  ])('without TLS is read of %j as %j', (cookie, secret) => {
    expect(readSessionCookie(plain, { cookie })).toBe(secret)
    expect(readSessionCookie(plain, {})).toBeUndefined()
  })
})
