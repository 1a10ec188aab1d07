import { describe, expect, it } from 'vitest'
import type { Proof } from '../contract/register/binding.ts'
import { findWidening } from './rotation.ts'

const proof: Proof = { kind: 'certificate', issuer: 'self', subject: 'before', claims: {}, keys: [] }

describe('what takes the place of a certificate', () => {
  it('is another one, where it is registered by itself', () => {
    expect(findWidening(proof, { ...proof, subject: 'after' })).toBeNull()
  })

  it('is nothing where an authority vouches for a name: a renewed one has it too', () => {
    const named: Proof = { ...proof, issuer: 'corp', subject: 'dns:agent.example' }
    expect(findWidening(named, { ...named, subject: 'after' })).toContain('needs no rotation')
    expect(findWidening(named, { ...named, issuer: 'other' })).toContain('another issuer')
  })
})
