import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createProofKey } from '../../../sdk/dpop.ts'
import { type House, startHouse } from '../../house.ts'
import { POSTGRES_START_MS, type Postgres, startPostgres } from '../../postgres.ts'
import { type Actor, furnish, makeReleaser, makeSummariser, openTask, register } from '../../scenarios/cast.ts'
import { askNonce, type Heard, isAnswerInRush, send } from '../intruder.ts'

const times = 1_000

describe.each(['sqlite', 'postgres'] as const)('a thousand at once, on %s', (kind) => {
  let postgres: Postgres | undefined
  let house: House
  let reader: Actor
  let releaser: Actor
  let forReader: string
  let forReleaser: string
  let asked = 0

  beforeAll(async () => {
    postgres = kind === 'postgres' ? await startPostgres() : undefined
    const options =
      postgres === undefined ? {} : { store: { kind: 'postgres', url: await postgres.createDatabase() } as const }
    // each asks from an address of its own, so that what refuses it is not the number of those that failed before it
    house = await startHouse(
      { limits: { requestsPerSecond: 100_000, requestSeconds: 120 }, trustedProxies: ['127.0.0.1'] },
      options,
    )
    await furnish(house)
    reader = makeSummariser(house)
    releaser = await makeReleaser(house)
    for (const actor of [reader, releaser]) await register(house, actor)
    forReader = await openTask(house, reader)
    forReleaser = await openTask(house, releaser, { scope: releaser.task.scope.slice(0, 1) })
  }, POSTGRES_START_MS)
  afterAll(async () => {
    await house.end()
    await postgres?.stop()
  })

  const exchange = (
    taskId: string,
    assertion: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Heard> =>
    send(house, '/oauth/token', {
      method: 'POST',
      headers: { 'x-forwarded-for': `10.1.${++asked >> 8}.${asked & 255}`, ...headers },
      body: new URLSearchParams({
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: assertion,
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        resource: `${house.url}/mcp/docs`,
        authorization_details: JSON.stringify([{ type: 'urn:remit:task', task_id: taskId }]),
      }),
    })
  const count = (heard: readonly Heard[], status: number): number => heard.filter((one) => one.status === status).length

  it('shown one assertion, one wins', async () => {
    const assertion = await reader.assertion()
    const heard = await Promise.all(Array.from({ length: times }, () => exchange(forReader, assertion)))
    expect(count(heard, 200)).toBe(1)
    expect(heard.every(({ status, json }) => isAnswerInRush(status, json['code']))).toBe(true)
  })

  it('shown one proof, each with an assertion of its own, one wins', async () => {
    const key = await createProofKey()
    const dpop = await key.prove('POST', `${house.url}/oauth/token`, undefined, await askNonce(house, key))
    const assertions = await Promise.all(Array.from({ length: times }, () => releaser.assertion()))
    const heard = await Promise.all(assertions.map((assertion) => exchange(forReleaser, assertion, { dpop })))
    expect(count(heard, 200)).toBe(1)
    expect(heard.every(({ status, json }) => isAnswerInRush(status, json['code']))).toBe(true)
  })
})
