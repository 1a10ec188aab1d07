import { quietTests } from './quiet-tests.ts'

export default quietTests(['test/cedar/corners.test.ts', 'test/cedar/schema.test.ts'], 200)
