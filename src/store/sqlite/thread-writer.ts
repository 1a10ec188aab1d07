import type { Worker } from 'node:worker_threads'
import { hearThread } from '../../ground/hear-thread.ts'
import { reportUnknown } from '../../ground/report.ts'
import { startThread } from '../../ground/start-thread.ts'
import { toDoubt } from '../store-errors.ts'
import { createPacker, type Done, FOLD, type Order, openReply, type Reply } from './order.ts'

/** A connection that writes, in a thread of its own: nobody else waits while it waits for the disk. */
export interface ThreadWriter {
  /**
   * Does an order and gives what became of it. One at a time. Throws what SQLite threw, or that the thread has ended or is
   * told to; facts.outcome is `unknown` where the commit may have been kept all the same.
   */
  obey(order: Order): Promise<Done>
  /** Folds the write-ahead log into the file, where no transaction is open. One at a time with the orders; throws as they do. */
  fold(): Promise<void>
  /** Ends the thread behind the order that is under way; it is told no other. A transaction that is open is taken back. */
  close(): Promise<void>
}

/**
 * Starts the thread and waits until it has the file open; `ended` is told once where it ends by itself later, why. Throws what
 * SQLite threw, or that the thread has ended.
 */
export async function startThreadWriter(path: string, ended: (why: Error) => void): Promise<ThreadWriter> {
  const worker = startThread('writer-thread', import.meta.url, path)
  const line = new ReplyLine(worker)
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  try {
    openReply(await line.hear(() => undefined))
    line.tellEnd(ended)
  } catch (error) {
    await worker.terminate()
    throw error
  }
  const pack = createPacker()
  let isClosing = false
  return {
    obey: async (order) => {
      if (isClosing) throw new Error('the thread that writes is told to end')
      const packed = pack(order)
      const mayCommit = order.ends === 'commit' || order.statements.at(-1)?.ends !== undefined
      const reply = await line
        .hear(() => worker.postMessage(packed, [packed.bytes.buffer as ArrayBuffer])) // it was made for this message
        .catch((error: unknown) => {
          throw mayCommit ? toDoubt(error) : error
        })
      return openReply(reply)
    },
    fold: async () => {
      if (isClosing) throw new Error('the thread that writes is told to end')
      openReply(await line.hear(() => worker.postMessage(FOLD)))
    },
    close: async () => {
      isClosing = true
      await line.settled()
      line.tellEnd(null)
      worker.ref()
      worker.postMessage(null)
      await exited
    },
  }
}

/** Whoever waits for the next word of the thread. It holds the process only while somebody does. */
class ReplyLine {
  readonly #worker: Worker
  #waiting: PromiseWithResolvers<Reply> | null = null
  #ended: Error | null = null
  #tellEnd: ((why: Error) => void) | null = null

  constructor(worker: Worker) {
    const hear = (reply: Reply): void => this.#take()?.resolve(reply)
    this.#worker = hearThread(worker, hear, (how, cause) => this.#end(how, cause))
  }

  hear(ask: () => void): Promise<Reply> {
    if (this.#ended !== null) return Promise.reject(this.#ended)
    const waiting = Promise.withResolvers<Reply>()
    this.#waiting = waiting
    this.#worker.ref()
    ask()
    return waiting.promise
  }

  /**
   * Who is told that it has ended: nobody while it begins, whose failure is thrown, nor once it is told to end. Throws that it
   * has ended already, as one does whose first word is heard together with its end.
   */
  tellEnd(ended: ((why: Error) => void) | null): void {
    if (ended !== null && this.#ended !== null) throw this.#ended
    this.#tellEnd = ended
  }

  /** Resolves once nobody waits. */
  async settled(): Promise<void> {
    await this.#waiting?.promise.catch(() => undefined) // who waits is told
  }

  #take(): PromiseWithResolvers<Reply> | null {
    const waiting = this.#waiting
    this.#waiting = null
    this.#worker.unref()
    return waiting
  }

  #end(how: string, cause: unknown): void {
    if (this.#ended !== null) return
    const ended = new Error(`the thread that writes ${how}`, { cause })
    this.#ended = ended
    this.#tellEnd?.(ended)
    // who waits is told once it is gone: until then it holds the lock of its transaction
    const tell = (): void => this.#take()?.reject(ended)
    this.#worker.terminate().finally(tell).catch(reportUnknown)
  }
}
