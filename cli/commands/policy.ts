import type { Kept, PolicyVersion } from '../../sdk/nouns.ts'
import { quote } from '../../sdk/quote.ts'
import { type Answer, type Argument, CliError, type Command, type Context, usageError } from '../command.ts'
import { readAll, readNamer } from '../lookup.ts'
import { DOMAIN, deskOf } from '../policy-desk.ts'
import { describeNotes } from '../policy-notes.ts'
import { type Layout, writeCount, writeFacts, writeTable, writeTime } from '../terminal.ts'

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
        `${writeCount(data.policies, 'policy', 'policies')}; ${version.reason}`,
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
    options: [DOMAIN],
    run: async (input, context) => {
      const [client, domain] = [context.client(), input.find('domain')]
      const versions = await readAll(
        (page) => deskOf(client, domain).list(page),
        (part) => part.versions,
      )
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
      return {
        data: { versions },
        lines: [writeTable(head, rows, 'No policy version stands in the store yet.')],
      }
    },
  },
  {
    name: 'policy domains',
    sentence: "Lists the domains, Remit's own too: which version decides, and which is observed.",
    arguments: [],
    options: [],
    run: async (_input, context) => {
      const { domains } = context.client()
      const known = await readAll(domains.list, (part) => part.domains)
      const rows = known.map(({ name, enforced, shadow, digest, entry }) => [
        name,
        String(enforced),
        shadow === null ? '' : String(shadow),
        digest,
        `#${entry}`,
      ])
      const lines = [writeTable(['domain', 'decides', 'in shadow', 'digest', 'entry'], rows, 'No policies decide yet.')]
      return { data: { domains: known }, lines }
    },
  },
  {
    name: 'policy show',
    sentence: 'Shows a policy version with the text of each policy; without one, that which decides.',
    arguments: [{ ...VERSION, isOptional: true }],
    options: [{ name: 'all', sentence: 'The policies that come with Remit too.' }, DOMAIN],
    run: async (input, context) => {
      const { policies } = context.client()
      const [said, domain] = [input.find('version'), input.find('domain')]
      if (domain !== undefined) return await showOfDomain(context, domain, said)
      const number = said === undefined ? (await policies.inForce()).version.number : versionIn(said)
      const data = await policies.show(number)
      const shown = data.policies.filter(({ origin }) => input.has('all') || origin === 'organisation')
      const texts = shown.flatMap(({ file, line, text }) => ['', `// ${file}:${line}`, ...text.split('\n')])
      const none = shown.length === 0 ? ['', 'It has no policies beside those that come with Remit (--all).'] : []
      return { data, lines: [describeVersion(data.version), ...none, ...texts] } satisfies Answer
    },
  },
]

/** A domain's files are shown as they were put up, the schema and the entities too: that is what people say yes to. */
async function showOfDomain(context: Context, domain: string, said: string | undefined): Promise<Answer> {
  const { domains } = context.client()
  const number = said === undefined ? await findEnforced(context, domain) : versionIn(said)
  const data = await domains.show(domain, number)
  const texts = data.files.flatMap(({ name, text }) => ['', `// ${name}`, ...text.trimEnd().split('\n')])
  return { data, lines: [describeVersion(data.version), ...texts] }
}

async function findEnforced(context: Context, name: string): Promise<number> {
  const { domains } = context.client()
  const known = await readAll(domains.list, (part) => part.domains)
  const domain = known.find((each) => each.name === name)
  if (domain === undefined)
    throw new CliError(
      'refused',
      'not_found',
      `No version of a domain ${quote.unlessWord(name)} decides.`,
      '`remit policy domains` lists the domains.',
    )
  return domain.enforced
}

function describeVersion(version: Kept<PolicyVersion>): Layout {
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
