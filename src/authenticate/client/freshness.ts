/** A directive of Cache-Control, with its value where it has one: bare, or in quotation marks. */
const DIRECTIVE = /([^\s,="]+)(?:="([^"]*)"|=([^\s,"]*))?/g

/**
 * Reads for how long an answer says that it may be kept (RFC 9111 section 4.2), by one who hands it on to nobody. Gives
 * undefined where it says nothing of it. What cannot be read, or has to be asked about each time, is not kept.
 */
export function readFreshMs(headers: Headers): number | undefined {
  const told = new Map<string, string>()
  for (const [, name = '', quoted, bare] of (headers.get('cache-control') ?? '').matchAll(DIRECTIVE))
    told.set(name.toLowerCase(), quoted ?? bare ?? '')
  if (told.has('no-store') || told.has('no-cache')) return 0
  const [ageSeconds, maxAge, expires] = [headers.get('age') ?? '0', told.get('max-age'), headers.get('expires')]
  if (maxAge !== undefined) return clamp((readSeconds(maxAge) - readSeconds(ageSeconds)) * 1000)
  return expires === null ? undefined : clamp(Date.parse(expires) - Date.parse(headers.get('date') ?? ''))
}

function readSeconds(text: string): number {
  return /^\d+$/.test(text) ? Number(text) : Number.NaN
}

function clamp(ms: number): number {
  return ms > 0 ? ms : 0
}
