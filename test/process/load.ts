import { randomUUID } from 'node:crypto'
import { isProblem } from '../../sdk/problem.ts'
import type { House } from '../house.ts'
import { type Actor, openTask } from '../scenarios/cast.ts'

/** Something that a server answered for: the entry that it named, its kind, and what only that entry can hold. */
export interface Acknowledged {
  readonly index: number
  readonly kind: string
  readonly mark: string
}

/** Work that goes on at a server from many sides until it is told to stop, or the server is gone. */
export interface Load {
  /** All that was answered for, by the index of its entry. Grows while the work goes on. */
  readonly acknowledged: ReadonlyMap<number, Acknowledged>
  /** The token that was issued last. */
  readonly lastToken: () => string | undefined
  /** Resolves when so many more were acknowledged as there are here. */
  until(count: number): Promise<void>
  /** Ends the work after the requests under way; fails where one failed for another reason than a server that is gone. */
  end(): Promise<void>
}

const sides = 9

/** Exchanges tokens, asks for decisions and opens tasks, as fast as the server answers. */
export async function startLoad(house: House, actor: Actor): Promise<Load> {
  const taskId = await openTask(house, actor)
  const acknowledged = new Map<number, Acknowledged>()
  const waiting = new Set<() => void>()
  let token: string | undefined
  let isOver = false
  const keep = (row: Acknowledged): void => {
    if (acknowledged.has(row.index)) throw new Error(`entry ${row.index} was acknowledged twice`)
    acknowledged.set(row.index, row)
    for (const look of waiting) look()
  }
  const exchange = async (): Promise<void> => {
    const issued = await actor.agent.exchange(taskId, actor.agent.gatewayUrl('docs'))
    token = issued.value
    keep({ index: issued.entry, kind: 'credential.issued', mark: readId(issued.value) })
  }
  const evaluate = async (): Promise<void> => {
    const mark = `docs:public/${randomUUID()}`
    const answer = await house.people.lin.client.evaluation.evaluate({
      subject: { type: 'identity', id: actor.name },
      action: { name: 'docs/read_text_file' },
      resource: { type: 'document', id: mark },
    })
    keep({ index: answer.context.entry, kind: 'decision.', mark })
  }
  const open = async (): Promise<void> => {
    const { task, entry } = await actor.agent.openTask(actor.task)
    keep({ index: entry, kind: 'decision.permit', mark: task.id })
  }
  const work = async (side: number): Promise<void> => {
    const step = [exchange, evaluate, open][side % 3] ?? exchange
    while (!isOver) await step()
  }
  const running = Promise.all(Array.from({ length: sides }, async (_, side) => settle(work(side))))
  const reach = (wanted: number): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (acknowledged.size < wanted) return
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
    })
  const giveUp = async (): Promise<never> => {
    throw new Error('the work ended before that', { cause: (await running).find((fault) => fault !== null) })
  }
  return {
    acknowledged,
    lastToken: () => token,
    until: (count) => Promise.race([reach(acknowledged.size + count), giveUp()]),
    end: async () => {
      isOver = true
      const fault = (await running).find((each) => each !== null)
      if (fault !== undefined) throw new Error('a request failed while the server was there', { cause: fault })
    },
  }
}

/** A server that stops or is killed breaks off or says so; every other failure is one. */
async function settle(work: Promise<void>): Promise<unknown> {
  try {
    await work
    return null
  } catch (error) {
    return isGone(error) ? null : error
  }
}

/** The decision point says that it stops in a plain sentence without a code, as AuthZEN has it. */
function isGone(error: unknown): boolean {
  if (isProblem(error, 'answer_malformed')) return error.status === 503
  return isProblem(error, 'unreachable') || isProblem(error, 'stopping')
}

function readId(token: string): string {
  const claims: { readonly jti: string } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
  return claims.jti
}
