import { parseArgs } from 'node:util'
import { findBars, writeBars } from './bars.ts'
import { type Durations, measureAll } from './measures.ts'
import { describeMethod, writeReport } from './report.ts'
import { type Read, runBench } from './run-bench.ts'
import { setStage } from './stage.ts'

interface Wishes {
  readonly isJson: boolean
  readonly durations: Durations
}

const USAGE = 'It takes --json and --seconds <number above 0, at most 120>.'

/** Measures and says what came out; everything in one run, on one machine, so that ratios mean something. */
async function measure({ isJson, durations }: Wishes): Promise<void> {
  const stage = await setStage()
  try {
    const method = describeMethod(stage.folder, durations)
    const { rows, syncMs } = await measureAll(stage, durations, ({ what, connections }) =>
      process.stderr.write(`measured: ${what}, ${connections}\n`),
    )
    const bars = findBars({ rows, syncMs })
    if (isJson) return void process.stdout.write(`${JSON.stringify({ method, rows, syncMs, bars }, null, 2)}\n`)
    const notes = Object.entries(method).map(([name, text]) => `${`${name}:`.padEnd(11)}${text}`)
    process.stdout.write(`${[...writeReport(rows), '', ...writeBars(bars), '', ...notes].join('\n')}\n`)
  } finally {
    await stage.strike()
  }
}

function readWishes(words: readonly string[]): Read<Wishes> {
  try {
    const options = { json: { type: 'boolean' }, seconds: { type: 'string' } } as const
    const { values } = parseArgs({ args: [...words], options, strict: true })
    const seconds = Number(values.seconds ?? 5)
    if (!(seconds > 0 && seconds <= 120)) return { usage: [`--seconds is not '${values.seconds}'.`, USAGE] }
    return { wishes: { isJson: values.json ?? false, durations: { seconds, warmSeconds: Math.min(2, seconds / 2) } } }
  } catch (error) {
    return { usage: [`${error instanceof Error ? error.message : String(error)}.`, USAGE] }
  }
}

await runBench('bench', readWishes, measure)
