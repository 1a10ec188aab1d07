import { expect, it } from 'vitest'
import { chainActKey, rootOfAct } from './chain-act.ts'

it('the row of a chain and a name tells the chain, or the place in it, whatever the name', () => {
  for (const place of ['tsk_1', 'tsk_1@q-_7'])
    for (const name of ['docs/read', 'read', 'docs/a@b/c']) expect(rootOfAct(chainActKey(place, name))).toBe(place)
})
