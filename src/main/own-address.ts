import { isIPv6 } from 'node:net'
import { RemitError } from '../ground/errors.ts'

/** Where a door listens. */
interface Place {
  readonly scheme: 'http' | 'https'
  readonly host: string
  readonly port: number
}

/**
 * Gives how others name a door: as it is configured, else by where it listens. It is written in the one normal form of an
 * address (host in small letters, no port that goes without saying), as clients write it so, and it is compared letter by
 * letter. Error: `config_invalid` for a place that no address names.
 */
export function nameDoor(publicUrl: string | undefined, { scheme, host, port }: Place): string {
  const url = publicUrl ?? `${scheme}://${isIPv6(host) ? `[${host}]` : host}:${port}`
  if (URL.canParse(url)) return new URL(url).href.replace(/\/$/, '')
  throw new RemitError('config_invalid', {
    detail: `address.host: ${host} cannot stand in a URL; set publicUrl to what others call.`,
  })
}
