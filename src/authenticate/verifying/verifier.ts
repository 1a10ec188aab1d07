import type { Worker } from 'node:worker_threads'
import { RemitError } from '../../ground/errors.ts'
import { nextTurn } from '../../ground/next-turn.ts'
import { type Answers, type Asked, doJob, type Found, type Job, type Jobs, type Told, type WorkName } from './work.ts'

interface Waiting {
  readonly job: Job
  readonly settle: (found: Found<WorkName>) => void
  readonly refuse: (error: unknown) => void
}

/**
 * Verifies in a thread: a signature takes as long as most of a request. What is asked in one turn of the event loop goes in one
 * message. Where the thread has ended, or an answer of it is missing, it is done here: no answer is ever taken for that to
 * another question.
 */
export class Verifier {
  readonly #worker: Worker
  /** Asked in this turn, and told to nobody yet. */
  #gathered: Waiting[] = []
  /** Told to the thread, which answers in the same order. */
  #waiting: Waiting[] = []
  /** How many were told to the thread, and how many of these it has answered. */
  #told = 0
  #heard = 0
  #isOver = false

  constructor(start: () => Worker) {
    this.#worker = start()
    this.#worker.unref()
    this.#worker.on('message', (answers: Answers) => this.#hear(answers))
    this.#worker.on('messageerror', () => this.#end())
    this.#worker.on('error', () => this.#end())
    this.#worker.on('exit', () => this.#end())
  }

  verify<Name extends WorkName>(name: Name, asked: Asked<Name>): Promise<Found<Name>> {
    return new Promise((resolve, refuse) => {
      if (this.#gathered.length === 0) this.#sendLater()
      const settle = resolve as Waiting['settle'] // the work of this name finds this
      this.#gathered.push({ job: { name, asked } as Job, settle, refuse })
    })
  }

  #sendLater(): void {
    nextTurn()
      .then(() => this.#send())
      .catch(() => this.#end()) // what cannot be sent is done here
  }

  #send(): void {
    const gathered = this.#gathered
    this.#gathered = []
    this.#waiting.push(...gathered)
    if (this.#isOver) this.#end()
    else this.#tell(gathered)
  }

  #tell(gathered: readonly Waiting[]): void {
    this.#worker.ref() // somebody waits for it
    const jobs: Jobs = { first: this.#told, jobs: gathered.map(({ job }) => job) }
    this.#worker.postMessage(jobs)
    this.#told += gathered.length
  }

  #hear({ first, told }: Answers): void {
    if (this.#isOver) return
    if (first === this.#heard) this.#take(told)
    else this.#end()
  }

  #take(told: Answers['told']): void {
    this.#heard += told.length
    const heard = this.#waiting.splice(0, told.length)
    if (this.#waiting.length === 0) this.#worker.unref()
    for (const [at, each] of heard.entries()) answer(each, told[at])
  }

  /** What it leaves undone is done here. */
  #end(): void {
    this.#isOver = true
    this.#worker.terminate().catch(() => undefined) // it ends, or has ended
    for (const each of this.#waiting.splice(0)) answer(each, doJob(each.job))
  }
}

function answer({ settle, refuse }: Waiting, told: Told | undefined): void {
  if (told === undefined) refuse(new Error('the thread that verifies said nothing'))
  else if ('found' in told) settle(told.found)
  else refuse('refused' in told ? new RemitError(told.refused.code, { detail: told.refused.detail }) : told.fault)
}
