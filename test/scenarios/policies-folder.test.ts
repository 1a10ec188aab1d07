import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type House, startHouse } from '../house.ts'

function policy(name: string): string {
  return `@id("own:${name}")\n@sentence("Nothing is called ${name}.")\nforbid (principal, action, resource) when { principal.name == "${name}" };\n`
}

describe('a folder of policies beside what people publish', () => {
  const folder = mkdtempSync(join(tmpdir(), 'remit-folder-'))
  let house: House
  const put = (name: string): void => writeFileSync(join(folder, 'own.cedar'), policy(name))
  const restart = async (): Promise<void> => {
    await house.stop()
    await house.start()
  }
  const inForce = async () => {
    const { version, digest } = await house.people.ada.client.policies.inForce()
    expect(digest).toBe(version.digest)
    const { policies } = await house.people.ada.client.policies.show(version.number)
    const own = policies.filter(({ origin }) => origin === 'organisation').map(({ id }) => id)
    return [version.number, version.source, ...own]
  }

  beforeAll(async () => {
    put('first')
    house = await startHouse({ policiesDir: folder })
  })
  afterAll(async () => {
    await house.end()
    rmSync(folder, { recursive: true, force: true })
  })

  it('is the first version, and stays it as long as it stays the same', async () => {
    expect(await inForce()).toEqual([1, 'folder', 'own:first'])
    await restart()
    expect(await inForce()).toEqual([1, 'folder', 'own:first'])
  })

  it('is the next version at the start that finds something else in it', async () => {
    put('second')
    expect(await inForce()).toEqual([1, 'folder', 'own:first'])
    await restart()
    expect(await inForce()).toEqual([2, 'folder', 'own:second'])
    const { versions } = await house.people.ada.client.policies.list()
    expect(versions.map(({ state, effect }) => [state, effect])).toEqual([
      ['superseded', 'tightens'],
      ['enforced', 'loosens'],
    ])
  })

  it('does not take back what people published, as long as it stays the same', async () => {
    const { ada, grace, lin } = house.people
    const files = [{ name: 'own.cedar', text: policy('published') }]
    const put3 = await lin.client.policies.publish(files, { reason: 'by hand' })
    const id = put3.approval?.id ?? ''
    await grace.client.approvals.vote(id, 'approve', 'yes')
    await ada.client.approvals.vote(id, 'approve', 'yes')
    expect(await inForce()).toEqual([3, 'published', 'own:published'])
    await restart()
    expect(await inForce()).toEqual([3, 'published', 'own:published'])
  })

  it('counts again at the start that finds something else in it', async () => {
    put('third')
    await restart()
    expect(await inForce()).toEqual([4, 'folder', 'own:third'])
    await restart()
    expect(await inForce()).toEqual([4, 'folder', 'own:third'])
  })

  it('that is not valid lets nothing start, and what decided decides once it is mended', async () => {
    await house.stop()
    writeFileSync(join(folder, 'own.cedar'), 'permit (principal')
    await expect(house.start()).rejects.toMatchObject({
      code: 'config_invalid',
      detail: expect.stringMatching(/own\.cedar:1:18: unexpected end of input/),
    })
    put('third')
    await house.start()
    expect(await inForce()).toEqual([4, 'folder', 'own:third'])
  })
})
