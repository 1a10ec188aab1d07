import { describe, expect, it } from 'vitest'
import type { ActionClass } from '../action-class.ts'
import { canLimit, isLimited, type Limit } from './limit.ts'

const limit = (of: string, more: Partial<Limit> = {}): Limit => ({
  name: 'few',
  of,
  per: 'chain',
  callsMax: 1,
  windowSeconds: 60,
  state: 'active',
  ...more,
})

describe('a limit', () => {
  it.each([
    ['delete', true],
    ['pay/transfer', true],
    ['pay/*', true],
    ['pay*', true],
    ['*', true],
    ['transfer', false],
    ['*pay', false],
    ['', false],
  ])('can hold a call where it is of %j: %s', (of, isAble) => {
    expect(canLimit(of)).toBe(isAble)
  })

  it.each<[string, string, ActionClass, boolean]>([
    ['pay/transfer', 'pay/transfer', 'write', true],
    ['pay/*', 'pay/transfer', 'write', true],
    ['pay/*', 'docs/read', 'read', false],
    ['write', 'pay/transfer', 'write', true],
    ['write', 'pay/transfer', 'delete', false],
  ])('of %s counts %s of the class %s: %s', (of, name, actionClass, isCounted) => {
    expect(isLimited(limit(of), name, actionClass)).toBe(isCounted)
    expect(isLimited(limit(of, { state: 'ended' }), name, actionClass)).toBe(false)
  })
})
