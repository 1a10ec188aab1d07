import type { Worker } from 'node:worker_threads'
import type { Clock } from '../../ground/clock.ts'
import { hearThread } from '../../ground/hear-thread.ts'
import { beginTurn } from '../../ground/in-turns.ts'
import { LIMITS } from '../../ground/limits.ts'
import { hearFault } from '../../ground/thread-fault.ts'
import { type Answers, doJob, type Found, type Job, type Jobs, type Told, type WorkName } from './work.ts'

/** Work, and who waits for what comes of it. */
export interface Waiting {
  readonly job: Job
  readonly settle: (found: Found<WorkName>) => void
  readonly refuse: (error: unknown) => void
}

/** What a line is made of. */
interface LineParts {
  readonly start: () => Worker
  readonly clock: Pick<Clock, 'every'>
}

/**
 * The line to one thread that verifies, from its start to its end. Once the thread has ended, an answer of it is missing, or none
 * comes within twice `LIMITS.verifierLookMs`, the line is over and the work is done here: no answer is ever taken for that to
 * another question.
 */
export class ThreadLine {
  /** None once the line is over. */
  #worker: Worker | undefined
  readonly #ended: (why: Error) => void
  /** Told to the thread, which answers in the same order. */
  #waiting: Waiting[] = []
  /** How many were told to the thread, and how many of these it has answered. */
  #told = 0
  #heard = 0
  /** How many were answered when it was looked last; null where no answer was owed then. */
  #heardAtLook: number | null = null
  #stopLooking: () => void = () => undefined

  /** `ended` is told once why the line is over; that may be before this returns, where no thread starts. */
  constructor({ start, clock }: LineParts, ended: (why: Error) => void) {
    this.#ended = ended
    try {
      const hear = (answers: Answers): void => this.#hear(answers)
      this.#worker = hearThread(start(), hear, (how, cause) => this.#end(how, cause))
      this.#stopLooking = clock.every(LIMITS.verifierLookMs, () => this.#look())
    } catch (error) {
      ended(new Error('the thread that verifies does not start', { cause: error }))
    }
  }

  get isOver(): boolean {
    return this.#worker === undefined
  }

  /** Has these done, in one message. */
  tell(more: readonly Waiting[]): void {
    this.#waiting.push(...more)
    if (this.#worker === undefined) this.#doHere()
    else this.#send(this.#worker, more)
  }

  #send(worker: Worker, more: readonly Waiting[]): void {
    worker.ref() // somebody waits for it
    const jobs: Jobs = { first: this.#told, jobs: more.map(({ job }) => job) }
    this.#told += more.length
    try {
      worker.postMessage(jobs)
    } catch (error) {
      this.#end('could not be told what to do', error)
    }
  }

  #hear({ first, told }: Answers): void {
    if (this.isOver) return
    if (first === this.#heard) this.#take(told)
    else this.#end('answered what it was not asked, or left something out')
  }

  #take(told: Answers['told']): void {
    this.#heard += told.length
    const heard = this.#waiting.splice(0, told.length)
    if (this.#waiting.length === 0) this.#worker?.unref()
    for (const [at, each] of heard.entries()) answer(each, told[at])
  }

  /** Looks are counted, and not time: where the whole process was halted, the thread has as long again. */
  #look(): void {
    const [before, owes] = [this.#heardAtLook, this.#waiting.length > 0]
    this.#heardAtLook = owes ? this.#heard : null
    if (owes && before === this.#heard) this.#end(`has not answered for ${LIMITS.verifierLookMs} ms`)
  }

  /** The first reason counts: a thread that failed or was ended here exits too. */
  #end(how: string, cause?: unknown): void {
    const worker = this.#worker
    if (worker === undefined) return
    this.#worker = undefined
    this.#stopLooking()
    worker.terminate().catch(() => undefined) // it ends, or has ended
    this.#doHere()
    this.#ended(new Error(`the thread that verifies ${how}`, { cause }))
  }

  #doHere(): void {
    const left = this.#waiting.splice(0)
    doInTurns(left).catch((error: unknown) => {
      for (const { refuse } of left) refuse(error)
    })
  }
}

/** While the thread said nothing, many may have come to wait. */
async function doInTurns(left: readonly Waiting[]): Promise<void> {
  const turn = beginTurn()
  for (const each of left) {
    answer(each, doJob(each.job))
    if (turn.isOver()) await turn.next()
  }
}

function answer({ settle, refuse }: Waiting, told: Told | undefined): void {
  if (told === undefined) refuse(new Error('the thread that verifies said nothing'))
  else if ('found' in told) settle(told.found)
  else refuse(hearFault(told))
}
