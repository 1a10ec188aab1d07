import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { House } from '../house.ts'
import { cancel, evaluate, look, type Members, openAsking, stand, submission, submit, told } from './asking.ts'

let house: House

beforeAll(async () => {
  house = await openAsking()
})
afterAll(async () => void (await house.end()))

describe('a request whose time is over', () => {
  afterAll(() => void vi.restoreAllMocks())

  it('is told as over, whatever became of it, is not taken back, and is nobody else’s to know of', async () => {
    const lin = { value: house.people.lin.session }
    const ask = async (): Promise<{ readonly id: string; readonly body: Members; readonly endsMs: number }> => {
      const { asked } = await stand()
      const body = submission({ asked, denied: await evaluate(lin, asked) })
      const { task } = told(await submit(lin, body, `key-${asked.subject.id}`))
      const seen = told(await look(lin, task?.id ?? '')).task as Members | undefined
      return { id: task?.id ?? '', body, endsMs: Date.parse(String(seen?.['expires_at'])) }
    }
    const [open, denied] = [await ask(), await ask()]
    await house.people.grace.client.approvals.vote(denied.id, 'deny', 'Not today')
    expect((await look(lin, open.id)).status).toBe(200)
    const aheadMs = Math.max(open.endsMs, denied.endsMs) - Date.now()
    const realNow = Date.now
    vi.spyOn(Date, 'now').mockImplementation(() => realNow() + aheadMs)
    const over = [410, 'urn:openid:authzen:access-request:error:task_expired']
    for (const [{ id, body }, status] of [
      [open, 'expired'],
      [denied, 'denied'],
    ] as const) {
      const again = await submit(lin, body, `key-${String((body['subject'] as Members)['id'])}`)
      for (const heard of [await look(lin, id), await cancel(lin, id), again]) {
        expect([heard.status, told(heard).type]).toEqual(over)
        expect((heard.json as Members)['facts']).toEqual({ task: id, status })
      }
    }
    expect((await look(lin, 'apr_none')).status).toBe(404)
  })
})
