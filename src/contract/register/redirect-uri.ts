/** A loopback address (RFC 8252 section 7.3): host, port, and all that follows. */
const LOOPBACK = /^http:\/\/(127\.0\.0\.1|\[::1\]|localhost)(?::(\d{1,5}))?(\/[^#]*)?$/
const WEB = /^https:\/\/[a-z0-9.-]{1,253}(?::\d{1,5})?(?:[/?][^#]*)?$/
/** RFC 8252 section 7.1: a private scheme is a domain name in reverse, so that `javascript:` and its like are none. */
const PRIVATE = /^[a-z][a-z0-9+-]{0,60}(?:\.[a-z0-9+-]{1,60})+:\/[^#]*$/
const charsMax = 1_000

/**
 * True for an address that an answer may be sent to: https with a host and nothing before it, http on this machine, or a
 * private scheme with a dot in it. Printable ASCII of at most 1,000 characters, without a fragment (RFC 6749 section 3.1.2)
 * and without what would end the line of a header or a list in one.
 */
export function isRedirectUri(uri: string): boolean {
  return (
    uri.length <= charsMax &&
    /^[\x21-\x7e]+$/.test(uri) &&
    !/["'<>\\^`{|}]/.test(uri) &&
    [WEB, LOOPBACK, PRIVATE].some((form) => form.test(uri)) &&
    URL.canParse(uri)
  )
}

/** True for an address on the machine of the person: whatever runs there may listen at it. */
export function isLoopback(uri: string): boolean {
  return LOOPBACK.test(uri)
}

/**
 * Gives the registered address that `asked` is, letter by letter; of a loopback address any port counts. Where nothing is
 * asked for, the one that is registered. Undefined where there is none, or where it is not clear which.
 */
export function matchRedirect(registered: readonly string[], asked: string | undefined): string | undefined {
  if (asked === undefined) return registered.length === 1 ? registered[0] : undefined
  if (!isRedirectUri(asked)) return undefined
  const isSame = (uri: string): boolean => uri === asked || (isLoopback(uri) && dropPort(uri) === dropPort(asked))
  return registered.some(isSame) ? asked : undefined
}

function dropPort(uri: string): string | null {
  const [, host, , rest] = LOOPBACK.exec(uri) ?? []
  return host === undefined ? null : `${host}${rest ?? ''}`
}

/** Gives where an address leads to, as people read it: the host of a web address, this machine, or the scheme. */
export function nameRedirect(uri: string): string {
  if (isLoopback(uri)) return 'a program on this machine'
  return uri.startsWith('https://')
    ? new URL(uri).host
    : `the program that answers to ${uri.slice(0, uri.indexOf(':'))}:`
}
