import { isProblem } from '../../sdk/problem.ts'

/** Of five seconds each: a machine may be ten times slower than the one that this was written on. */
const LOOKS_MAX = 12

/** Asks about a server of tools, and again while it comes up: on a busy machine that takes longer than people are let wait. */
export async function askUntilUp<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  for (let looks = 1; ; looks += 1) {
    try {
      return await ask()
    } catch (error) {
      if (looks === LOOKS_MAX || !isProblem(error, 'upstream_unavailable')) throw error
    }
  }
}
