import { isDeepStrictEqual } from 'node:util'
import { afterEach, expect, it, vi } from 'vitest'
import { lookAround } from './look-around.ts'

const folder = process.cwd()
const mask = process.umask()
const silent = (): void => undefined
afterEach(() => {
  process.chdir(folder)
  process.umask(mask)
  process.removeListener('SIGUSR2', silent)
  Reflect.deleteProperty(globalThis, 'leftBehind')
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

it.each<[string, () => unknown]>([
  ['environment', () => vi.stubEnv('REMIT_LEFT_BEHIND', 'yes')],
  ['folder', () => process.chdir('/')],
  ['mask', () => process.umask(0)],
  ['globals', () => Object.assign(globalThis, { leftBehind: 1 })],
  ['replaceable', () => vi.spyOn(Date, 'now')],
  ['replaceable', () => vi.spyOn(process.stderr, 'write')],
  ['listeners', () => process.on('SIGUSR2', silent)],
])('what a test leaves changed of the %s is seen', (part, change) => {
  const before = lookAround()
  expect(lookAround()).toEqual(before)
  change()
  const after = lookAround()
  expect(Object.keys(after).filter((each) => !isDeepStrictEqual(after[each], before[each]))).toEqual([part])
})
