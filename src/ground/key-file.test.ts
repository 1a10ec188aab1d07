import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type HouseKeys, readHouseKeys } from './key-file.ts'

describe('the keys of a first start that was cut short', () => {
  let dataDir: string
  let trace: string
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'remit-keys-'))
    trace = join(dataDir, 'remit.db')
  })
  afterEach(() => rmSync(dataDir, { recursive: true }))
  const readKeys = (): HouseKeys => readHouseKeys({ dataDir, traces: [trace] })
  const empty = (...names: readonly string[]): void => {
    for (const name of names) writeFileSync(join(dataDir, name), '', { mode: 0o600 })
  }

  it.each([[['master.key']], [['master.key', 'log.key']], [['log.key']]])('are made where %s is empty', (names) => {
    empty(...names)
    const keys = readKeys()
    keys.keep()
    expect(readKeys().masterKey).toEqual(keys.masterKey)
    expect(statSync(join(dataDir, 'master.key')).mode & 0o777).toBe(0o600)
  })

  it('are made where only the master key was written', () => {
    readKeys().keep()
    rmSync(join(dataDir, 'log.key'))
    expect(readKeys().isNew).toBe(true)
  })

  it.each(['master.key', 'log.key'])('are never made anew beside a store: an empty %s is refused', (name) => {
    readKeys().keep()
    empty(name)
    writeFileSync(trace, 'a store')
    expect(readKeys).toThrow(`${name} is gone or empty; put it back`)
  })

  it('are not read from a folder, which is told as that', () => {
    readKeys().keep()
    const read = (): HouseKeys => readHouseKeys({ dataDir, masterKey: { file: dataDir }, traces: [trace] })
    expect(read).toThrow(`The master key file ${dataDir} is a folder.`)
  })
})
