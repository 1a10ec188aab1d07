import { createLoader } from './load-fresh.ts'
import { createStandIn, type Registered, type Test } from './stand-in.ts'
import { countHits, type Hits, withMutant } from './switch.ts'
import { wait } from './wait.ts'

/** What became of a change; `RuntimeError` where a file could not be loaded with it and no other test noticed it. */
export interface Outcome {
  readonly status: 'Killed' | 'Timeout' | 'RuntimeError' | 'Survived'
  /** The test file that noticed it. None where nothing did, or where it is not known, as of what hangs. */
  readonly by?: string
}

/** What one test file comes by as the code stands. */
export interface Surveyed {
  readonly file: string
  /** Changes that it comes by as it is loaded, before any test runs. */
  readonly loading: Hits
  readonly loadMs: number
  readonly tests: readonly { readonly ms: number; readonly hits: Hits }[]
}

/** How one change is to be tried. */
export interface Trial {
  readonly mutant: string
  /** A test, or the loading of a file, that comes by the change more often than this has no end. */
  readonly hitsMax: number
  /** What takes longer than this hangs. */
  readonly msMax: number
  /** Tests that come by the change only as they run, in the order in which they are run. */
  readonly tests: readonly { readonly file: string; readonly at: number }[]
  /**
   * Test files that come by it as they are loaded: they are loaded with the change switched on, and all their tests run,
   * those first that `first` lists.
   */
  readonly reloads: readonly { readonly file: string; readonly first: readonly number[] }[]
}

type Ended = 'passed' | 'failed' | 'endless'

/** What ends a test that waits for what never comes. It does not measure the machine, which may be busy. */
const testMsMax = 30_000

/** Where tests are loaded once and run again for each change. */
export function createStage(texts: Readonly<Record<string, string>>, runs: number) {
  const files = openFiles(texts, runs)
  return {
    /** Runs each test of a file once, as the code stands. Throws the fault of a test that fails. */
    async survey(file: string): Promise<Surveyed> {
      const loadStartMs = performance.now()
      const { result: registered, hits: loading } = await countHits(() => files.stage(file))
      const loadMs = performance.now() - loadStartMs
      const tests: { ms: number; hits: Hits }[] = []
      for (const test of registered.tests) {
        const startMs = performance.now()
        const { hits } = await countHits(async () => test.run())
        tests.push({ ms: performance.now() - startMs, hits })
      }
      return { file, loading, loadMs, tests }
    },
    /** Runs tests with a change switched on until one notices it. */
    async try(trial: Trial): Promise<Outcome> {
      for (const test of trial.tests) {
        const ended = await tryTest(files, test, trial)
        if (ended !== 'passed') return { status: ended === 'failed' ? 'Killed' : 'Timeout', by: test.file }
      }
      let isBroken = false
      for (const reload of trial.reloads) {
        const ended = await tryReloaded(files, reload, trial)
        if (ended === 'failed') return { status: 'Killed', by: reload.file }
        if (ended === 'endless') return { status: 'Timeout', by: reload.file }
        isBroken ||= ended === 'broken'
      }
      return { status: isBroken ? 'RuntimeError' : 'Survived' }
    },
    loaded: files.loaded,
    /** Lets the tests tidy up. */
    close: files.close,
  }
}

type Files = ReturnType<typeof openFiles>

function openFiles(texts: Readonly<Record<string, string>>, runs: number) {
  const standIn = createStandIn(runs)
  const { loadFresh, loaded } = createLoader(texts, standIn.vitest)
  const staged = new Map<string, Registered>()
  const load = (file: string): Promise<Registered> => standIn.register(() => loadFresh(file))
  return {
    load,
    loaded,
    async stage(file: string): Promise<Registered> {
      const known = staged.get(file) ?? (await load(file))
      staged.set(file, known)
      return known
    },
    forget: (file: string) => staged.delete(file),
    async close(): Promise<void> {
      for (const registered of staged.values()) await tidy(registered)
    },
  }
}

async function tryTest(files: Files, { file, at }: Trial['tests'][number], trial: Trial): Promise<Ended> {
  const find = async (): Promise<Test> => testOf(await files.stage(file), file, at)
  const first = await runChanged(await find(), trial)
  // What a change has left behind in memory must not fail the test of another one: without it the test has to pass.
  if (first === 'passed' || (await runTest(await find())) === 'passed') return first
  files.forget(file)
  return runChanged(await find(), trial)
}

async function tryReloaded(
  { load }: Files,
  { file, first }: Trial['reloads'][number],
  { mutant, hitsMax }: Trial,
): Promise<Ended | 'broken'> {
  const { result: registered, isEndless } = await withMutant(mutant, hitsMax, () => load(file).catch(() => undefined))
  if (isEndless) return 'endless'
  if (registered === undefined) return 'broken'
  const { tests } = registered
  const ordered = [...first.flatMap((at) => tests[at] ?? []), ...tests.filter((_, at) => !first.includes(at))]
  let ended: Ended = 'passed'
  for (const test of ordered) if (ended === 'passed') ended = await runChanged(test, { mutant, hitsMax })
  await tidy(registered)
  return ended
}

async function runChanged(test: Test, { mutant, hitsMax }: Pick<Trial, 'mutant' | 'hitsMax'>): Promise<Ended> {
  const { result, isEndless } = await withMutant(mutant, hitsMax, () => runTest(test))
  return isEndless ? 'endless' : result
}

function testOf({ tests }: Registered, file: string, at: number): Test {
  const test = tests[at]
  if (test === undefined) throw new Error(`${file} has no test ${at} any more.`)
  return test
}

async function runTest(test: Test): Promise<Ended> {
  let stop = (): void => {}
  const late = new Promise<Ended>((resolve) => {
    stop = wait(testMsMax, () => resolve('endless'))
  })
  const run = async (): Promise<Ended> => {
    try {
      await test.run()
      return 'passed'
    } catch {
      return 'failed'
    }
  }
  const ended = await Promise.race([run(), late])
  stop()
  return ended
}

async function tidy({ after }: Registered): Promise<void> {
  for (const each of after)
    await Promise.resolve()
      .then(each)
      .catch(() => {})
}
