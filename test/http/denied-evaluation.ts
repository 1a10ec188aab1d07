import { randomUUID } from 'node:crypto'
import type { AccessToken } from '../../sdk/agent.ts'
import type { House } from '../house.ts'
import { makeSummariser, openTask, register } from '../scenarios/cast.ts'

/** Has an evaluation denied for want of an approval. Gives who asked, and the request for access about it. */
async function denyEvaluation(house: House): Promise<{ readonly token: AccessToken; readonly body: object }> {
  const plain = makeSummariser(house, `asks-${randomUUID()}`)
  const entitlements = plain.entitlements.map((each) => ({ ...each, approval: 'each-call' as const }))
  await register(house, { ...plain, entitlements })
  const token = await plain.agent.apiToken(await openTask(house, plain))
  const question = {
    subject: { type: 'task', id: token.taskId },
    action: { name: 'docs/read_text_file' },
    resource: { type: 'docs', id: 'public/handbook.md' },
  }
  const answer = await postAs(house, token, '/access/v1/evaluation', question)
  const { context } = (await answer.json()) as { context: { evaluation_id: string } }
  return { token, body: { ...question, denial: { evaluation_id: context.evaluation_id } } }
}

/** Has people asked for access. Gives who asked, and where the request stands. */
async function requestAccess(house: House): Promise<{ readonly token: AccessToken; readonly path: string }> {
  const { token, body } = await denyEvaluation(house)
  const { task } = (await (await postAs(house, token, '/access/v1/requests', body)).json()) as { task: { id: string } }
  return { token, path: `/access/v1/requests/${task.id}` }
}

const postAs = (house: House, token: AccessToken, path: string, body: object): Promise<Response> =>
  fetch(`${house.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token.value}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

type Good = { readonly who: AccessToken | 'lin'; readonly path?: string; readonly body?: object }

/** A good request for each door to access requests, and to take back what came of one. */
export const ACCESS_REQUESTS: Readonly<Record<string, (cast: { readonly house: House }) => Promise<Good>>> = {
  'POST /access/v1/requests': async ({ house }) => {
    const { token, body } = await denyEvaluation(house)
    return { who: token, body }
  },
  'GET /access/v1/requests/:id': async ({ house }) => {
    const { token, path } = await requestAccess(house)
    return { who: token, path }
  },
  'POST /access/v1/requests/:id/cancel': async ({ house }) => {
    const { token, path } = await requestAccess(house)
    return { who: token, path: `${path}/cancel`, body: {} }
  },
  'POST /api/v1/approvals/:id/withdraw': async ({ house }) => {
    const id = (await requestAccess(house)).path.split('/').at(-1) ?? ''
    await house.people.lin.client.approvals.vote(id, 'approve', 'Good')
    return { who: 'lin', path: `/api/v1/approvals/${id}/withdraw`, body: { reason: 'It is time' } }
  },
}
