import { expect, it } from 'vitest'
import { nameDoor } from './own-address.ts'

const place = { scheme: 'https', host: '127.0.0.1', port: 7460 } as const

it.each([
  ['https://remit.example', 'https://remit.example'],
  ['https://remit.example/', 'https://remit.example'],
  ['https://remit.example:443', 'https://remit.example'],
  ['https://remit.example:443/iam/', 'https://remit.example/iam'],
  ['HTTPS://Remit.Example/Iam', 'https://remit.example/Iam'],
  ['https://remit.example:8443', 'https://remit.example:8443'],
  ['http://remit.example:80', 'http://remit.example'],
])('a door that is configured as %s is named as clients write it', (publicUrl, name) => {
  expect(nameDoor(publicUrl, place)).toBe(name)
})

it.each([
  ['127.0.0.1', 7460, 'https://127.0.0.1:7460'],
  ['remit.example', 443, 'https://remit.example'],
  ['::1', 7460, 'https://[::1]:7460'],
])('a door at %s, port %i, is named by where it listens', (host, port, name) => {
  expect(nameDoor(undefined, { scheme: 'https', host, port })).toBe(name)
})

it('a door at a place that no address names asks for one', () => {
  const name = (): string => nameDoor(undefined, { ...place, host: 'fe80::1%eth0' })
  expect(name).toThrow(
    expect.objectContaining({ code: 'config_invalid', detail: expect.stringContaining('publicUrl') }),
  )
})
