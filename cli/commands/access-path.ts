import type { Client } from '../../sdk/client.ts'
import type { PathsFound } from '../../sdk/paths.ts'
import { sayCautions } from '../changed.ts'
import { type Answer, type Command, usageError } from '../command.ts'
import { readNamerIfLet, writeNamed } from '../lookup.ts'
import { writeScope } from '../scope-words.ts'
import { writeTable, writeTime } from '../terminal.ts'

/** Shows by which ways something can be done now, and which entries of the log made them. */
export const ACCESS_PATH_COMMAND: Command = {
  name: 'access path',
  sentence:
    'Lists every way by which an identity reaches a resource now, or that leads to a task; each step names its entry.',
  arguments: [],
  options: [
    { name: 'from', value: 'identity', sentence: 'Name or id; goes with --to.' },
    {
      name: 'to',
      value: 'resource',
      sentence: 'The resource, such as docs:internal/plans.md, or docs:internal/* for any that begins so.',
    },
    { name: 'of', value: 'task', sentence: 'A task, in place of the two.' },
  ],
  run: async (input, context) => {
    const [from, to, of] = [input.find('from'), input.find('to'), input.find('of')]
    const client = context.client()
    const { paths } = client
    if (of !== undefined && from === undefined && to === undefined) return tell(client, await paths.of(of))
    if (of !== undefined || from === undefined || to === undefined)
      throw usageError('Say --from and --to, or --of.', 'Run `remit access path --help`.')
    return tell(client, await paths.between(from, to))
  },
}

async function tell(client: Client, found: PathsFound): Promise<Answer> {
  const edges = found.paths.flatMap((path) => path.edges)
  const nameOf = await readNamerIfLet(
    client,
    edges.flatMap(({ from, to }) => [from, to]),
  )
  const lines = found.paths.flatMap((path) => [
    `${path.names.join(' > ')} in ${path.taskId}: ${writeScope(path.scope).join(', ')}, ${path.ceiling} data, until ${writeTime(path.endsMs)}`,
    writeTable(
      ['step', 'from', 'to', 'until', 'entry'],
      path.edges.map((edge) => [
        edge.kind,
        writeNamed(edge.from, nameOf),
        writeNamed(edge.to, nameOf),
        writeTime(edge.untilMs),
        `#${edge.entry}`,
      ]),
      '',
    ),
    '',
  ])
  const fallen = found.fallen.map(({ taskId, because }) => `${taskId} leads nowhere now: ${because}.`)
  const isOpen = (id: string): boolean => edges.some(({ to }) => to === id)
  const openable = found.openable
    .filter(({ entitlementId }) => !isOpen(entitlementId))
    .map(
      ({ entitlementId, scope, endsMs, entry }) =>
        `In a task that would have to be opened, by ${entitlementId}: ${writeScope(scope).join(', ')}, until ${writeTime(endsMs)} (#${entry})`,
    )
  const nowhere = openable.length === 0 ? 'There is no way there now.' : 'No task that is open leads there.'
  const none = found.paths.length === 0 ? [nowhere, ...sayCautions(found.cautions)] : []
  const more = found.isLimited ? ['There are more than are told: the analysis was limited.'] : []
  const asOf = `As of entry #${found.size - 1} of the log.`
  return { data: found, lines: [...none, ...lines, ...openable, ...fallen, ...more, asOf] }
}
