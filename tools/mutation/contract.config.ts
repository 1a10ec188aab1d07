import { defineConfig } from 'vitest/config'

/** The tests that must notice a change of src/contract. Each change has its turn, so that a law is tried less often for each. */
export default defineConfig({
  test: {
    environment: 'node',
    include: ['src/contract/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    reporters: [],
    isolate: false,
    provide: { runs: 1_000 },
  },
})
