import { runRemit } from '../cli-process.ts'
import type { Play, Step } from '../play.ts'
import { expectThat } from '../story-error.ts'

/** Every decision can be explained to a person, from the log. */
export const EXPLAINED_STEP: Step = {
  title: 'Why? One permit and one denial, explained from the log',
  play: async (play) => {
    await explain(play, play.shelf.take('permitEntry'))
    await explain(play, play.shelf.take('denialEntry'))
  },
}

async function explain({ shelf, stage, tell }: Play, entry: number): Promise<void> {
  const environment = { REMIT_URL: stage.baseUrl, REMIT_SESSION: shelf.take('lin').session }
  const { exitCode, lines } = await runRemit(['why', String(entry)], { environment })
  const [first, ...rest] = lines
  expectThat(
    exitCode === 0 && first !== undefined && rest.length > 0,
    `Entry #${entry} is not explained: ${lines.join(' ')}`,
  )
  await tell(`remit why ${entry}`, first, entry)
  for (const sentence of rest) await tell('', sentence)
}
