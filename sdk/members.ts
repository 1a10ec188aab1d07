import { isMembers as areMembers } from '../src/contract/read-entry.ts'

/** True for a JSON object, neither null nor a list: the contract's own test, for programs that know Remit through this client only. */
export function isMembers(value: unknown): value is Readonly<Record<string, unknown>> {
  return areMembers(value)
}
