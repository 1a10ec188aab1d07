import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkConfig } from '../../src/config.ts'
import { type Raised, raiseHouse, wakeHouse } from '../../src/main.ts'
import { startIssuer } from '../issuer/issuer.ts'
import { type Cast, furnish, publicUrl } from './flow-cast.ts'

/** A house in this process, on SQLite, with the people of the cast in it and an issuer that it trusts. */
export interface RaisedCast {
  readonly raised: Raised
  readonly cast: Cast
  /** Closes the house, stops the issuer, and deletes what both wrote. */
  readonly end: () => Promise<void>
}

/** Raises one; `more` stands in its configuration besides. */
export async function raiseCast(more: Readonly<Record<string, unknown>> = {}): Promise<RaisedCast> {
  const folder = mkdtempSync(join(tmpdir(), 'remit-cast-'))
  const issuer = await startIssuer()
  const issuers = [{ issuer: issuer.url, algorithms: ['ES256'], allowInsecureHttp: true }]
  const raised = await raiseHouse(checkConfig({ dataDir: folder, issuers, ...more }, folder), publicUrl)
  const cast = await furnish(raised.house, (await wakeHouse(raised.house, false)) ?? '', issuer)
  const end = async (): Promise<void> => {
    await raised.close()
    await issuer.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  return { raised, cast, end }
}
