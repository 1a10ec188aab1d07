import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inflateSync } from 'node:zlib'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Config } from '../../src/config.ts'
import type { RemitError } from '../../src/ground/errors.ts'
import { readHouseKeys } from '../../src/ground/key-file.ts'
import type { MasterKeyConfig } from '../../src/ground/master-key.ts'
import { serve } from '../../src/main.ts'
import { type House, startHouse } from '../house.ts'
import { type Actor, furnish, makeSummariser, openTask, register } from './cast.ts'

const patience = { interval: 250 }

describe('a house whose master key is replaced', () => {
  let house: House
  let actor: Actor
  let token: string
  let masterKey: MasterKeyConfig | undefined
  let served: Config

  beforeAll(async () => {
    house = await startHouse(
      {},
      {
        serve: (config) => {
          served = { ...config, ...(masterKey && { masterKey }) }
          return serve(served)
        },
      },
    )
    await furnish(house)
    actor = makeSummariser(house)
    await register(house, actor)
    token = await take()
  })
  afterAll(async () => {
    await house.end(60)
  })

  const file = (name: string): string => join(house.dataDir, name)
  const make = (name: string, byte: number): { readonly file: string } => {
    writeFileSync(file(name), Buffer.alloc(32, byte).toString('base64url'), { mode: 0o600 })
    return { file: file(name) }
  }
  const take = async (): Promise<string> =>
    (await actor.agent.exchange(await openTask(house, actor), actor.agent.gatewayUrl('docs'))).value
  async function startUnder(config: MasterKeyConfig | undefined): Promise<void> {
    await house.stop()
    masterKey = config
    await house.start()
  }
  async function statusOf(of: string): Promise<number> {
    const { idx, uri } = (decodeJwt(of)['status'] as { readonly status_list: { idx: number; uri: string } }).status_list
    const { lst } = decodeJwt(await (await house.fetch(uri)).text())['status_list'] as { readonly lst: string }
    const bytes = inflateSync(Buffer.from(lst, 'base64url'), { maxOutputLength: 2 ** 20 })
    return ((bytes[idx >> 3] ?? expect.unreachable('no such place')) >> (idx & 7)) & 1
  }
  /** The keys that each entry says were sealed anew. */
  async function resealed(): Promise<readonly unknown[]> {
    const told: unknown[] = []
    await house.stop()
    await house.whileStopped(async ({ log }) => {
      for (let index = 0; index < log.head().size; index += 1) {
        const { kind, data } = await log.entry(index)
        if (kind === 'key.resealed') told.push(data['keys'])
      }
    })
    await house.start()
    return told
  }

  it('is as it was after a start with the next key that finds another server in its place', async () => {
    const sealed = readFileSync(file('log.key'))
    const next = { ...make('early.key', 9), other: { file: file('master.key') } }
    await expect(serve({ ...served, address: { ...served.address, port: 0 }, masterKey: next })).rejects.toMatchObject({
      code: 'store_locked',
    })
    expect(readFileSync(file('log.key'))).toEqual(sealed)
    await startUnder(undefined)
    await expect(take()).resolves.toMatch(/^ey/)
  })

  it('signs on with the same keys, and its tokens count and are found in the status list as before', async () => {
    await startUnder({ ...make('second.key', 2), other: { file: file('master.key') } })
    const { kid } = decodeProtectedHeader(token)
    expect(decodeProtectedHeader(await take()).kid).toBe(kid)
    expect(await statusOf(token)).toBe(0)
    await house.people.sam.client.tokens.revoke(token)
    await expect.poll(() => statusOf(token), patience).toBe(1)
  })

  it('needs the one before no more, says once which keys were sealed anew, and is not opened by the one before', async () => {
    const before = readFileSync(file('master.key'))
    renameSync(file('master.key'), file('first.key'))
    await startUnder({ file: file('second.key') })
    await expect(take()).resolves.toMatch(/^ey/)
    await house.stop()
    for (const config of [{ file: file('first.key') }, { ...make('third.key', 3), other: { file: file('first.key') } }])
      await expect(startUnder(config)).rejects.toMatchObject({ code: 'config_invalid' } satisfies Partial<RemitError>)
    writeFileSync(file('master.key'), before, { mode: 0o600 }) // what looks inside reads the log's key by this one
    await startUnder({ file: file('master.key'), other: { file: file('second.key') } })
    const told = await resealed()
    expect(told).toEqual([[decodeProtectedHeader(token).kid], [decodeProtectedHeader(token).kid]])
  })

  it('may have been cut short when the log key was sealed anew and nothing else', async () => {
    await house.stop()
    const config = { ...make('fourth.key', 4), other: { file: file('master.key') } }
    readHouseKeys({ dataDir: house.dataDir, masterKey: config, traces: [] }).keep()
    await startUnder(config)
    await startUnder({ file: config.file })
    await expect(take()).resolves.toMatch(/^ey/)
  })

  it('may be one of several servers, of which one has the next key named, and is not told to seal by it', async () => {
    const config = { file: file('fourth.key'), other: make('fifth.key', 5) }
    const sealed = readFileSync(file('log.key'))
    await startUnder(config)
    expect(readFileSync(file('log.key'))).toEqual(sealed)
    await startUnder({ file: file('fifth.key'), other: { file: file('fourth.key') } })
    expect(readFileSync(file('log.key'))).not.toEqual(sealed)
    await startUnder(config)
    await expect(take()).resolves.toMatch(/^ey/)
    // the house is looked at by the key that it began with
    await startUnder({ file: file('master.key'), other: { file: file('fourth.key') } })
  })
})
