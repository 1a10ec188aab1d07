import { CHOICES, chosen } from '../../sdk/choices.ts'
import { tellChange } from '../changed.ts'
import type { Command } from '../command.ts'
import { readGrant } from '../scope-words.ts'

/** A task that a person opens for an identity to act on their behalf. */
export const TASK_OPEN_COMMAND: Command = {
  name: 'task open',
  sentence: 'Opens a task of an identity on your behalf: it may do there what both of you may.',
  arguments: [{ name: 'identity', sentence: 'Name or id.' }],
  options: [
    { name: 'goal', value: 'text', isRequired: true, sentence: 'What it is for.' },
    { name: 'ticket', value: 'text', sentence: 'The ticket that it belongs to.' },
    { name: 'purpose', value: 'code', isRequired: true, sentence: 'The purpose that the identity is for.' },
    {
      name: 'allow',
      value: 'action@resource',
      isMany: true,
      isRequired: true,
      sentence: 'An action on a resource; each may end in *.',
    },
    {
      name: 'ceiling',
      value: 'sensitivity',
      isRequired: true,
      oneOf: CHOICES.sensitivities,
      sentence: 'The most sensitive data.',
    },
    {
      name: 'issuer',
      value: 'name',
      isMany: true,
      sentence:
        'Issuer of the binding by which it may be taken; needed where the identity proves itself in several ways.',
    },
    { name: 'minutes', value: 'number', fallback: '30', sentence: 'When it ends, in minutes from now (1 to 480).' },
    { name: 'calls', value: 'number', fallback: '100', sentence: 'How many calls it may make.' },
    { name: 'writes', value: 'number', fallback: '10', sentence: 'How many of them may change something.' },
  ],
  run: async (input, context) => {
    const ticket = input.find('ticket')
    const issuers = input.all('issuer')
    const opened = await context.client().identities.openTask(input.text('identity'), {
      purpose: input.text('purpose'),
      goal: input.text('goal'),
      ...(ticket === undefined ? {} : { ticket }),
      scope: input.all('allow').map(readGrant),
      ceiling: chosen(CHOICES.sensitivities, input.text('ceiling')),
      budget: { callsMax: input.whole('calls', 1), writesMax: input.whole('writes'), bytesMax: 64 * 1024 * 1024 },
      lifeSeconds: input.whole('minutes', 1, 480) * 60,
      ...(issuers.length === 0 ? {} : { takenBy: { issuers } }),
    })
    const sentence =
      opened.approvalId === null
        ? `${opened.task.id} is open; ${input.text('identity')} takes it over with its first token.`
        : `${opened.task.id} waits for somebody else: ${opened.approvalId}.`
    return tellChange(sentence, opened)
  },
}
