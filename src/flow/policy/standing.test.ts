import { expect, it } from 'vitest'
import { kept } from '../../../test/decide/nouns.ts'
import { ownDomain, type PolicyDomain } from '../../contract/policy.ts'
import { systemClock } from '../../ground/clock.ts'
import { createIds } from '../../ground/ids.ts'
import type { RegisterStore } from '../../register/store.ts'
import { packFiles, readFiles, readStanding } from './standing.ts'

const domain: PolicyDomain = {
  name: ownDomain,
  enforced: 3,
  digest: 'd',
  shadow: null,
  folder: null,
  isPublished: true,
}

it('a version in force that is not in the store is damage, which waiting does not mend', async () => {
  const register = { policyDomain: async () => kept(domain), policyVersion: async () => undefined }
  await expect(readStanding(register as unknown as RegisterStore)).rejects.toMatchObject({
    code: 'store_damaged',
    detail: 'The policy version 3 is not in the store.',
  })
})

it.each(['gone', 'others'])('files of a version that are %s are damage too', async (what) => {
  const { id, changes } = packFiles([{ name: 'a.cedar', text: 'permit();' }], createIds(systemClock.nowMs))
  const [change] = changes
  if (change?.op !== 'insert' || change.table !== 'payloads') throw new Error('files are kept as a payload')
  const row = { ...change.row, body: '{"files":[]}' }
  const payload = async () => (what === 'gone' ? undefined : kept(row as never))
  await expect(readFiles({ payload }, { id: 'v', files: id })).rejects.toMatchObject({ code: 'store_damaged' })
})
