import { describe, expect, it } from 'vitest'
import type { WorkloadCaller } from '../../../authenticate/caller.ts'
import { systemClock } from '../../../ground/clock.ts'
import type { House } from '../../house.ts'
import { findCallerFault } from './find-caller-fault.ts'

const identity = { id: 'idn_1', owner: 'psn_1', vendor: 'acme', state: 'active', activatedMs: 10, createdMs: 1 }
const binding = { id: 'bnd_1', endedMs: null, createdMs: 5 }

interface World {
  readonly identity?: object | null
  readonly binding?: object | null
  readonly owner?: object
  readonly cutoff?: readonly [id: string, atMs: number]
}

function ask({ cutoff, ...world }: World): ReturnType<typeof findCallerFault> {
  const kept = cutoff === undefined ? [] : [{ id: cutoff[0], atMs: cutoff[1] }]
  const footing = {
    identities: async () => (world.identity === null ? [] : [{ ...identity, ...world.identity }]),
    bindings: async () => (world.binding === null ? [] : [{ ...binding, ...world.binding }]),
    persons: async () => [{ id: 'psn_1', state: 'active', ...world.owner }],
    cutoffs: async (ids: readonly string[]) => kept.filter(({ id }) => ids.includes(id)),
  }
  const house = { footing, clock: { ...systemClock, nowMs: () => 100 } } as unknown as House // all that is asked of it
  return findCallerFault(house, {
    identity: identity as unknown as WorkloadCaller['identity'],
    binding: binding as unknown as WorkloadCaller['binding'],
  })
}

describe('a workload whose proof verifies', () => {
  it.each<[string, World]>([
    ['where nothing of it fell', {}],
    ['after a cutoff of another', { cutoff: ['binding:bnd_2', 50] }],
    ['by a binding that came after it was cut off', { cutoff: ['binding:bnd_1', 4] }],
    ['once it was approved again', { cutoff: ['owner:psn_1', 9] }],
  ])('counts %s', async (_, world) => {
    expect(await ask(world)).toBeUndefined()
  })

  it.each<[string, World, string]>([
    ['that is not active', { identity: { state: 'suspended' } }, 'identity_inactive'],
    ['that nobody owns', { identity: { owner: null } }, 'identity_inactive'],
    ['that is not there', { identity: null }, 'identity_inactive'],
    ['whose owner left', { owner: { state: 'left' } }, 'identity_inactive'],
    ['whose binding has ended', { binding: { endedMs: 100 } }, 'identity_inactive'],
    ['whose binding is not there', { binding: null }, 'identity_inactive'],
    ['that was cut off', { cutoff: ['identity:idn_1', 10] }, 'cut_off'],
    ['whose binding was cut off', { cutoff: ['binding:bnd_1', 50] }, 'cut_off'],
    ['whose owner was cut off', { cutoff: ['owner:psn_1', 50] }, 'cut_off'],
    ['whose vendor was cut off', { cutoff: ['vendor:acme', 50] }, 'cut_off'],
  ])('does not count %s', async (_, world, fault) => {
    expect(await ask(world)).toBe(fault)
  })
})
