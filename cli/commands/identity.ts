import type { Adoption } from '../../sdk/answers.ts'
import { CHOICES, chosen } from '../../sdk/choices.ts'
import { sayGrantsEnded, tellChange } from '../changed.ts'
import { type Argument, type Command, type Context, type Input, type Option, usageError } from '../command.ts'
import { COMPOSITION_OPTIONS, readComposition } from '../composition-words.ts'
import { describeIdentity } from '../identity-words.ts'
import { findIdentityId, findPerson, readAccountable, readAll } from '../lookup.ts'
import { DAYS, GRANT_OPTIONS, REASON } from '../options.ts'
import { readGrant } from '../scope-words.ts'
import { readSeen } from '../seen-words.ts'
import { writeTable } from '../terminal.ts'
import { BINDING_COMMANDS } from './identity-binding.ts'

const IDENTITY: Argument = { name: 'identity', sentence: 'Name or id.' }

const PROFILE: readonly Option[] = [
  { name: 'owner', value: 'person', isRequired: true, sentence: 'Who answers for it.' },
  { name: 'sponsor', value: 'person', isRequired: true, sentence: 'The second accountable person.' },
  { name: 'purpose', value: 'code', isRequired: true, sentence: 'Why it exists: a code of `remit purpose list`.' },
  { name: 'kind', value: 'kind', oneOf: CHOICES.kinds, fallback: 'agent', sentence: 'What it is.' },
  { name: 'runtime', value: 'runtime', oneOf: CHOICES.runtimes, fallback: 'own', sentence: 'Who runs it.' },
  { name: 'vendor', value: 'name', sentence: 'Which vendor runs it, for runtime vendor.' },
  {
    name: 'autonomy',
    value: 'autonomy',
    oneOf: CHOICES.autonomies,
    fallback: 'bounded',
    sentence: 'How much it does unwatched.',
  },
  {
    name: 'reach',
    value: 'reach',
    oneOf: CHOICES.reaches,
    fallback: 'team',
    sentence: 'How far a mistake of it reaches.',
  },
]

/** Of a discovered one, nothing has to be said that the row of its issuer says. */
const ADOPTION: readonly Option[] = PROFILE.map(({ name, value, oneOf, sentence }) => ({
  name,
  ...(value === undefined ? {} : { value }),
  ...(oneOf === undefined ? {} : { oneOf }),
  sentence,
}))

