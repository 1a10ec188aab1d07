import type { ThreadStanding } from '../../ground/thread-standing.ts'
import { isLocked } from '../store-errors.ts'
import { type Connection, foldGrown, hasGrown, openWritingOnLoop } from './connection.ts'
import { obey } from './obey.ts'
import { type Done, type Order, openReply, type Reply } from './order.ts'
import type { ThreadWriter } from './thread-writer.ts'
import { openWriterThreads, type WriterThreads } from './writer-threads.ts'

/** What writes the file: one order after the other, wherever each costs the least. */
export interface Writer {
  /**
   * Does an order and gives what became of it. One at a time. Throws what SQLite threw, or that the thread has ended, or that
   * no transaction is open for what begins none; facts.outcome is `unknown` where the commit may have been kept all the same.
   */
  obey(order: Order): Done | Promise<Done>
  /** How the thread stands in which is done what is large or slow. */
  standing(): ThreadStanding
  /** Lets the file go behind the order that is under way. A transaction that is open is taken back. */
  close(): Promise<void>
}

/** A commit that takes longer than this holds up whoever waits for the event loop: the next orders are done in the thread. */
const CALM_MS = 4
/** So many commits in a row have to be quick before an order is done on the event loop again. */
const CALM_COMMITS = 8
/**
 * An order of more statements is done in the thread. One fact makes three to ten as a rule, and few at once fit too; where many come
 * at once the event loop has enough to do, and the next ones are decided meanwhile.
 */
const LOOP_STATEMENTS_MAX = 20
/** So is one whose values are larger together: bytes, and characters of text. */
const LOOP_SIZE_MAX = 32 * 1024

/** So many orders on the event loop lie between two looks at how the write-ahead log has grown: a look costs as much as a statement. */
const LOOK_EVERY_ORDERS = 8

/**
 * Opens the file for writing, and makes it where there is none. There are two connections. On a disk that is quick a small
 * order is done on the event loop: to tell it to the thread, and to be told, costs more than the order. Where the disk is slow,
 * the order is large or another hand holds a lock, it is done in the thread, and so is what folds the write-ahead log: who waits
 * for the event loop does not wait for these. Where the thread has ended, all is done on the event loop until another one is
 * started: to wait is better than to be refused. Throws what SQLite threw.
 */
export async function openWriter(path: string): Promise<Writer> {
  const threads = await openWriterThreads(path) // the first makes the file
  try {
    return new LoopAndThread(threads, openWritingOnLoop(path))
  } catch (error) {
    await threads.close()
    throw error
  }
}

class LoopAndThread implements Writer {
  readonly #threads: WriterThreads
  readonly #loop: Connection
  /** Where the transaction that is open was begun: by the connection on the event loop, or by a thread; null where none is. */
  #open: 'loop' | ThreadWriter | null = null
  /** How many orders were done on the event loop since it was last looked how the write-ahead log has grown. */
  #unlooked = 0
  /** How many commits in a row were quick. */
  #calm = CALM_COMMITS
  /** Until the thread has folded what was written on the event loop: the next order waits for it, and the one that is done does not. */
  #folding: Promise<void> | null = null

  constructor(threads: WriterThreads, loop: Connection) {
    this.#threads = threads
    this.#loop = loop
  }

  standing(): ThreadStanding {
    return this.#threads.standing()
  }

  obey(order: Order): Done | Promise<Done> {
    if (this.#folding !== null) return this.#folding.then(() => this.obey(order))
    const thread = this.#threadFor(order)
    return thread === null ? this.#obeyOnLoop(order) : this.#obeyInThread(thread, order)
  }

  /** Gives the thread that an order is for; null where it is done on the event loop. */
  #threadFor(order: Order): ThreadWriter | null {
    if (this.#open === 'loop') return null
    if (this.#open !== null) return this.#open
    if (!order.begins) throw new Error('no transaction is open')
    return this.#calm >= CALM_COMMITS && isSmall(order) ? null : this.#threads.current()
  }

  #obeyOnLoop(order: Order): Done | Promise<Done> {
    const reply = obey(this.#loop, order)
    const thread = this.#threads.current()
    // nothing of it was kept, and the thread waits for the lock
    if (order.begins && wasLockedOut(reply) && thread !== null) return this.#obeyInThread(thread, order)
    this.#open = this.#loop.database.isTransaction ? 'loop' : null
    this.#unlooked += 1
    if (this.#unlooked >= LOOK_EVERY_ORDERS && this.#open === null) this.#look(thread)
    return this.#note(openReply(reply))
  }

  #look(thread: ThreadWriter | null): void {
    this.#unlooked = 0
    if (!hasGrown(this.#loop)) return
    if (thread === null) foldGrown(this.#loop)
    else this.#folding = this.#fold(thread)
  }

  async #fold(thread: ThreadWriter): Promise<void> {
    await thread.fold().catch(() => foldGrown(this.#loop)) // it has ended, and nobody else does it
    this.#folding = null
  }

  async #obeyInThread(thread: ThreadWriter, order: Order): Promise<Done> {
    this.#open = null // a fault ends it
    const done = this.#note(await thread.obey(order))
    this.#open = done.isCommitted || order.ends !== null ? null : thread
    return done
  }

  #note(done: Done): Done {
    if (done.isCommitted) this.#calm = done.commitMs > CALM_MS ? 0 : this.#calm + 1
    return done
  }

  async close(): Promise<void> {
    while (this.#folding !== null) await this.#folding // who waited for it may have begun the next one
    if (this.#loop.database.isOpen) this.#loop.database.close()
    await this.#threads.close()
  }
}

function isSmall({ statements }: Order): boolean {
  if (statements.length > LOOP_STATEMENTS_MAX) return false
  let size = 0
  for (const { values } of statements)
    for (const value of values) if (value !== null && typeof value !== 'number') size += value.length
  return size <= LOOP_SIZE_MAX
}

/** True where another hand holds the lock, so that nothing was done. */
function wasLockedOut(reply: Reply): boolean {
  return 'fault' in reply && !reply.isDoubtful && isLocked(reply.fault)
}
