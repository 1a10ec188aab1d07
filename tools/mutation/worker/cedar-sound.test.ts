import { policySetTextToParts } from '@cedar-policy/cedar-wasm/nodejs'
import { expect, it } from 'vitest'
import { isCedarSound } from './cedar-sound.ts'

it("tells that Cedar's engine was brought down by what is nested too deeply for it, and only then", () => {
  expect(isCedarSound()).toBe(true)
  expect(policySetTextToParts('permit (').type).toBe('failure')
  expect(isCedarSound()).toBe(true)
  const deep = `permit (principal, action, resource) when { ${'('.repeat(200_000)}true${')'.repeat(200_000)} };`
  expect(() => policySetTextToParts(deep)).toThrow('Maximum call stack size exceeded')
  expect(isCedarSound()).toBe(false)
})
