import { quietTests } from './quiet-tests.ts'

export default quietTests(['src/contract/**/*.test.ts'], 1_000)
