import type { Command } from '../command.ts'
import { writeTime } from '../terminal.ts'

/** What the policies reach, and what of them was ever of use. */
export const POLICY_COVERAGE_COMMAND: Command = {
  name: 'policy coverage',
  sentence:
    'Shows tools that nobody reviewed, tools that no policy can permit, rules that never decided, and policies that failed. Asks for the role admin or auditor.',
  arguments: [],
  options: [],
  run: async (_input, context) => {
    const data = await context.client().policies.coverage()
    const { unreviewed, unreachable, rules, faults, counted } = data
    const idle = rules.filter(({ hits }) => hits === 0)
    const list = (head: string, rows: readonly string[], none: string): string[] =>
      rows.length === 0 ? [none] : [head, ...rows.map((row) => `  ${row}`)]
    const lines = [
      ...list(
        'Tools that nobody has reviewed, and that are closed:',
        unreviewed,
        'Every tool that is offered was reviewed.',
      ),
      ...list(
        'Tools that no policy can permit:',
        unreachable.map(({ tool, because }) => `${tool}: ${because}`),
        'Every reviewed tool can be permitted by some policy.',
      ),
      ...list(
        `Rules that decided nothing in the entries #${counted.from} to #${counted.to - 1}:`,
        idle.map(({ id }) => id),
        `Every rule decided something in the entries #${counted.from} to #${counted.to - 1}.`,
      ),
      ...list(
        'Policies that failed since the server started:',
        faults.map(
          ({ id, times, lastMs, sentence }) => `${id}: ${times} times, last ${writeTime(lastMs)}: ${sentence}`,
        ),
        'No policy failed since the server started.',
      ),
    ]
    return { data, lines }
  },
}
