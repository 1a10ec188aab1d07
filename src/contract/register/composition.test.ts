import { describe, expect, it } from 'vitest'
import { type Composition, findRecomposed } from './composition.ts'

const approved: Composition = { model: 'm-1', promptDigest: 'p-1', toolsDigest: 't-1' }
const parts = ['model', 'promptDigest', 'toolsDigest'] as const

describe('what an identity is made of', () => {
  it('is as it was approved where each part is', () => {
    expect(findRecomposed(approved, { ...approved })).toEqual([])
  })

  it.each(parts)('is not where its %s differs', (part) => {
    expect(findRecomposed(approved, { ...approved, [part]: 'other' })).toEqual([part])
  })

  it('is not where what runs does not say', () => {
    expect(findRecomposed(approved, undefined)).toEqual(parts)
  })

  it('may be anything in a part that is not declared', () => {
    const declared = { ...approved, promptDigest: null }
    expect(findRecomposed(declared, approved)).toEqual([])
    expect(findRecomposed(declared, { ...approved, toolsDigest: null })).toEqual(['toolsDigest'])
    expect(findRecomposed(declared, undefined)).toEqual(['model', 'toolsDigest'])
  })

  it('binds nobody where none was declared', () => {
    expect(findRecomposed(undefined, undefined)).toEqual([])
    expect(findRecomposed(undefined, approved)).toEqual([])
  })
})
