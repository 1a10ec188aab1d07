import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Answer, Asked } from './worker/main.ts'
import type { Outcome, Surveyed, Trial } from './worker/stage.ts'
import { wait } from './worker/wait.ts'

/** A process that does one thing at a time, and is replaced when it hangs, breaks, is spoilt, or has grown too large. */
export interface Hand {
  /** Runs the tests of some files as the code stands. Throws where one of them fails. */
  readonly survey: (files: readonly string[]) => Promise<{ surveyed: readonly Surveyed[]; loaded: readonly string[] }>
  /** What hangs counts as `Timeout`; what ends the process, as `RuntimeError`. */
  readonly try: (trial: Trial) => Promise<Outcome>
  readonly end: () => void
}

const WORKER = fileURLToPath(new URL('./worker/main.ts', import.meta.url))

const surveyMsMax = 1_800_000

/** What a process answered, or why it did not. */
type Ended = Answer | 'hung' | 'gone'

/** Makes a hand for what `job` names: a file that holds a `Job`. Its process starts with the first thing that it is asked. */
export function createHand(job: string): Hand {
  let child: ChildProcess | undefined
  const end = (): void => {
    if (child?.connected) child.disconnect() // it tidies up, and goes
    child = undefined
  }
  const ask = async (asked: Asked, within: number): Promise<Ended> => {
    child ??= fork(WORKER, [job], { execArgv: ['--disable-warning=ExperimentalWarning'], stdio: 'ignore' })
    const ended = await hear(child, asked, within)
    if (ended === 'hung') child.kill('SIGKILL')
    if (typeof ended === 'string') child = undefined
    return ended
  }
  return {
    async survey(files) {
      const said = await ask({ survey: files }, surveyMsMax)
      if (typeof said !== 'string' && 'surveyed' in said) return said
      throw new Error(`The tests fail as the code stands: ${faultOf(said)}`)
    },
    async try(trial) {
      const said = await ask({ trial }, trial.msMax)
      if (said === 'hung') return { status: 'Timeout' }
      if (said === 'gone') return { status: 'RuntimeError' }
      if (!('outcome' in said)) throw new Error(faultOf(said))
      if (said.isSpent) end()
      return said.outcome
    },
    end,
  }
}

function faultOf(said: Ended): string {
  if (typeof said === 'string') return `the process is ${said}`
  return 'fault' in said ? said.fault : 'the process answers something else'
}

function hear(child: ChildProcess, asked: Asked, within: number): Promise<Ended> {
  return new Promise((resolve) => {
    const stop = wait(within, () => answer('hung'))
    const answer = (said: Ended): void => {
      stop()
      child.removeAllListeners()
      resolve(said)
    }
    child.once('message', (said: Answer) => answer(said))
    child.once('exit', () => answer('gone'))
    child.once('error', () => answer('gone'))
    child.send(asked)
  })
}
