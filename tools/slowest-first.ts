import { relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** What takes the longest, the longest first: begun last, one of them would be waited for alone. */
export const SLOWEST: readonly string[] = [
  'test/cedar/differential.test.ts',
  'test/crash/crash.test.ts',
  'test/suites/budgets.test.ts',
  'test/process/several-servers.test.ts',
  'test/crash/served.test.ts',
  'test/scenarios/master-key.test.ts',
  'test/faults/flow-faults.test.ts',
  'test/process/refused.test.ts',
  'src/decide/recall/same.test.ts',
  'test/scenarios/status-list.test.ts',
  'test/process/slept.test.ts',
  'test/suites/edited-rows.test.ts',
  'test/scenarios/streams-judged.test.ts',
  'bench/run-bench.test.ts',
  'test/process/demo.test.ts',
  'test/scenarios/checks-apart.test.ts',
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
