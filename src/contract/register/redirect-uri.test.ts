import { describe, expect, it } from 'vitest'
import { isRedirectUri, matchRedirect, nameRedirect } from './redirect-uri.ts'

const registered = [
  'https://app.example/back?a=1',
  'http://127.0.0.1/back',
  'http://localhost:3000/back',
  'com.example.app:/back',
]

describe('an address that an answer may be sent to', () => {
  it.each([
    'https://app.example',
    'https://app.example:8443/back?x=y',
    'http://127.0.0.1:0/back',
    'http://[::1]:9999/back',
    'http://localhost/back',
    'com.example.app:/back',
  ])('is %s', (uri) => {
    expect(isRedirectUri(uri)).toBe(true)
  })

  it.each([
    'http://app.example/back',
    'https://app.example/back#part',
    'https://user@app.example/back',
    'https://app.example;script-src/back',
    'https://app.example/back\r\nset-cookie:a=b',
    "https://app.example/';x",
    'HTTPS://app.example/back',
    'https://APP.example/back',
    'javascript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    'http://localhost.evil.example/back',
    'http://127.0.0.1@evil.example/back',
    'http://127.0.0.1.evil.example/back',
    'http://2130706433/back',
    '//app.example/back',
    '/back',
    '',
    `https://app.example/${'x'.repeat(1_000)}`,
  ])('is not %s', (uri) => {
    expect(isRedirectUri(uri)).toBe(false)
    expect(matchRedirect([uri], uri)).toBeUndefined()
  })

  it.each([
    ['https://app.example/back?a=1', true],
    ['https://app.example/back', false],
    ['https://app.example/back?a=1&b=2', false],
    ['https://app.example/back/../back?a=1', false],
    ['https://app.example/%62ack?a=1', false],
    ['https://app.example:443/back?a=1', false],
    ['https://app.example.evil.example/back?a=1', false],
    ['http://127.0.0.1:51234/back', true],
    ['http://127.0.0.1:51234/back/', false],
    ['http://127.0.0.1:51234/other', false],
    ['http://localhost:51234/back', true],
    ['http://[::1]:51234/back', false],
    ['http://127.0.0.1:51234/back?code=x', false],
    ['com.example.app:/back', true],
    ['com.example.app:/Back', false],
  ])('%s is a registered one: %s', (asked, isOne) => {
    expect(matchRedirect(registered, asked)).toBe(isOne ? asked : undefined)
  })

  it('may be left out where there is one alone', () => {
    expect(matchRedirect(['https://app.example/back'], undefined)).toBe('https://app.example/back')
    expect(matchRedirect(registered, undefined)).toBeUndefined()
    expect(matchRedirect([], undefined)).toBeUndefined()
  })

  it('is named as people read it', () => {
    expect(registered.map(nameRedirect)).toEqual([
      'app.example',
      'a program on this machine',
      'a program on this machine',
      'the program that answers to com.example.app:',
    ])
  })
})
