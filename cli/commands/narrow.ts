import { CHOICES, chosen } from '../../sdk/choices.ts'
import { tellChange } from '../changed.ts'
import type { Command, Input } from '../command.ts'
import { findIdentityId } from '../lookup.ts'
import { REASON } from '../options.ts'
import { readGrant } from '../scope-words.ts'
import { writeTime } from '../terminal.ts'

/** Takes away part of what an identity may ask for. */
export const NARROW_COMMAND: Command = {
  name: 'identity narrow',
  sentence:
    'Narrows an entitlement at once, also of an active identity: tasks under it are held to it from their next request on. What is not said stays.',
  arguments: [
    { name: 'identity', sentence: 'Name or id.' },
    { name: 'entitlement', sentence: 'Its id, as `remit identity show` and `remit identity used` show it.' },
  ],
  options: [
    { name: 'allow', value: 'action@resource', isMany: true, sentence: 'All that it allows from now on; repeat it.' },
    { name: 'class', value: 'class', isMany: true, oneOf: CHOICES.classes, sentence: 'All its classes; repeat it.' },
    { name: 'ceiling', value: 'sensitivity', oneOf: CHOICES.sensitivities, sentence: 'How sensitive at most.' },
    { name: 'each-call', sentence: 'A person approves each call under it from now on.' },
    { name: 'approvers', value: 'count', sentence: 'So many different people approve each call.' },
    { name: 'days', value: 'days', sentence: 'It ends after so many days from now, and not later than before.' },
    REASON,
  ],
  run: async (input, context) => {
    const client = context.client()
    const id = await findIdentityId(client, input.text('identity'))
    const narrowed = await client.identities.narrow(id, input.text('entitlement'), readNarrowing(input))
    const { entitlement } = narrowed
    return tellChange(`${entitlement.id} is narrowed; it ends ${writeTime(entitlement.endsMs)}.`, narrowed)
  },
}

function readNarrowing(input: Input) {
  const [allow, classes, ceiling] = [input.all('allow'), input.all('class'), input.find('ceiling')]
  return {
    ...(allow.length === 0 ? {} : { scope: allow.map(readGrant) }),
    ...(classes.length === 0 ? {} : { classes: classes.map((each) => chosen(CHOICES.classes, each)) }),
    ...(ceiling === undefined ? {} : { ceiling: chosen(CHOICES.sensitivities, ceiling) }),
    ...(input.has('each-call') ? { approval: 'each-call' as const } : {}),
    ...(input.find('approvers') === undefined ? {} : { approvers: input.whole('approvers', 1, 5) }),
    ...(input.find('days') === undefined ? {} : { days: input.whole('days', 1, 366) }),
    reason: input.text('reason'),
  }
}
