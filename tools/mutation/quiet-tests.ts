import { defineConfig, type ViteUserConfig } from 'vitest/config'

/**
 * Gives the configuration of the tests that must notice a change. Each change has its turn, so that they say nothing,
 * share one process, and try a law less often each time (`RUNS` of test/arbitraries.ts).
 */
export function quietTests(include: readonly string[], runs: number): ViteUserConfig {
  return defineConfig({
    test: {
      environment: 'node',
      include: [...include],
      isolate: false,
      testTimeout: 120_000,
      hookTimeout: 120_000,
      reporters: [],
      provide: { runs },
    },
  })
}