/** The AI identities and their life. */
export const IDENTITY_COMMANDS: readonly Command[] = [
  {
    name: 'identity list',
    sentence: 'Lists the AI identities.',
    arguments: [],
    options: [{ name: 'state', value: 'state', oneOf: CHOICES.identityStates, sentence: 'Only those in this state.' }],
    run: listIdentities,
  },
  {
    name: 'identity show',
    sentence:
      'Shows an identity: who answers for it, what it is made of, its tier and why, how it proves itself, what it may ask for.',
    arguments: [IDENTITY],
    options: [],
    run: async (input, context) => {
      const client = context.client()
      const data = await client.identities.show(input.text('identity'))
      const [nameOf, seen] = [await readAccountable(client), await readSeen(client, data)]
      return { data, lines: describeIdentity(data, { nameOf, seen }) }
    },
  },
  {
    name: 'identity draft',
    sentence: 'Drafts a new identity.',
    arguments: [{ name: 'name', sentence: 'Its name.' }],
    options: PROFILE,
    run: async (input, context) => {
      const drafted = await context
        .client()
        .identities.draft({ name: input.text('name'), ...(await readProfile(input, context)) })
      return tellChange(`${drafted.identity.name} is drafted, ${drafted.identity.tier}.`, drafted)
    },
  },
  {
    name: 'identity adopt',
    sentence:
      'Takes responsibility for an identity that was discovered acting; the proof it was seen with becomes its binding. What is left out is as it was seen, or as the row of its issuer says.',
    arguments: [IDENTITY],
    options: [...ADOPTION, { name: 'name', value: 'name', sentence: 'A better name for it.' }],
    run: async (input, context) => {
      const client = context.client()
      const id = await findIdentityId(client, input.text('identity'))
      const name = input.find('name')
      const adoption = { ...(name === undefined ? {} : { name }), ...(await readAdoption(input, context)) }
      const adopted = await client.identities.adopt(id, adoption)
      return tellChange(`${adopted.identity.name} is adopted, ${adopted.identity.tier}.`, adopted)
    },
  },
  ...BINDING_COMMANDS,
  {
    name: 'identity entitle',
    sentence: 'Proposes what the identity may ask for. Eligibility, never access.',
    arguments: [IDENTITY],
    options: [
      ...GRANT_OPTIONS,
      { name: 'each-call', sentence: 'A person approves every single call under it.' },
      { name: 'approvers', value: 'number', fallback: '1', sentence: 'How many different people approve each call.' },
      {
        name: 'counts',
        value: 'action@resource',
        isMany: true,
        sentence:
          'Of an enforcement point: acts that it lets happen once it is told yes. They count for the task that it asks about, and it may ask about nothing else.',
      },
      DAYS,
      REASON,
    ],
    run: entitle,
  },
  partCommand('unbind', 'binding', 'Ends a way in which the identity proves itself.', 'endBinding'),
  partCommand('unentitle', 'entitlement', 'Takes back what the identity may ask for.', 'endEntitlement'),
  {
    name: 'identity rehearse',
    sentence: 'Rehearses taking its access back, on a canary, and keeps the result as evidence.',
    arguments: [IDENTITY],
    options: [],
    run: async (input, context) => {
      const client = context.client()
      const rehearsed = await client.identities.rehearse(await findIdentityId(client, input.text('identity')))
      return tellChange(`Its access was taken back in ${Math.ceil(rehearsed.rehearsal.tookMs)} ms.`, rehearsed)
    },
  },
  {
    name: 'identity submit',
    sentence:
      'Puts the identity up for approval, with what it is made of where that is said: then only that gets tokens.',
    arguments: [IDENTITY],
    options: COMPOSITION_OPTIONS,
    run: async (input, context) => {
      const client = context.client()
      const submitted = await client.identities.submit(
        await findIdentityId(client, input.text('identity')),
        readComposition(input),
      )
      const { id, seats } = submitted.approval
      return tellChange(`It waits for: ${seats.join(', ')}.`, submitted, [`  remit approve ${id} --reason '…'`])
    },
  },
  movingCommand(
    'return',
    'sendBack',
    'Sends an identity that waits for approval back to draft, where it can be changed.',
    'is a draft again',
  ),
  movingCommand(
    'suspend',
    'suspend',
    'Suspends an identity: nothing of it is accepted until it is approved again.',
    'is suspended',
  ),
  movingCommand('retire', 'retire', 'Retires an identity for good.', 'is retired'),
  movingCommand(
    'hear',
    'hear',
    'Lets an identity have people asked again before the day is over: what they said no to until now counts no more against what it asks.',
    'may have people asked again, whatever they said no to until now',
  ),
  {
    name: 'identity reassign',
    sentence:
      'Gives an identity another owner, or another sponsor; what is active is suspended until it is submitted and approved again. With another owner it also ends who may act for it, and for whom it may act.',
    arguments: [IDENTITY],
    options: [
      { name: 'owner', value: 'person', sentence: 'Who answers for it from now on; left out, whoever does now.' },
      { name: 'sponsor', value: 'person', sentence: 'The second accountable person, in place of the present one.' },
      REASON,
    ],
    run: reassign,
  },
]

function partCommand(
  verb: string,
  part: 'binding' | 'entitlement',
  sentence: string,
  end: 'endBinding' | 'endEntitlement',
): Command {
  return {
    name: `identity ${verb}`,
    sentence,
    arguments: [IDENTITY, { name: part, sentence: 'Its id, as `remit identity show` shows it.' }],
    options: [REASON],
    run: async (input, context) => {
      const client = context.client()
      const id = await findIdentityId(client, input.text('identity'))
      const ended = await client.identities[end](id, input.text(part), input.text('reason'))
      return tellChange(`The ${part} ${input.text(part)} has ended; what rests on it counts no more.`, ended)
    },
  }
}

function movingCommand(
  verb: string,
  method: 'sendBack' | 'suspend' | 'retire' | 'hear',
  sentence: string,
  outcome: string,
): Command {
  return {
    name: `identity ${verb}`,
    sentence,
    arguments: [IDENTITY],
    options: [REASON],
    run: async (input, context) => {
      const client = context.client()
      const id = await findIdentityId(client, input.text('identity'))
      const changed = await client.identities[method](id, input.text('reason'))
      return tellChange(`${changed.identity.name} ${outcome}.`, changed, sayGrantsEnded(changed))
    },
  }
}

