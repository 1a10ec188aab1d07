import type { Worker } from 'node:worker_threads'
import type { House } from '../house.ts'

/** A thread of this process, and how often it has answered. */
interface NotedThread {
  readonly worker: Worker
  heard: number
}

/** Notes the threads of a name, as they are started from now on, until `stop`. */
export function noteThreads(name: string): { readonly threads: NotedThread[]; readonly stop: () => void } {
  const threads: NotedThread[] = []
  const note = (worker: Worker): void => {
    if (worker.threadName !== name) return
    const thread = { worker, heard: 0 }
    threads.push(thread)
    worker.on('message', () => thread.heard++)
  }
  process.on('worker', note)
  return { threads, stop: () => void process.off('worker', note) }
}

/** What the doctor says of one part of a house. */
export async function readCheck(
  { people }: House,
  name: string,
): Promise<{ readonly ok: boolean; readonly sentence: string }> {
  const { checks } = await people.lin.client.doctor.check()
  return checks.find((check) => check.name === name) ?? { ok: false, sentence: 'none' }
}

/** How many threads have ended, by the counter of a house that says so; not a number where it does not. */
export async function readEnds({ fetch, url }: House, counter: string): Promise<number> {
  const lines = (await (await fetch(`${url}/metrics`)).text()).split('\n')
  return Number(lines.find((line) => line.startsWith(`${counter} `))?.slice(counter.length) ?? Number.NaN)
}
