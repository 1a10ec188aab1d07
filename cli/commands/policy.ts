import type { Kept, PolicyVersion } from '../../sdk/nouns.ts'
import { type Answer, type Argument, type Command, usageError } from '../command.ts'
import { readAll, readNamer } from '../lookup.ts'
import { describeNotes } from '../policy-notes.ts'
import { writeFacts, writeTable, writeTime } from '../terminal.ts'

const VERSION: Argument = { name: 'version', sentence: 'Its number, as `remit policy history` shows it.' }

/** Reads the number of a version. */
export function versionIn(word: string): number {
  if (!/^[1-9]\d{0,8}$/.test(word))
    throw usageError(`A policy version is a whole number from 1, not '${word}'.`, '`remit policy history` shows them.')
  return Number(word)
}

/** What decides, and what did. */
export const POLICY_COMMANDS: readonly Command[] = [
  {
    name: 'policy',
    sentence: 'Shows which policy version decides now, since when, and what is odd in it.',
    arguments: [],
    options: [],
    run: async (_input, context) => {
      const policies = context.client().policies
      const data = await policies.inForce()
      const { version, digest, shadow, warnings } = data
      const lines = [
        `version ${version.number}  ${digest}  since ${writeTime(version.inForceMs)}  #${version.entry}`,
        `${data.policies} policies; ${version.reason}`,
        ...(shadow === null ? [] : [`in shadow: version ${shadow.number}  since ${writeTime(shadow.inForceMs)}`]),
        ...describeNotes(warnings, 'odd'),
      ]
      return { data, lines }
    },
  },
  {
    name: 'policy history',
    sentence: 'Lists the policy versions: who put them up, who approved, when and why.',
    arguments: [],
    options: [],
    run: async (_input, context) => {
      const client = context.client()
      const versions = await readAll(client.policies.list, (part) => part.versions)
      const people = versions.flatMap(({ proposedBy, approvedBy }) => [
        proposedBy,
        ...approvedBy.map((each) => each.person),
      ])
      const nameOf = await readNamer(
        client,
        people.flatMap((id) => id ?? []),
      )
      const rows = versions.map((version) => [
        String(version.number),
        version.state,
        version.effect,
        writeTime(version.inForceMs ?? version.proposedMs),
        version.proposedBy === null ? 'the folder' : nameOf(version.proposedBy),
        version.approvedBy.map(({ person, seat }) => `${nameOf(person)} (${seat})`).join(', '),
        version.reason,
        `#${version.entry}`,
      ])
      const head = ['version', 'state', 'effect', 'since', 'put up by', 'approved by', 'why', 'entry']
      return { data: { versions }, lines: writeTable(head, rows, 'No policy version stands in the store yet.') }
    },
  },
  {
    name: 'policy show',
    sentence: 'Shows a policy version with the text of each policy; without one, that which decides.',
    arguments: [{ ...VERSION, isOptional: true }],
    options: [{ name: 'all', sentence: 'The policies that come with Remit too.' }],
    run: async (input, context) => {
      const { policies } = context.client()
      const said = input.find('version')
      const number = said === undefined ? (await policies.inForce()).version.number : versionIn(said)
      const data = await policies.show(number)
      const shown = data.policies.filter(({ origin }) => input.has('all') || origin === 'organisation')
      const texts = shown.flatMap(({ file, line, text }) => ['', `// ${file}:${line}`, ...text.split('\n')])
      const none = shown.length === 0 ? ['', 'It has no policies beside those that come with Remit (--all).'] : []
      return { data, lines: [...describeVersion(data.version), ...none, ...texts] } satisfies Answer
    },
  },
]

function describeVersion(version: Kept<PolicyVersion>): string[] {
  const { number, state, effect, digest, reason, bringsBack, refusedBecause, approvalId, inForceMs, entry } = version
  return writeFacts([
    ['version', `${number}, ${state}`],
    ['effect', effect],
    ['digest', digest],
    ['why', reason],
    ['brings back', bringsBack === null ? '' : String(bringsBack)],
    ['approval', approvalId ?? ''],
    ['since', writeTime(inForceMs)],
    ['refused', refusedBecause ?? ''],
    ['entry', `#${entry}`],
  ])
}