async function listIdentities(input: Input, context: Context) {
  const client = context.client()
  const state = input.find('state')
  const query = state === undefined ? {} : { state: chosen(CHOICES.identityStates, state) }
  const listed = await readAll(
    (page) => client.identities.list({ ...query, ...page }),
    ({ identities, cutOff = [] }) => {
      const cut = new Map(cutOff.map(({ identityId, cutoffs }) => [identityId, cutoffs]))
      return identities.map((identity) => ({ identity, cutoffs: cut.get(identity.id) ?? [] }))
    },
  )
  const nameOf = await readAccountable(client)
  const rows = listed.map(({ identity: { name, state, tier, owner, purpose, id }, cutoffs }) => [
    name,
    cutoffs.length === 0 ? state : `${state}, cut off`,
    tier,
    nameOf(owner),
    purpose ?? '',
    id,
  ])
  const table = writeTable(
    ['name', 'state', 'tier', 'owner', 'purpose', 'id'],
    rows,
    state === undefined
      ? 'There is no identity yet: `remit identity draft` makes one.'
      : `No identity is in the state ${state}.`,
  )
  const cutOff = listed.flatMap(({ identity: { id }, cutoffs }) =>
    cutoffs.length === 0 ? [] : [{ identityId: id, cutoffs }],
  )
  return { data: { identities: listed.map(({ identity }) => identity), cutOff }, lines: [table] }
}

async function readAdoption(input: Input, context: Context) {
  const client = context.client()
  const idOf = async (option: string): Promise<string | undefined> => {
    const named = input.find(option)
    return named === undefined ? undefined : (await findPerson(client, named)).id
  }
  const choose = <T extends string>(option: string, choices: readonly T[]): T | undefined => {
    const named = input.find(option)
    return named === undefined ? undefined : chosen(choices, named)
  }
  // who says why it exists says all of it: what is left out is then as of a draft
  const usual =
    input.find('purpose') === undefined ? {} : ({ kind: 'agent', autonomy: 'bounded', reach: 'team' } as const)
  const said = {
    kind: choose('kind', CHOICES.kinds),
    runtime: choose('runtime', CHOICES.runtimes),
    vendor: input.find('vendor'),
    owner: await idOf('owner'),
    sponsor: await idOf('sponsor'),
    purpose: input.find('purpose'),
    autonomy: choose('autonomy', CHOICES.autonomies),
    reach: choose('reach', CHOICES.reaches),
  }
  const given = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined))
  return { ...usual, ...given } as Adoption // the members are those of `said`
}

async function readProfile(input: Input, context: Context) {
  const client = context.client()
  const vendor = input.find('vendor')
  return {
    kind: chosen(CHOICES.kinds, input.text('kind')),
    runtime: chosen(CHOICES.runtimes, input.text('runtime')),
    ...(vendor === undefined ? {} : { vendor }),
    owner: (await findPerson(client, input.text('owner'))).id,
    sponsor: (await findPerson(client, input.text('sponsor'))).id,
    purpose: input.text('purpose'),
    autonomy: chosen(CHOICES.autonomies, input.text('autonomy')),
    reach: chosen(CHOICES.reaches, input.text('reach')),
  }
}

async function reassign(input: Input, context: Context) {
  const client = context.client()
  const said = [input.find('owner'), input.find('sponsor')] as const
  if (said.every((each) => each === undefined))
    throw usageError('Say --owner, --sponsor or both.', 'Run `remit identity reassign --help`.')
  const { identity } = await client.identities.show(input.text('identity'))
  const owner = await findPerson(client, said[0] ?? identity.owner ?? '')
  const sponsor = said[1] === undefined ? undefined : await findPerson(client, said[1])
  const changed = await client.identities.reassign(identity.id, {
    owner: owner.id,
    ...(sponsor === undefined ? {} : { sponsor: sponsor.id }),
    reason: input.text('reason'),
  })
  const { name, state } = changed.identity
  const beside = sponsor === undefined ? '' : `, with ${sponsor.name} as its sponsor`
  return tellChange(`${owner.name} answers for ${name} from now on${beside}; it is ${state}.`, changed, [
    ...sayGrantsEnded(changed),
    `  remit identity submit ${name}`,
  ])
}

async function entitle(input: Input, context: Context) {
  const client = context.client()
  const entitled = await client.identities.entitle(await findIdentityId(client, input.text('identity')), {
    scope: input.all('allow').map(readGrant),
    classes: input.all('class').map((each) => chosen(CHOICES.classes, each)),
    ceiling: chosen(CHOICES.sensitivities, input.text('ceiling')),
    approval: input.has('each-call') ? 'each-call' : 'none',
    approvers: input.whole('approvers', 1, 5),
    ...(input.has('counts') ? { counts: input.all('counts').map(readGrant) } : {}),
    reason: input.text('reason'),
    days: input.whole('days', 1, 366),
  })
  const { tier, tierReasons } = entitled.identity
  return tellChange(`It may be asked for once approved. The identity is ${tier}: ${tierReasons.join('; ')}.`, entitled)
}
