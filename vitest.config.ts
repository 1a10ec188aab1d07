import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { countReporter } from './tools/count-reporter.ts'
import { SlowestFirst } from './tools/slowest-first.ts'
import { shareProcesses } from './tools/together.ts'

// Of hundreds of processes and threads, each would read, strip and compile the same sources anew.
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, 'node_modules/.cache/compiled')

const { apart, together } = shareProcesses(import.meta.dirname)

export default defineConfig({
  test: {
    environment: 'node',
    // Half of what most unit tests take is to start a process and to load modules that the file before them loaded too.
    projects: [
      { extends: true, test: { name: 'apart', include: [...apart] } },
      {
        extends: true,
        test: { name: 'together', include: [...together], isolate: false, setupFiles: ['tools/leave-nothing.ts'] },
      },
    ],
    pool: 'forks',
    // One more than continuous integration has cores: with two, a seventh of their time is spent waiting.
    maxWorkers: 3,
    sequence: { sequencer: SlowestFirst },
    execArgv: ['--disable-warning=ExperimentalWarning'],
    // Times end what hangs; they do not measure the machine, which may be ten times slower than the one of its author.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    teardownTimeout: 30_000,
    expect: { poll: { timeout: 60_000 } },
    retry: 0,
    passWithNoTests: false,
    allowOnly: false,
    dangerouslyIgnoreUnhandledErrors: false,
    reporters: ['default', countReporter],
  },
})
