import type { DetailedError } from '@cedar-policy/cedar-wasm/nodejs'

/** Gives what Cedar says of what is wrong. */
export function describeErrors(errors: readonly DetailedError[]): string {
  return errors
    .slice(0, 5)
    .map((error) => (error.help === null ? error.message : `${error.message} (${error.help})`))
    .join('; ')
}
