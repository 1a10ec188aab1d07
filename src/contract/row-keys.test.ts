import { expect, it } from 'vitest'
import { rowKey, type TableName } from './change.ts'

it.each<[TableName, string]>([
  ['delegation_grants', 'id'],
  ['callbacks', 'id'],
  ['tallies', 'id'],
  ['limits', 'name'],
  ['authorization_codes', 'id'],
  ['held_assertions', 'id'],
  ['trust_bundles', 'domain'],
  ['watched_sources', 'name'],
  ['policy_versions', 'id'],
  ['policy_domains', 'name'],
])('a row of %s is named by its %s', (table, member) => {
  expect(rowKey(table, { [member]: 'key' } as never)).toBe('key')
})
