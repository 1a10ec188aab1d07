import { createClientDocuments } from '../authenticate/client/metadata-document.ts'
import type { Config } from '../config.ts'
import { isSpoken } from '../contract/token/drafts.ts'
import type { House } from '../flow/house.ts'
import type { Clock } from '../ground/clock.ts'
import { fetchOutside } from '../ground/outbound.ts'
import { readNamedFile } from './read-named-file.ts'

/** Opens the reader of what clients say of themselves; null where no such clients are taken. Errors: `config_invalid`. */
export function openClientDocuments({ drafts, clientDocuments }: Config, clock: Clock): House['clientDocuments'] {
  if (!isSpoken('client-metadata-document', drafts)) return null
  const { allowInternal, caFile } = clientDocuments
  const ca = caFile === undefined ? undefined : readNamedFile('clientDocuments.caFile', caFile)
  return createClientDocuments({ fetch: fetchOutside, clock, allowInternal, ca })
}
