import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { checkConfig } from '../config.ts'
import { systemClock } from '../ground/clock.ts'
import { openClientDocuments } from './open-client-documents.ts'

it.each([
  ['nothing', 'none.pem'],
  ['a folder', '.'],
])('the authority of clients that describe themselves, where %s is there, is refused by its path', (_what, name) => {
  const folder = mkdtempSync(join(tmpdir(), 'remit-ca-'))
  const config = checkConfig({ clientDocuments: { caFile: name } }, folder)
  const open = () => openClientDocuments({ ...config, drafts: { 'client-metadata-document': true } }, systemClock)
  expect(open).toThrow(
    expect.objectContaining({
      code: 'config_invalid',
      detail: `The configuration is not valid: clientDocuments.caFile: ${join(folder, name)} cannot be read.`,
    }),
  )
  rmSync(folder, { recursive: true })
})
