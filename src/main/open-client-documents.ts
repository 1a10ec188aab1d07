import { readFileSync } from 'node:fs'
import { createClientDocuments } from '../authenticate/client/metadata-document.ts'
import type { Config } from '../config.ts'
import { isSpoken } from '../contract/token/drafts.ts'
import type { House } from '../flow/house.ts'
import type { Clock } from '../ground/clock.ts'
import { RemitError } from '../ground/errors.ts'
import { fetchOutside } from '../ground/outbound.ts'

/** Opens the reader of what clients say of themselves; null where no such clients are taken. Errors: `config_invalid`. */
export function openClientDocuments({ drafts, clientDocuments }: Config, clock: Clock): House['clientDocuments'] {
  if (!isSpoken('client-metadata-document', drafts)) return null
  const { allowInternal, caFile } = clientDocuments
  const ca = caFile === undefined ? undefined : readAuthority(caFile)
  return createClientDocuments({ fetch: fetchOutside, clock, allowInternal, ca })
}

function readAuthority(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new RemitError('config_invalid', {
      detail: `The configuration is not valid: clientDocuments.caFile: ${file} cannot be read.`,
      cause,
    })
  }
}
