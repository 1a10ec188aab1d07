import { defineConfig } from 'vitest/config'
import { countReporter } from './tools/count-reporter.ts'

export default defineConfig({
  test: {
    environment: 'node',
    include: ['src', 'sdk', 'cli', 'console', 'test', 'tools', 'bench'].map((folder) => `${folder}/**/*.test.ts`),
    exclude: ['**/node_modules/**', 'dist/**'],
    pool: 'forks',
    maxWorkers: 2,
    execArgv: ['--disable-warning=ExperimentalWarning'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    teardownTimeout: 10_000,
    retry: 0,
    passWithNoTests: false,
    allowOnly: false,
    dangerouslyIgnoreUnhandledErrors: false,
    reporters: ['default', countReporter],
  },
})
