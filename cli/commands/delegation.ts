import { CHOICES, chosen } from '../../sdk/choices.ts'
import type { DelegationDraft } from '../../sdk/delegations.ts'
import { tellChange } from '../changed.ts'
import type { Command, Input, Option } from '../command.ts'
import { findIdentityId, readAll, readNamer, readNamerIfLet } from '../lookup.ts'
import { DAYS, GRANT_OPTIONS, REASON } from '../options.ts'
import { readGrant, writeScope } from '../scope-words.ts'
import { writeCount, writeTable, writeTime } from '../terminal.ts'

const FROM = { name: 'identity', sentence: 'Name or id.' } as const

/** How far somebody may act, whoever lets them. */
const BOUNDS: readonly Option[] = [
  ...GRANT_OPTIONS,
  { name: 'depth', value: 'number', fallback: '0', sentence: 'How many hops it may hand on further (0 to 4).' },
  { name: 'issuer', value: 'name', isMany: true, sentence: 'Issuer of the bindings by which it may be taken.' },
  {
    name: 'strength',
    value: 'strength',
    oneOf: CHOICES.strengths,
    sentence: 'How strongly it has to prove itself at least, to take it.',
  },
  DAYS,
  REASON,
]

function readBounds(input: Input): Omit<DelegationDraft, 'to'> {
  const [issuers, strength] = [input.all('issuer'), input.find('strength')]
  return {
    scope: input.all('allow').map(readGrant),
    classes: input.all('class').map((each) => chosen(CHOICES.classes, each)),
    ceiling: chosen(CHOICES.sensitivities, input.text('ceiling')),
    depthMax: input.whole('depth', 0, 4),
    ...(issuers.length === 0 ? {} : { issuers }),
    ...(strength === undefined ? {} : { minStrength: chosen(CHOICES.strengths, strength) }),
    reason: input.text('reason'),
    days: input.whole('days', 1, 366),
  }
}

/** By which of its proofs a grant may be taken; nothing where any counts. */
function describeProofs({ issuers = [], minStrength }: Pick<DelegationDraft, 'issuers' | 'minStrength'>): string {
  return [...issuers, ...(minStrength === undefined ? [] : [`${minStrength} at least`])].join(', ')
}

/** Which identity may act for which, and what acts for a person. */
export const DELEGATION_COMMANDS: readonly Command[] = [
  {
    name: 'identity delegate',
    sentence:
      'Lets another identity act for one of yours: it may hand that one parts of its tasks, once the owner of that one approved.',
    arguments: [FROM],
    options: [
      { name: 'to', value: 'identity', isRequired: true, sentence: 'The identity that may act for it.' },
      ...BOUNDS,
    ],
    run: async (input, context) => {
      const client = context.client()
      const asked = await client.delegations.ask(await findIdentityId(client, input.text('identity')), {
        to: input.text('to'),
        ...readBounds(input),
      })
      return tellChange(
        `${input.text('to')} may act for ${input.text('identity')} once who answers for ${input.text('to')} approves ${asked.approval.id}.`,
        asked,
        [`  remit approve ${asked.approval.id} --reason '…'`],
      )
    },
  },
  {
    name: 'identity delegates',
    sentence: 'Lists who may act for an identity, and for whom it may act.',
    arguments: [FROM],
    options: [],
    run: async (input, context) => {
      const client = context.client()
      const id = await findIdentityId(client, input.text('identity'))
      const grants = await readAll(
        (page) => client.delegations.list(id, page),
        (part) => part.grants,
      )
      const nameOf = await readNamer(
        client,
        grants.flatMap(({ from, to }) => [from, to]),
      )
      const rows = grants.flatMap((row) =>
        writeScope(row.scope).map((grant) => [
          nameOf(row.from),
          nameOf(row.to),
          row.classes.join(' '),
          grant,
          row.ceiling,
          describeProofs(row),
          row.state,
          writeTime(row.endsMs),
          row.id,
        ]),
      )
      const head = ['of', 'to', 'class', 'what', 'ceiling', 'only by', 'state', 'until', 'grant']
      return {
        data: { grants },
        lines: [writeTable(head, rows, 'Nobody acts for it, and it acts for nobody.')],
      }
    },
  },
  {
    name: 'identity undelegate',
    sentence: 'Ends that one identity may act for another, with all that was handed on under it.',
    arguments: [FROM, { name: 'grant', sentence: 'Its id, as `remit identity delegates` shows it.' }],
    options: [REASON],
    run: async (input, context) => {
      const client = context.client()
      const id = await findIdentityId(client, input.text('identity'))
      const ended = await client.delegations.end(id, input.text('grant'), input.text('reason'))
      return tellChange(`The grant ${input.text('grant')} has ended.`, ended)
    },
  },
  {
    name: 'acting',
    sentence: 'Lists what acts on your behalf now.',
    arguments: [],
    options: [],
    run: async (_, context) => {
      const shown = await context.client().acting.list()
      const rows = shown.tasks.map((task) => [
        task.id,
        task.chain.map((link) => link.name).join(' > '),
        task.goal,
        task.state,
        writeTime(task.endsMs),
      ])
      return {
        data: shown,
        lines: [writeTable(['task', 'who', 'goal', 'state', 'until'], rows, 'Nothing acts on your behalf.')],
      }
    },
  },
  {
    name: 'acting let',
    sentence:
      'Lets an identity act for you, inside what you may do yourself: with a token of your identity provider it opens tasks on your behalf.',
    arguments: [FROM],
    options: BOUNDS,
    run: async (input, context) => {
      const given = await context.client().acting.let({ to: input.text('identity'), ...readBounds(input) })
      const until = writeTime(given.grant.endsMs)
      return tellChange(`${input.text('identity')} may act for you until ${until}: ${given.grant.id}.`, given)
    },
  },
  {
    name: 'acting grants',
    sentence: 'Lists by what identities may act for you.',
    arguments: [],
    options: [],
    run: async (_, context) => {
      const client = context.client()
      const shown = await client.acting.grants()
      const nameOf = await readNamerIfLet(
        client,
        shown.grants.map(({ to }) => to),
      )
      const rows = shown.grants.flatMap((row) =>
        writeScope(row.scope).map((what) => [
          nameOf(row.to),
          row.classes.join(' '),
          what,
          row.ceiling,
          describeProofs(row),
          row.state,
          writeTime(row.endsMs),
          row.id,
        ]),
      )
      const head = ['who', 'class', 'what', 'ceiling', 'only by', 'state', 'until', 'grant']
      return { data: shown, lines: [writeTable(head, rows, 'Nobody may act for you.')] }
    },
  },
  {
    name: 'acting unlet',
    sentence: 'Ends that an identity may act for you, with all that it does so.',
    arguments: [{ name: 'grant', sentence: 'Its id, as `remit acting grants` shows it.' }],
    options: [REASON],
    run: async (input, context) => {
      const ended = await context.client().acting.endLet(input.text('grant'), input.text('reason'))
      return tellChange(`The grant ${input.text('grant')} has ended.`, ended)
    },
  },
  {
    name: 'acting end',
    sentence: 'Ends something that acts on your behalf, with all that it handed on.',
    arguments: [{ name: 'task', sentence: 'Its id, as `remit acting` shows it.' }],
    options: [REASON],
    run: async (input, context) => {
      const ended = await context.client().acting.end(input.text('task'), input.text('reason'))
      const below = ended.ended.length - 1
      const more = below > 0 ? `, with ${writeCount(below, 'task')} below it` : ''
      return tellChange(`${input.text('task')} has ended${more}.`, ended)
    },
  },
]
