/** True for a zone that this machine knows by name (IANA); an offset such as +01:00 knows no summer. */
export function isTimeZone(zone: string): boolean {
  try {
    return /^[A-Za-z]/.test(new Intl.DateTimeFormat('en-US', { timeZone: zone }).resolvedOptions().timeZone)
  } catch {
    return false
  }
}
