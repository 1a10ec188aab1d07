import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { checkConfig } from '../config.ts'
import { findPlaceCautions } from './place-cautions.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'remit-places-'))
})
afterEach(() => {
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true, force: true })
})

/** What is said of a house whose places have these modes. */
function lookAt(modes: {
  readonly data?: number
  readonly policies?: number
  readonly file?: number
}): readonly string[] {
  const [data, policies, file] = ['data', 'policies', 'remit.json'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  for (const each of [data, policies]) mkdirSync(each)
  writeFileSync(file, '{}')
  chmodSync(data, modes.data ?? 0o700)
  chmodSync(policies, modes.policies ?? 0o755)
  chmodSync(file, modes.file ?? 0o644)
  return findPlaceCautions(checkConfig({ dataDir: data, policiesDir: policies }, folder), file)
}

describe('what a house rests on', () => {
  it.each([
    ['is its own, as it is made', {}],
    ['may be given to a group, as of a volume', { data: 0o2770, policies: 0o775, file: 0o664 }],
    ['may lie where everybody puts things and nobody takes what is of others', { data: 0o1777 }],
  ])('%s', (_, modes) => {
    expect(lookAt(modes)).toEqual([])
  })

  it.each([
    ['the data folder', { data: 0o777 }, 'dataDir: everybody may write to '],
    ['the folder of the policies', { policies: 0o777 }, 'policiesDir: everybody may write to '],
    ['the configuration', { file: 0o666 }, 'configuration: everybody may write to '],
  ])('is looked at twice where everybody may write to %s', (_, modes, said) => {
    expect(lookAt(modes)).toEqual([expect.stringContaining(said)])
  })

  it('is looked at twice where the data folder belongs to somebody else', () => {
    const config = checkConfig({ dataDir: folder }, '.')
    if (process.geteuid?.() === 0) chownSync(folder, 12_345, 12_345)
    else vi.spyOn(process, 'geteuid').mockReturnValue(12_345)
    expect(findPlaceCautions(config)).toEqual([expect.stringMatching(/^dataDir: \S+ belongs to another user/)])
  })

  it('need not be there yet', () => {
    expect(findPlaceCautions(checkConfig({ dataDir: join(folder, 'none') }, '.'), join(folder, 'none.json'))).toEqual(
      [],
    )
  })
})
