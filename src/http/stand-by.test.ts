import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createIds } from '../ground/ids.ts'
import { openStandByDoor, type StandByDoor } from './stand-by.ts'

describe('a server that stands by', () => {
  let door: StandByDoor
  let url: string
  beforeAll(async () => {
    const ids = createIds(() => 0)
    door = await openStandByDoor({ host: '127.0.0.1', port: 0, tls: undefined, requestSeconds: 5, ids })
    url = `http://127.0.0.1:${(door.server.address() as AddressInfo).port}`
  })
  afterAll(() => door.close())

  it.each(['/', '/oauth/authorize?client_id=app', '/discovered', '/nowhere'])(
    'tells a browser at %s by a page, and a client in the form of that door',
    async (path) => {
      const page = await fetch(url + path, { headers: { accept: 'text/html,*/*;q=0.8' } })
      expect([page.status, page.headers.get('retry-after')]).toEqual([503, '1'])
      expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
      expect(await page.text()).toContain(
        '<p>This server stands by while another one writes the log; ask that one.</p>',
      )
      const told = await fetch(url + path, { headers: { accept: 'application/json' } })
      expect([told.status, await told.json()]).toEqual([503, expect.objectContaining({ code: 'standing_by' })])
    },
  )
})
