import { randomUUID } from 'node:crypto'
import type { AccessDesk } from '../../sdk/access.ts'
import type { AccessToken } from '../../sdk/agent.ts'
import type { House } from '../house.ts'
import { makeSummariser, openTask, register } from '../scenarios/cast.ts'

const leave = [{ action: 'read', resource: 'domain:remit' }]

/** An enforcement point that lets happen what it is told yes to, in a task of its own. */
export async function makeCountingPoint(
  house: House,
): Promise<{ readonly who: AccessToken; readonly desk: AccessDesk }> {
  await house.people.ada.client.catalogue.classifyResource({ pattern: 'domain:*', sensitivity: 'internal' })
  const plain = makeSummariser(house, `point-${randomUUID()}`)
  const counts = [{ action: 'docs/*', resource: 'docs:public/*' }]
  const entitlements = plain.entitlements.map((each) => ({ ...each, scope: leave, counts }))
  const point = { ...plain, entitlements, task: { ...plain.task, scope: leave } }
  await register(house, point)
  const taskId = await openTask(house, point)
  return { who: await point.agent.apiToken(taskId), desk: point.agent.access(taskId) }
}

/** Has an enforcement point permitted an act that counts. Gives who asked, and how the act ended. */
async function countPermit(house: House): Promise<{ readonly who: AccessToken; readonly body: object }> {
  const { who, desk } = await makeCountingPoint(house)
  const actor = makeSummariser(house, `acts-${randomUUID()}`)
  await register(house, actor)
  const { context } = await desk.evaluate({
    subject: { type: 'task', id: await openTask(house, actor) },
    action: { name: 'docs/read_text_file' },
    resource: { type: 'docs', id: 'public/handbook.md' },
  })
  return { who, body: { entry: context.entry, end: 'completed', resultBytes: 10 } }
}

/** A good request for each door to what became of a permit that counted. */
export const OUTCOMES = {
  'POST /access/v1/outcome': async ({ house }: { readonly house: House }) => await countPermit(house),
}
