import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { afterAll, describe, expect, it } from 'vitest'
import { LIMITS } from '../../ground/limits.ts'
import { EntityUid } from '../cedar/values/value.ts'
import { createCedarEngine } from './cedar-engine.ts'
import type { PolicyRequest } from './engine.ts'
import { readFolder, readShipped } from './load-policies.ts'

const folder = await mkdtemp(`${tmpdir()}/remit-folder-`)
afterAll(() => rm(folder, { recursive: true }))

describe('a folder of policies', () => {
  it('is read in the order of names, and nothing else of it', async () => {
    for (const name of ['b.cedar', 'a.cedar', 'c.cedar.txt', 'notes.md']) await writeFile(`${folder}/${name}`, name)
    expect(await readFolder(folder)).toEqual([
      { name: 'a.cedar', text: 'a.cedar' },
      { name: 'b.cedar', text: 'b.cedar' },
    ])
  })

  it('that is not there is named', async () => {
    await expect(readFolder(`${folder}/none`)).rejects.toMatchObject({
      code: 'config_invalid',
      detail: `The policy folder ${folder}/none cannot be read.`,
      cause: { code: 'ENOENT' },
    })
    await expect(readShipped(folder)).rejects.toMatchObject({
      code: 'config_invalid',
      detail: `The policy file ${folder}/remit.cedarschema cannot be read.`,
      cause: { code: 'ENOENT' },
    })
  })

  it('may be as large as policies may be together, and no larger', async () => {
    const large = await mkdtemp(`${tmpdir()}/remit-large-`)
    for (const name of ['a.cedar', 'b.cedar']) await writeFile(`${large}/${name}`, '')
    await truncate(`${large}/a.cedar`, LIMITS.policyBytesMax - 10)
    await truncate(`${large}/b.cedar`, 10)
    expect((await readFolder(large)).map(({ text }) => text.length)).toEqual([LIMITS.policyBytesMax - 10, 10])
    await truncate(`${large}/b.cedar`, 11)
    await expect(readFolder(large)).rejects.toMatchObject({
      code: 'config_invalid',
      detail: `The policies of ${large} have ${LIMITS.policyBytesMax + 1} bytes, and ${LIMITS.policyBytesMax} are the most.`,
    })
    await rm(large, { recursive: true })
  })
})

describe("Cedar's own engine over many policies", () => {
  const uid = (id: string): EntityUid => new EntityUid('User', id)
  const request = (id: string): PolicyRequest => ({
    principal: uid(id),
    action: new EntityUid('Action', 'read'),
    resource: new EntityUid('Doc', 'd'),
    context: {},
    entities: [],
  })
  const permitOf = (id: string, comment = ''): string =>
    `permit (principal == User::"${id}", action, resource); ${comment === '' ? '' : `// ${comment}`}`
  const many = (count: number, comment = '') =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`p${at}`, permitOf(`u${at}`, comment)] as const))

  it.each([1, LIMITS.policyOracleChunk, LIMITS.policyOracleChunk + 1, 3 * LIMITS.policyOracleChunk])(
    'asks all %i of them, in however many parts',
    (count) => {
      const engine = createCedarEngine(null, many(count))
      for (const at of [0, count - 1])
        expect(engine.decide(request(`u${at}`))).toEqual({ allowed: true, determining: [`p${at}`], errors: [] })
      expect(engine.decide(request(`u${count}`))).toEqual({ allowed: false, determining: [], errors: [] })
    },
  )

  it('asks all of them where they are long', () => {
    const engine = createCedarEngine(null, many(5, 'x'.repeat(LIMITS.policyOracleChunkChars)))
    for (const at of [0, 4]) expect(engine.decide(request(`u${at}`)).determining).toEqual([`p${at}`])
  })

  it('takes what one part forbids before what all others permit', () => {
    const all = { ...many(LIMITS.policyOracleChunk), z: 'forbid (principal, action, resource);' }
    expect(createCedarEngine(null, all).decide(request('u0'))).toEqual({
      allowed: false,
      determining: ['z'],
      errors: [],
    })
  })

  it('goes on where others have taken the place of what it had parsed', () => {
    const schema = (name: string): string =>
      `entity User; entity Doc; entity ${name}; action read appliesTo { principal: User, resource: Doc };`
    const engines = Array.from({ length: 20 }, (_, at) =>
      createCedarEngine(schema(`E${at}`), many(7 * LIMITS.policyOracleChunk)),
    )
    for (const engine of [...engines, ...engines])
      expect(engine.decide(request('u7'))).toEqual({ allowed: true, determining: ['p7'], errors: [] })
  })

  it('says what it cannot read', () => {
    expect(() => createCedarEngine(null, { p: 'permit (', q: 'forbid (' })).toThrow(/The policies do not parse: .*; /)
    expect(() => createCedarEngine('entity', { p: permitOf('a') })).toThrow(/The policies do not parse: ./)
  })
})
