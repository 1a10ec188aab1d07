import type { TaskShown } from '../../sdk/answers.ts'
import { CHOICES, chosen } from '../../sdk/choices.ts'
import { quote } from '../../sdk/quote.ts'
import { tellChange } from '../changed.ts'
import type { Argument, Command } from '../command.ts'
import { readAll, readNamerIfLet, readWhole, writeNamed } from '../lookup.ts'
import { REASON } from '../options.ts'
import { writeScope } from '../scope-words.ts'
import { type Layout, writeCount, writeFacts, writeTable, writeTime } from '../terminal.ts'

const TASK: Argument = { name: 'task', sentence: 'Its id, `tsk_…`.' }

/** The tasks that AI identities act in. */
export const TASK_COMMANDS: readonly Command[] = [
  {
    name: 'task list',
    sentence: 'Lists tasks, newest last.',
    arguments: [],
    options: [
      {
        name: 'state',
        value: 'state',
        oneOf: CHOICES.taskFilters,
        sentence: 'Only those in this state; living are all that have not ended.',
      },
      { name: 'identity', value: 'identity', sentence: 'Only those of this identity.' },
    ],
    run: async (input, context) => {
      const [state, identity] = [input.find('state'), input.find('identity')]
      const filter = {
        ...(state === undefined ? {} : { state: chosen(CHOICES.taskFilters, state) }),
        ...(identity === undefined ? {} : { identity }),
      }
      const client = context.client()
      const tasks = await readAll(
        (page) => client.tasks.list({ ...filter, ...page }),
        (part) => part.tasks,
      )
      const rows = tasks.map((task) => [
        task.id,
        task.chain.map(({ name }) => name).join(' > '),
        task.state,
        task.purpose,
        task.ticket ? quote.unlessWord(task.ticket) : '',
        writeTime(task.endsMs),
        quote.text(task.goal),
      ])
      return {
        data: { tasks },
        lines: [
          writeTable(['id', 'chain', 'state', 'purpose', 'ticket', 'ends', 'goal'], rows, sayNone(state, identity)),
        ],
      }
    },
  },
  {
    name: 'task show',
    sentence: 'Shows a task: what it may do, what it has used, its tokens and its child tasks.',
    arguments: [TASK],
    options: [],
    run: async (input, context) => {
      const client = context.client()
      const shown = await client.tasks.show(input.text('task'))
      const children = await readWhole(shown.children, shown.childrenNext, (page) =>
        client.tasks.list({ ...page, parent: shown.task.id, state: 'living' }),
      )
      const data = { ...shown, children, childrenNext: null }
      const { onBehalfOf } = shown.task
      const nameOf = await readNamerIfLet(client, onBehalfOf === null ? [] : [onBehalfOf])
      return { data, lines: [describeTask(data, nameOf)] }
    },
  },
  {
    name: 'task revoke',
    sentence: 'Ends a task and all below it; their tokens stop at once.',
    arguments: [TASK],
    options: [REASON],
    run: async (input, context) => {
      const ended = await context.client().tasks.revoke(input.text('task'), input.text('reason'))
      const sentence = `${writeCount(ended.ended.length, 'task')} and ${writeCount(ended.credentials, 'credential')} ended in ${Math.ceil(ended.tookMs)} ms.`
      return tellChange(sentence, ended, ended.ended)
    },
  },
]

function sayNone(state: string | undefined, identity: string | undefined): string {
  if (state === undefined && identity === undefined) return 'There is no task yet.'
  return `There is no ${state === undefined ? '' : `${state} `}task${identity === undefined ? '' : ` of ${identity}`}.`
}

function describeTask({ task, usage, credentials, children }: TaskShown, nameOf: (id: string) => string): Layout {
  return writeFacts([
    ['id', task.id],
    ['state', task.endedBecause === null ? task.state : `${task.state}: ${quote.text(task.endedBecause)}`],
    ['chain', task.chain.map(({ name }) => name).join(' > ')],
    ['purpose', task.purpose],
    ['goal', quote.text(task.goal)],
    ['ticket', task.ticket === null ? '' : quote.unlessWord(task.ticket)],
    ['on behalf of', task.onBehalfOf === null ? '' : writeNamed(task.onBehalfOf, nameOf)],
    ...writeScope(task.scope).map((grant, at) => [at === 0 ? 'may' : ' ', grant] as const),
    ['ceiling', task.ceiling],
    [
      'used',
      `${usage?.calls ?? 0} of ${task.budget.callsMax} calls, ${usage?.writes ?? 0} of ${task.budget.writesMax} writes`,
    ],
    [
      'pivots',
      (usage?.pivots ?? 0) === 0 ? '' : `${writeCount(usage?.pivots ?? 0, 'call')} outside of its scope or purpose`,
    ],
    ['live tokens', String(credentials.length)],
    ['children', children.map(({ id, state }) => `${id} (${state})`).join(', ')],
    ['approval', task.approvalId ?? ''],
    ['ends', writeTime(task.endsMs)],
  ])
}
