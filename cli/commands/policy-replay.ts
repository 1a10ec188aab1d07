import type { DecisionDifference, DifferencesFound, PolicyReplayed } from '../../sdk/policy-answers.ts'
import { quote } from '../../sdk/quote.ts'
import { type Argument, type Command, type Context, type Input, usageError } from '../command.ts'
import { findAll } from '../find-differences.ts'
import { readNamer } from '../lookup.ts'
import { DOMAIN, deskOf } from '../policy-desk.ts'
import { type Line, writeCount, writeTable, writeTime } from '../terminal.ts'
import { versionIn } from './policy.ts'

const CANDIDATE: Argument = {
  name: 'folder',
  isOptional: true,
  sentence: 'The folder with the policies to decide by; without it and --version, those that decide now.',
}
const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

const TIME = /^\d{4}-\d{2}-\d{2}(T([01]\d|2[0-3]):\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/

/** The platform takes the 30th of February for a day in March. */
function isDay(said: string): boolean {
  const atMs = Date.parse(said)
  return !Number.isNaN(atMs) && new Date(atMs).toISOString().startsWith(said)
}

/** Reads `90m`, `24h`, `7d`, `2w` before now, and a time as RFC 3339 writes it. */
function readMoment(said: string): number {
  const [, count, unit] = /^(\d{1,6})([mhdw])$/.exec(said) ?? []
  if (count !== undefined && unit !== undefined) return Date.now() - Number(count) * (UNIT_MS[unit] ?? 0)
  const atMs = TIME.test(said) && isDay(said.slice(0, 10)) ? Date.parse(said) : Number.NaN
  if (Number.isNaN(atMs) || atMs < 0)
    throw usageError(`'${said}' is no time.`, 'Write 24h, 7d, or a time such as 2026-03-01T09:00:00Z.')
  return atMs
}

/** What other policies would have made, or make, of what was decided. */
export const POLICY_REPLAY_COMMANDS: readonly Command[] = [
  {
    name: 'policy replay',
    sentence: 'Decides again what the log holds, by other policies, and shows what would come out otherwise.',
    arguments: [CANDIDATE],
    options: [
      { name: 'since', value: 'time', isRequired: true, sentence: 'From when on: 24h, 7d, or a time (RFC 3339).' },
      { name: 'until', value: 'time', sentence: 'Until when; else until now.' },
      { name: 'version', value: 'number', sentence: 'By this version, as `remit policy history` shows it.' },
      DOMAIN,
    ],
    run: async (input, context) => {
      const { found, isWhole } = await replay(input, context)
      return {
        data: found,
        lines: [...(await describe(context, found, ['would change', 'would change'], isWhole)), ...describeRest(found)],
      }
    },
  },
  {
    name: 'policy shadow',
    sentence: 'Shows where the version in shadow would have decided otherwise, by identity and rule.',
    arguments: [{ name: 'version', isOptional: true, sentence: 'The number of another one that was in shadow.' }],
    options: [DOMAIN],
    run: async (input, context) => {
      const said = input.find('version')
      const of = said === undefined ? {} : { version: versionIn(said) }
      const desk = deskOf(context.client(), input.find('domain'))
      const read = (from: number | undefined) => desk.shadow({ ...of, ...(from === undefined ? {} : { from }) })
      const { found, isWhole } = await findAll(read, (one, other) => ({ ...other, failed: one.failed + other.failed }))
      const head = `version ${found.version}  ${found.policy}`
      const failed =
        found.failed === 0
          ? []
          : [`Over ${writeCount(found.failed, 'decision')} it failed; nobody's answer changed by that.`]
      const none =
        found.decisions === 0 ? ['No decision was made beside it yet: nothing is known of what it would change.'] : []
      return {
        data: found,
        lines: [head, ...none, ...(await describe(context, found, ['differs', 'differ'], isWhole)), ...failed],
      }
    },
  },
]

async function replay(input: Input, context: Context) {
  const [folder, version, until] = [input.find('folder'), input.find('version'), input.find('until')]
  if (folder !== undefined && version !== undefined)
    throw usageError('A folder and --version were both named.', 'Name one of them.')
  const [sinceMs, untilMs] = [readMoment(input.text('since')), until === undefined ? undefined : readMoment(until)]
  if (untilMs !== undefined && untilMs < sinceMs)
    throw usageError('--until is before --since.', 'Name the earlier time with --since: 7d is before 24h.')
  const desk = deskOf(context.client(), input.find('domain'))
  const order = {
    sinceMs,
    ...(untilMs === undefined ? {} : { untilMs }),
    ...(folder === undefined ? {} : { files: desk.readFolder(folder) }),
    ...(version === undefined ? {} : { version: versionIn(version) }),
  }
  const read = (from: number | undefined) => desk.replay({ ...order, ...(from === undefined ? {} : { from }) })
  return await findAll(read, joinReplayed)
}

function joinReplayed(one: PolicyReplayed, other: PolicyReplayed): PolicyReplayed {
  const add = (name: keyof PolicyReplayed['notAgain']): number => one.notAgain[name] + other.notAgain[name]
  return {
    ...other,
    same: one.same + other.same,
    ofLaws: one.ofLaws + other.ofLaws,
    notAgain: { older: add('older'), beside: add('beside'), broken: add('broken'), schema: add('schema') },
    unkept: [...new Set([...one.unkept, ...other.unkept])].sort(),
  }
}

/** `verbs` are said of one decision, and of any other number. */
async function describe(
  context: Context,
  found: DifferencesFound,
  [ofOne, ofMany]: readonly [ofOne: string, ofMany: string],
  isWhole: boolean,
): Promise<readonly Line[]> {
  const { differences, decisions, otherRules, more } = found
  const nameOf = await readNamer(
    context.client(),
    differences.flatMap(({ identityId }) => identityId ?? []),
  )
  const rows = differences.map((each) => describeDifference(each, nameOf))
  const count = differences.reduce((sum, each) => sum + each.count, more) - otherRules
  return [
    `${count} of ${writeCount(decisions, 'decision')} ${count === 1 ? ofOne : ofMany} (${describeSpan(found)}).`,
    ...(otherRules === 0
      ? []
      : [`${otherRules} more ${otherRules === 1 ? 'comes' : 'come'} to the same by other rules.`]),
    ...(isWhole ? [] : [`The log goes on from entry #${found.to}; name a later --since for the rest.`]),
    ...(rows.length === 0
      ? []
      : [writeTable(['identity', 'asked for', 'before', 'after', 'rules', 'count', 'examples'], rows, '')]),
    ...(more === 0 ? [] : [`And ${writeCount(more, 'decision')} more, in groups that are too many to be told.`]),
  ]
}

/** `to` is the first entry behind the part that was read. */
function describeSpan({ from, to }: DifferencesFound): string {
  return to > from ? `entries #${from} to #${to - 1}` : 'no entries'
}

function describeDifference(each: DecisionDifference, nameOf: (id: string) => string): string[] {
  const examples = each.examples.map(({ entry, atMs }) => `#${entry} (${writeTime(atMs)})`)
  const who = each.identityId === null ? '' : nameOf(each.identityId)
  return [who, each.decision, each.before, each.after, each.rules.join(', '), String(each.count), examples.join(' ')]
}

const WHY_NOT: Readonly<Record<keyof PolicyReplayed['notAgain'], (isOne: boolean) => string>> = {
  older: (isOne) => `${isOne ? 'was' : 'were'} written by an older Remit, which did not keep what was asked`,
  beside: () => 'had what was asked in a payload that is gone',
  broken: (isOne) => `${isOne ? 'does' : 'do'} not say in a form that can be read what was asked`,
  schema: (isOne) => `${isOne ? 'was' : 'were'} asked in another form than these policies are asked in`,
}

function describeRest({ same, ofLaws, notAgain, unkept }: PolicyReplayed): string[] {
  const names = Object.keys(WHY_NOT) as (keyof typeof WHY_NOT)[]
  return [
    `${same} came out the same. Laws decided ${ofLaws} more, which no policy changes.`,
    ...names.flatMap((name) =>
      notAgain[name] === 0
        ? []
        : [`Not decided again: ${writeCount(notAgain[name], 'decision')} ${WHY_NOT[name](notAgain[name] === 1)}.`],
    ),
    ...(unkept.length === 0
      ? []
      : [
          `These policies look at ${unkept.map(quote.unlessWord).join(', ')}, which entries do not hold, as no policy of then did: it was decided as if it had not been said. In shadow they see it.`,
        ]),
  ]
}
