import { quietTests } from './quiet-tests.ts'

export default quietTests(['src/decide/**/*.test.ts'], 200)
