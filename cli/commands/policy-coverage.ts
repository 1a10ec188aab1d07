import type { PolicyCounted, PolicyFailure } from '../../sdk/policy-answers.ts'
import { quote } from '../../sdk/quote.ts'
import type { Answer, Command, Context } from '../command.ts'
import { DOMAIN } from '../policy-desk.ts'
import { writeCount, writeTime } from '../terminal.ts'

/** What the policies reach, and what of them was ever of use. */
export const POLICY_COVERAGE_COMMAND: Command = {
  name: 'policy coverage',
  sentence:
    'Shows tools that nobody reviewed, tools that no policy can permit, tools that policies name and that are none, rules that never decided, and policies that failed; of a domain, actions that no policy permits and rules that never decided. Asks for the role admin or auditor.',
  arguments: [],
  options: [DOMAIN],
  run: async (input, context) => {
    const domain = input.find('domain')
    if (domain !== undefined) return await coverDomain(context, domain)
    const data = await context.client().policies.coverage()
    const { unreviewed, unreachable, unknown = [], rules, faults, counted } = data
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
        'Tools that policies name and that nobody has reviewed, perhaps misspelt:',
        unknown.map(({ policy, tool }) => `${policy}: ${quote.unlessWord(tool)}`),
        'Every tool that a policy names was reviewed.',
      ),
      ...listIdle({ rules, counted }),
      ...listFailed(faults),
    ]
    return { data, lines }
  },
}

async function coverDomain(context: Context, domain: string): Promise<Answer> {
  const data = await context.client().domains.coverage(domain)
  const unpermitted = list(
    'Actions that no policy permits to anybody:',
    data.unpermitted.map(quote.unlessWord),
    'Every action can be permitted by some policy.',
  )
  return {
    data,
    lines: [
      `Version ${data.version} of the domain ${domain} decides.`,
      ...unpermitted,
      ...listIdle(data),
      ...listFailed(data.faults),
    ],
  }
}

function listIdle({ rules, counted: { from, to } }: PolicyCounted): string[] {
  const idle = rules.filter(({ hits }) => hits === 0).map(({ id }) => id)
  if (to <= from) return list('No entry was counted yet; rules:', idle, 'No entry was counted yet.')
  const where = `in the entries #${from} to #${to - 1}`
  return list(`Rules that decided nothing ${where}:`, idle, `Every rule decided something ${where}.`)
}

function listFailed(faults: readonly PolicyFailure[]): string[] {
  const say = ({ id, times, lastMs, sentence }: PolicyFailure): string =>
    `${id}: ${writeCount(times, 'time')}, last ${writeTime(lastMs)}: ${sentence}`
  return list(
    'Policies that failed since the server started:',
    faults.map(say),
    'No policy failed since the server started.',
  )
}

function list(head: string, rows: readonly string[], none: string): string[] {
  return rows.length === 0 ? [none] : [head, ...rows.map((row) => `  ${row}`)]
}
