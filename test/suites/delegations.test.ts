import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { insert } from '../../src/contract/change.ts'
import { showDelegations } from '../../src/flow/delegation/grant-delegation.ts'
import type { Store } from '../../src/store/store.ts'
import { POSTGRES_START_MS } from '../postgres.ts'
import { BACKENDS, type Backend, open } from './backends.ts'
import { commit, delegationGrant, writing } from './writes.ts'

const idOf = (at: number): string => `dlg_${String(at).padStart(3, '0')}`
/** One identity may act for very many, and few for it; the others are of nobody that is asked about. */
const [TO_IT, FROM_IT] = [Array.from({ length: 50 }, (_, at) => 2 * at), [7, 31, 99, 101]]
const GRANTS = [
  ...TO_IT.map((at) => delegationGrant(idOf(at), { from: `idn_${at}`, to: 'idn_it' })),
  ...FROM_IT.map((at) => delegationGrant(idOf(at), { from: 'idn_it', to: `idn_${at}` })),
  ...[8, 9, 103].map((at) => delegationGrant(`${idOf(at)}_other`, { from: 'idn_1', to: 'idn_2' })),
]

describe.each(BACKENDS)('grants to act on $name', ({ start }) => {
  let backend: Backend
  let store: Store
  beforeAll(async () => {
    backend = await start()
    store = await open(await backend.create())
    await commit(store.record, writing('all', ...GRANTS.map((grant) => insert('delegation_grants', grant))))
  }, POSTGRES_START_MS)
  afterAll(async () => {
    await store.close()
    await backend.stop()
  })

  it.each([1, 3, 53, 54, 55])(
    'are told %d at a time, those of an identity and those to it in one order',
    async (limit) => {
      const told: string[] = []
      for (let after: string | undefined; ; after = told.at(-1)) {
        const page = await showDelegations(store, 'idn_it', { limit, ...(after === undefined ? {} : { after }) })
        told.push(...page.map(({ id }) => id))
        if (page.length < limit) break
      }
      expect(told).toEqual([...TO_IT, ...FROM_IT].map(idOf).sort())
    },
  )
})
