import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkParsePolicySet } from '@cedar-policy/cedar-wasm/nodejs'
import { ROOT } from '../../read-tree.ts'

const staticPolicies = ['base', 'guardrails', 'tiers']
  .map((name) => readFileSync(join(ROOT, 'policies', `${name}.cedar`), 'utf8'))
  .join('\n')

/**
 * False where Cedar's engine, which a process keeps from one change to the next, was brought down by one: all that comes
 * after would fail for that, and count as noticed.
 */
export function isCedarSound(): boolean {
  try {
    return checkParsePolicySet({ staticPolicies }).type === 'success'
  } catch {
    return false
  }
}
