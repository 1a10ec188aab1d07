import { CHOICES, chosen } from '../../sdk/choices.ts'
import { tellChange } from '../changed.ts'
import { CliError, type Command } from '../command.ts'
import { readAll } from '../lookup.ts'
import { writeTable } from '../terminal.ts'

/** How often something may be done at most. */
export const LIMIT_COMMANDS: readonly Command[] = [
  {
    name: 'limit list',
    sentence: 'Lists how often what may be done at most, in any window of a length.',
    arguments: [],
    options: [],
    run: async (_input, context) => {
      const { catalogue } = context.client()
      const limits = await readAll(catalogue.limits, (part) => part.limits)
      const rows = limits.map(({ name, of, per, callsMax, windowSeconds, state }) => [
        name,
        of,
        per,
        `${callsMax} in ${windowSeconds} s`,
        state,
      ])
      return {
        data: { limits },
        lines: [
          writeTable(
            ['name', 'of', 'per', 'most', 'state'],
            rows,
            'There is no limit yet: `remit limit set` sets one.',
          ),
        ],
      }
    },
  },
  {
    name: 'limit set',
    sentence: 'Says how often something may be done at most. Of another window it counts anew.',
    arguments: [{ name: 'name', sentence: 'What the limit is called.' }],
    options: [
      {
        name: 'of',
        value: 'pattern',
        isRequired: true,
        sentence: 'A tool such as pay/transfer, a beginning such as pay/*, or a class such as delete.',
      },
      {
        name: 'per',
        value: 'whom',
        isRequired: true,
        oneOf: CHOICES.limitPers,
        sentence: 'Whose calls count together.',
      },
      { name: 'max', value: 'calls', isRequired: true, sentence: 'So many calls at most; 0 allows none.' },
      { name: 'window', value: 'seconds', isRequired: true, sentence: 'In any window of so many seconds.' },
    ],
    run: async (input, context) => {
      const set = await context.client().catalogue.setLimit({
        name: input.text('name'),
        of: input.text('of'),
        per: chosen(CHOICES.limitPers, input.text('per')),
        callsMax: input.whole('max'),
        windowSeconds: input.whole('window', 1),
        state: 'active',
      })
      return tellChange(`The limit ${set.limit.name} counts from now on.`, set)
    },
  },
  {
    name: 'limit end',
    sentence: 'Ends a limit: it holds nobody any more.',
    arguments: [{ name: 'name', sentence: 'What the limit is called.' }],
    options: [],
    run: async (input, context) => {
      const { catalogue } = context.client()
      const name = input.text('name')
      const found = (await readAll(catalogue.limits, (part) => part.limits)).find((limit) => limit.name === name)
      if (found === undefined)
        throw new CliError('usage', 'not_found', `There is no limit ${name}.`, '`remit limit list` shows them.')
      const { version: _version, entry: _entry, ...limit } = found
      return tellChange(`The limit ${name} has ended.`, await catalogue.setLimit({ ...limit, state: 'ended' }))
    },
  },
]
