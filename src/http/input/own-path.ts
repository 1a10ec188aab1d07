/**
 * Where the well-known part of an address stands before the path of what is asked about (RFC 8615), gives what follows the path of
 * our public URL, without a slash at its end; undefined where it is not that path.
 */
export function restBehindOwn(publicUrl: string, asked: string): string | undefined {
  const own = new URL(publicUrl).pathname.replace(/\/$/, '')
  const path = `/${asked}`.replace(/\/$/, '')
  const rest = path.slice(own.length)
  return path.startsWith(own) && (rest === '' || rest.startsWith('/')) ? rest : undefined
}
