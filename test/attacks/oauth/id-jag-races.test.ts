import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AcrossCast, castAcross } from '../../across/cast.ts'
import { POSTGRES_START_MS, type Postgres, startPostgres } from '../../postgres.ts'
import { isAnswerInRush } from '../intruder.ts'

const times = 1_000

describe.each(['sqlite', 'postgres'] as const)('one ID-JAG, shown a thousand times at once, on %s', (kind) => {
  let postgres: Postgres | undefined
  let cast: AcrossCast

  beforeAll(async () => {
    postgres = kind === 'postgres' ? await startPostgres() : undefined
    const options =
      postgres === undefined ? {} : { store: { kind: 'postgres', url: await postgres.createDatabase() } as const }
    cast = await castAcross(
      { limits: { requestsPerSecond: 100_000, requestSeconds: 120 }, trustedProxies: ['127.0.0.1'] },
      options,
    )
  }, POSTGRES_START_MS)
  afterAll(async () => {
    await cast.end()
    await postgres?.stop()
  })

  it('opens one task and becomes one token, each time with a proof of the client that was not shown before', async () => {
    const { grant, show, zoe, client } = cast
    const jag = await grant()
    const proofs = await Promise.all(Array.from({ length: times }, () => client.assertion()))
    const shown = await Promise.all(
      proofs.map((proof, at) =>
        show(jag, { client_assertion: proof }, { 'x-forwarded-for': `10.2.${at >> 8}.${at & 255}` }),
      ),
    )
    // where a machine is so slow that nobody had a token in time, the client asks for another grant: it is for the same task
    while (!shown.some(({ status }) => status === 200)) shown.push(await show(await grant()))
    expect(shown.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(shown.every(({ status, body }) => isAnswerInRush(status, body['code']))).toBe(true)
    expect((await zoe.client.acting.list()).tasks).toHaveLength(1)
  })
})
