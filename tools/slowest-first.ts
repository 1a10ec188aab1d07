import { relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** What takes the longest, the longest first: begun last, one of them would be waited for alone. */
export const SLOWEST: readonly string[] = [
  'test/cedar/differential.test.ts',
  'test/crash/crash.test.ts',
  'test/suites/budgets.test.ts',
  'test/process/several-servers.test.ts',
  'test/process/refused.test.ts',
  'test/crash/served.test.ts',
  'test/scenarios/master-key.test.ts',
  'bench/tokens/tokens.test.ts',
]

/** Begins with the slowest files; the order of the others is Vitest's. */
export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = SLOWEST.indexOf(relative(this.ctx.config.root, moduleId))
      return at === -1 ? SLOWEST.length : at
    }
    return (await super.sort(files)).toSorted((x, y) => rank(x) - rank(y))
  }
}
