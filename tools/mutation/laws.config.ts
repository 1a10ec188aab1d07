import { quietTests } from './quiet-tests.ts'

export default quietTests(['src/decide/laws/**/*.test.ts'], 200)
