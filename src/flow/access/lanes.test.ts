import { describe, expect, it } from 'vitest'
import { createLanes } from './lanes.ts'

/** Lanes whose work ends when it is told to. */
function open(bounds = { atOnceMax: 2, waitingMax: 3 }) {
  const begun: string[] = []
  const ends = new Map<string, () => void>()
  const lanes = createLanes((id) => {
    begun.push(id)
    return new Promise<void>((resolve) => ends.set(id, resolve))
  }, bounds)
  const end = async (id: string): Promise<void> => {
    ends.get(id)?.()
    for (let turn = 0; turn < 5; turn++) await Promise.resolve()
  }
  return { lanes, begun, end }
}

describe('lanes', () => {
  it('hold up nobody of another name, however much hangs in one', async () => {
    const { lanes, begun, end } = open()
    for (const id of ['a1', 'a2', 'a3']) lanes.add('a', id)
    lanes.add('b', 'b1')
    expect(begun).toEqual(['a1', 'a2', 'b1'])
    await end('b1')
    lanes.add('b', 'b2')
    expect(begun).toEqual(['a1', 'a2', 'b1', 'b2'])
    await end('a2')
    expect(begun).toEqual(['a1', 'a2', 'b1', 'b2', 'a3'])
  })

  it('take nothing twice while it waits or is under way, and again afterwards', async () => {
    const { lanes, begun, end } = open({ atOnceMax: 1, waitingMax: 3 })
    for (const id of ['x', 'x', 'y', 'y']) lanes.add('a', id)
    await end('x')
    await end('y')
    expect(begun).toEqual(['x', 'y'])
    lanes.add('a', 'x')
    expect(begun).toEqual(['x', 'y', 'x'])
  })

  it('leave out what does not fit', async () => {
    const { lanes, begun, end } = open({ atOnceMax: 1, waitingMax: 2 })
    for (const id of ['1', '2', '3', '4']) lanes.add('a', id)
    for (const id of ['1', '2', '3', '4']) await end(id)
    expect(begun).toEqual(['1', '2', '3'])
  })

  it('end after what is under way, and begin nothing more', async () => {
    const { lanes, begun, end } = open({ atOnceMax: 1, waitingMax: 2 })
    lanes.add('a', '1')
    lanes.add('a', '2')
    let isClosed = false
    const closing = lanes.close().then(() => {
      isClosed = true
    })
    lanes.add('b', '3')
    await Promise.resolve()
    expect(isClosed).toBe(false)
    await end('1')
    await closing
    expect(begun).toEqual(['1'])
  })
})
