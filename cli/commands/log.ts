import { type Answer, type Argument, type Command, usageError } from '../command.ts'
import { writeAsked, writeRules } from '../explanation-words.ts'
import { nameSentences, readNamer } from '../lookup.ts'
import { writeCount, writeDocument, writeTable, writeTime } from '../terminal.ts'

const INDEX: Argument = { name: 'entry', sentence: 'Its index, from 0; with or without #.' }

/** Reads `12` and `#12`. */
function readIndex(text: string): number {
  const index = /^#?(\d{1,15})$/.exec(text)?.[1]
  if (index === undefined)
    throw usageError(
      `'${text}' is not the index of an entry.`,
      'Write a number, such as 12 or #12; `remit log list` shows the newest entries.',
    )
  return Number(index)
}

/** Reading the log. */
export const LOG_COMMANDS: readonly Command[] = [
  {
    name: 'why',
    sentence:
      'Explains an entry of the log: the rule with its text and place, the facts, the chain with its bounds, the approvals, who and when.',
    arguments: [INDEX],
    options: [],
    run: async (input, context) => {
      const client = context.client()
      const { explanation } = await client.entries.why(readIndex(input.text('entry')))
      const { plain, withIds } = await nameSentences(client, explanation.sentences)
      return {
        data: { explanation: { ...explanation, sentences: withIds } },
        lines: [...plain, ...writeRules(explanation), ...writeAsked(explanation)],
      }
    },
  },
  {
    name: 'log list',
    sentence: 'Lists entries of the log, from an index on or the newest.',
    arguments: [],
    options: [
      { name: 'from', value: 'entry', sentence: 'The first index.' },
      { name: 'limit', value: 'number', fallback: '20', sentence: 'How many (1 to 200).' },
    ],
    run: async (input, context) => {
      const client = context.client()
      const limit = input.whole('limit', 1, 200)
      const newest = async (): Promise<number> => Math.max(0, (await client.entries.list({ limit: 1 })).size - limit)
      const from = input.has('from') ? input.whole('from') : await newest()
      const data = await client.entries.list({ from, limit })
      const nameOf = await readNamer(
        client,
        data.entries.flatMap(({ entry }) => [entry.actor.id, entry.subject.id]),
      )
      const rows = data.entries.map(({ index, entry: { atMs, kind, actor, subject } }) => [
        `#${index}`,
        writeTime(atMs),
        kind,
        `${actor.kind} ${nameOf(actor.id)}`,
        `${subject.kind} ${nameOf(subject.id)}`,
      ])
      return {
        data,
        lines: [
          writeTable(
            ['entry', 'at', 'kind', 'actor', 'subject'],
            rows,
            `The log ends before that: it has ${writeCount(data.size, 'entry', 'entries')}.`,
          ),
        ],
      }
    },
  },
  {
    name: 'log entry',
    sentence: 'Shows one entry, as its canonical JSON says it.',
    arguments: [INDEX],
    options: [],
    run: async (input, context) => {
      const data = await context.client().entries.show(readIndex(input.text('entry')))
      return { data, lines: writeDocument(data.entry) }
    },
  },
  {
    name: 'log checkpoint',
    sentence: 'Shows the signed head of the log (c2sp.org/tlog-checkpoint).',
    arguments: [],
    options: [],
    run: async (_input, context) => asText('checkpoint', await context.client().log.checkpoint()),
  },
  {
    name: 'log key',
    sentence: "Shows the log's public key: all that a verifier needs of us, to be fetched once and kept.",
    arguments: [],
    options: [],
    run: async (_input, context) => asKey(await context.client().log.key()),
  },
  {
    name: 'log receipt',
    sentence: 'Shows the proof that an entry is in the log (c2sp.org/tlog-proof).',
    arguments: [INDEX],
    options: [],
    run: async (input, context) =>
      asText('receipt', await context.client().entries.receipt(readIndex(input.text('entry')))),
  },
]

/** A key is one line: what follows it would pass for an answer of ours. */
function asKey(key: string): Answer {
  return { data: { key }, lines: [key] }
}

function asText(name: string, text: string): Answer {
  return { data: { [name]: text }, lines: text.replace(/\n$/, '').split('\n') }
}
