/**
 * A part of a list, by rising key: what comes after `after`, at most `limit` rows (default and most: 200; more is refused). The answer's
 * `next` is the `after` of the next part.
 */
export type PageQuery = { readonly after?: string; readonly limit?: number }

/** Gives an address of the API, its parts escaped. */
export const at = (...parts: readonly (string | number)[]): string =>
  `/api/v1/${parts.map(encodeURIComponent).join('/')}`
