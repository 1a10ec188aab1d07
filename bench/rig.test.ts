import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createRig, remove, strikeAll } from './rig.ts'

describe('what a bench sets up', () => {
  it('is taken down once, the last first, and nothing is set up from then on', async () => {
    const [rig, seen]: [ReturnType<typeof createRig>, string[]] = [createRig(), []]
    const note = (what: string): void => void seen.push(what)
    expect(await rig.keep(() => 'one', note)).toBe('one')
    expect(await rig.keep(async () => 'two', note)).toBe('two')
    await Promise.all([rig.strike(), rig.strike(), strikeAll()])
    await rig.strike()
    expect(seen).toEqual(['two', 'one'])
    const third = rig.keep(() => String(seen.push('three')), note)
    await expect(third).rejects.toThrow('The bench has ended.')
    expect(seen).toEqual(['two', 'one'])
  })

  it('is taken down where it was just being set up, and where that failed there is nothing to take down', async () => {
    const [rig, seen]: [ReturnType<typeof createRig>, string[]] = [createRig(), []]
    const { promise, resolve } = Promise.withResolvers<string>()
    const slow = rig.keep(
      () => promise,
      (made) => seen.push(`${made} ends`),
    )
    const failing = rig.keep(
      () => Promise.reject(new Error('no room')),
      () => seen.push('never'),
    )
    await expect(failing).rejects.toThrow('no room')
    const struck = strikeAll()
    resolve('slow')
    await struck
    expect([await slow, seen]).toEqual(['slow', ['slow ends']])
  })

  it('goes on to be taken down past what does not end well, and says so', async () => {
    const [rig, seen]: [ReturnType<typeof createRig>, string[]] = [createRig(), []]
    await rig.keep(
      () => 'first',
      (made) => seen.push(made),
    )
    await rig.keep(
      () => 'second',
      () => Promise.reject(new Error('it stays')),
    )
    await expect(rig.strike()).rejects.toThrow('it stays')
    expect(seen).toEqual(['first'])
    await strikeAll() // it is over, and not tried again
    expect(seen).toEqual(['first'])
  })

  it('is taken down of every rig, past one that does not end well', async () => {
    const [first, second, seen]: [ReturnType<typeof createRig>, ReturnType<typeof createRig>, string[]] = [
      createRig(),
      createRig(),
      [],
    ]
    await first.keep(
      () => 'first',
      (made) => seen.push(made),
    )
    await second.keep(
      () => 'second',
      () => Promise.reject(new Error('it stays')),
    )
    await expect(strikeAll()).rejects.toThrow('it stays')
    expect(seen).toEqual(['first'])
  })

  it('is a folder that goes with all that is in it, or has gone', () => {
    const folder = mkdtempSync(join(tmpdir(), 'remit-rig-'))
    writeFileSync(join(folder, 'a'), 'a')
    remove(folder)
    remove(folder)
    expect(existsSync(folder)).toBe(false)
  })
})
