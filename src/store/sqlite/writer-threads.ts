import { systemClock } from '../../ground/clock.ts'
import { LIMITS } from '../../ground/limits.ts'
import { reportUnknown } from '../../ground/report.ts'
import type { ThreadStanding } from '../../ground/thread-standing.ts'
import { type FileId, fileAt, refuseIfMoved } from './file-id.ts'
import { startThreadWriter, type ThreadWriter } from './thread-writer.ts'

/** Threads that write, one after another. */
export interface WriterThreads {
  /** The one that there is now; null while there is none. */
  current(): ThreadWriter | null
  standing(): ThreadStanding
  /** Ends the one that there is behind the order that is under way; no other is started. */
  close(): Promise<void>
}

/**
 * Starts a thread that writes, and waits until it has the file open. Where it ends by itself that is reported, and another one is
 * started `LIMITS.writerPauseMs` later, for as long as it takes; none writes another file than the first one did. Throws what SQLite
 * threw at the first start.
 */
export async function openWriterThreads(path: string): Promise<WriterThreads> {
  const threads = new OneAfterAnother(path)
  await threads.start()
  return threads
}

class OneAfterAnother implements WriterThreads {
  readonly #path: string
  /** The file that the first one opened. */
  #file: FileId | null = null
  #current: ThreadWriter | null = null
  #starting: Promise<void> | null = null
  #forgetStart: () => void = () => undefined
  #isClosing = false
  #ends = 0
  #lastEndMs: number | null = null

  constructor(path: string) {
    this.#path = path
  }

  current(): ThreadWriter | null {
    return this.#current
  }

  standing(): ThreadStanding {
    return { hasThread: this.#current !== null, ends: this.#ends, lastEndMs: this.#lastEndMs }
  }

  async start(): Promise<void> {
    if (this.#file !== null) refuseIfMoved(this.#path, this.#file) // SQLite would make a file where there is none
    const thread = await startThreadWriter(this.#path, (why) => this.#end(why))
    try {
      this.#file ??= fileAt(this.#path)
      refuseIfMoved(this.#path, this.#file)
    } catch (error) {
      await thread.close()
      throw error
    }
    this.#current = thread
  }

  async close(): Promise<void> {
    this.#isClosing = true
    this.#forgetStart()
    await this.#starting
    await this.#current?.close()
  }

  async #startAgain(): Promise<void> {
    try {
      await this.start()
    } catch (cause) {
      this.#end(new Error('the thread that writes does not start', { cause }))
    }
    this.#starting = null
  }

  #end(why: Error): void {
    this.#current = null
    this.#ends++
    this.#lastEndMs = systemClock.nowMs()
    reportUnknown(why)
    if (this.#isClosing) return
    this.#forgetStart = systemClock.after(LIMITS.writerPauseMs, () => {
      this.#starting = this.#startAgain()
    })
  }
}
