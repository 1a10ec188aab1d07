import type { Command } from '../command.ts'
import { describeCutoffs } from '../cutoff-words.ts'
import { readNames, readWhole } from '../lookup.ts'
import { writeScope } from '../scope-words.ts'
import { writeTable, writeTime } from '../terminal.ts'

/** Shows what one identity could ask for, what it holds now, and through which chain. */
export const ACCESS_COMMAND: Command = {
  name: 'access',
  sentence: 'Shows what an identity may ask for, the tasks in which it can act now, and the chains that lead to them.',
  arguments: [{ name: 'identity', sentence: 'Name or id.' }],
  options: [],
  run: async (input, context) => {
    const client = context.client()
    const { identity, entitlements, cutoffs = [], ...shown } = await client.identities.show(input.text('identity'))
    const tasks = await readWhole(shown.tasks, shown.tasksNext, (page) =>
      client.tasks.list({ ...page, identity: identity.id, state: 'living' }),
    )
    const live = tasks.filter(({ state, endsMs }) => state === 'active' && endsMs > Date.now())
    const granted = entitlements.filter(({ state }) => state === 'granted')
    const holds = live.flatMap((task) =>
      writeScope(task.scope).map((grant) => [
        grant,
        task.ceiling,
        task.chain.map(({ name }) => name).join(' > '),
        writeTime(task.endsMs),
        `#${task.entry}`,
      ]),
    )
    const asks = granted.flatMap((row) =>
      writeScope(row.scope).map((grant) => [grant, row.ceiling, row.approval, writeTime(row.endsMs), `#${row.entry}`]),
    )
    const told = cutoffs.length === 0 ? [] : describeCutoffs(cutoffs, identity, await readNames(client))
    return {
      data: { identity, cutoffs, holds: live, mayAskFor: granted },
      lines: [
        `${identity.name} (${identity.tier}, ${identity.state})`,
        ...told.map((each) => `It is cut off ${each}.`),
        '',
        writeTable(
          ['can do now', 'ceiling', 'through', 'until', 'entry'],
          holds,
          'It can do nothing now: no task is active.',
        ),
        '',
        writeTable(['may ask for', 'ceiling', 'approval', 'until', 'entry'], asks, 'It may ask for nothing.'),
      ],
    }
  },
}
