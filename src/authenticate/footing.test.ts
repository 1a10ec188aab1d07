import { describe, expect, it } from 'vitest'
import { Rows } from '../../test/decide/rows.ts'
import { storeOver } from '../../test/decide/store-over.ts'
import { sampleCredential, sampleMs } from '../../test/register/samples.ts'
import { sampleChain } from '../../test/register/tokens.ts'
import { cutoffId } from '../contract/cutoff.ts'
import { readFooting } from './footing.ts'

function layOut(length: number): { readonly rows: Rows; readonly read: () => ReturnType<typeof readFooting> } {
  const rows = new Rows()
  const chain = sampleChain(length)
  for (const { identity, task } of chain) {
    rows.put('identities', identity)
    rows.put('tasks', task)
    rows.put('credentials', sampleCredential(`crd_${task.id}`, task))
  }
  const store = storeOver(rows)
  return { rows, read: () => readFooting(store, `crd_tsk_${length - 1}`) }
}

describe('the footing of a token', () => {
  it.each([1, 2, 3, 4])('holds all of a chain of %i', async (length) => {
    const footing = await layOut(length).read()
    expect(footing).toMatchObject({ identity: { id: `idn_${length - 1}` }, task: { id: `tsk_${length - 1}` } })
    const above = Array.from({ length: length - 1 }, (_, at) => at)
    expect(footing?.ancestors.map((task) => task.id).sort()).toEqual(above.map((at) => `tsk_${at}`))
    expect(footing?.delegators.map((identity) => identity.id).sort()).toEqual(above.map((at) => `idn_${at}`))
    expect(footing?.cutoffs).toEqual([])
  })

  it('holds the cutoffs of its chain and no others', async () => {
    const { rows, read } = layOut(2)
    for (const targetId of ['idn_0', 'idn_1', 'idn_9'])
      rows.put('cutoffs', {
        id: cutoffId('identity', targetId),
        target: 'identity',
        targetId,
        atMs: sampleMs,
        because: 'x',
        by: 'psn_x',
      })
    expect((await read())?.cutoffs.map((cutoff) => cutoff.targetId).sort()).toEqual(['idn_0', 'idn_1'])
  })

  it('does not change with who came after it in a chain', async () => {
    const { rows } = layOut(3)
    const footing = await readFooting(storeOver(rows), 'crd_tsk_1')
    expect(footing?.ancestors.map((task) => task.id)).toEqual(['tsk_0'])
  })

  it('is nowhere for a credential that never was', async () => {
    expect(await readFooting(storeOver(new Rows()), 'crd_none')).toBeUndefined()
  })
})
