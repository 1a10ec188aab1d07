import type { PolicyChange, PolicyEffect } from '../../sdk/nouns.ts'
import type { DomainPublished, PoliciesPublished, PolicyCase } from '../../sdk/policy-answers.ts'
import { quote } from '../../sdk/quote.ts'
import { tellChange } from '../changed.ts'
import {
  type Answer,
  type Argument,
  type Command,
  type Context,
  EXIT_CODES,
  type Input,
  type Option,
} from '../command.ts'
import { REASON } from '../options.ts'
import { DOMAIN, deskOf, type PolicyDesk } from '../policy-desk.ts'
import { findUnread } from '../policy-folder.ts'
import { describeNotes } from '../policy-notes.ts'
import { writeCount } from '../terminal.ts'
import { versionIn } from './policy.ts'

const FOLDER: Argument = {
  name: 'folder',
  sentence:
    'The folder with your policies: *.cedar, *.test.json, and of a domain schema.cedarschema and entities.json.',
}
const WHY: readonly Option[] = [
  REASON,
  { name: 'shadow', sentence: 'It is observed beside what decides, and decides nothing; that needs no approval.' },
]

/** What an effect says of the whole, for people. */
const EFFECTS: Readonly<Record<PolicyEffect, string>> = {
  loosens: 'It may allow what was denied before: an administrator and an approver must say yes.',
  tightens: 'It allows nothing that was denied before: one approver must say yes.',
  words: 'It changes no decision: one approver must say yes.',
}

/** From a folder of policies to what decides. The server reads and judges them; nothing is judged here. */
export const POLICY_PUBLISH_COMMANDS: readonly Command[] = [
  {
    name: 'policy validate',
    sentence: 'Finds every fault and every oddity in a folder of policies; changes nothing.',
    arguments: [FOLDER],
    options: [DOMAIN],
    run: async (input, context) => {
      const desk = deskIn(input, context)
      const folder = input.text('folder')
      const told = await desk.validate(desk.readFolder(folder))
      const data = { ...told, warnings: [...told.warnings, ...findUnread(folder)] }
      const { isValid, faults, warnings } = data
      const verdict = isValid
        ? `${data.policies} ${data.policies === 1 ? 'policy is' : 'policies are'} valid${desk.domain === null ? ', those that come with Remit counted' : ''}.`
        : `${writeCount(faults.length, 'fault')}; nothing of these policies can decide.`
      return {
        data,
        lines: [...describeNotes(faults, 'fault'), ...describeNotes(warnings, 'odd'), verdict],
        exitCode: EXIT_CODES[isValid ? 'ok' : 'refused'].code,
      } satisfies Answer
    },
  },
  {
    name: 'policy test',
    sentence: 'Asks a folder of policies what its *.test.json files expect of them; changes nothing.',
    arguments: [FOLDER],
    options: [DOMAIN],
    run: async (input, context) => {
      const desk = deskIn(input, context)
      const data = await desk.test(desk.readFolder(input.text('folder')))
      const verdict =
        data.failed === 0
          ? `${writeCount(data.cases.length, 'case')} came out as expected.`
          : `${data.failed} of ${writeCount(data.cases.length, 'case')} failed.`
      return {
        data,
        lines: [...data.cases.filter(({ ok }) => !ok).flatMap(describeCase), verdict],
        exitCode: EXIT_CODES[data.failed === 0 ? 'ok' : 'refused'].code,
      }
    },
  },
  {
    name: 'policy diff',
    sentence: 'Shows how a folder differs from the version that decides, or from another one, and what that may do.',
    arguments: [FOLDER, { name: 'version', isOptional: true, sentence: 'The number of the other version.' }],
    options: [DOMAIN],
    run: async (input, context) => {
      const [desk, other] = [deskIn(input, context), input.find('version')]
      const files = desk.readFolder(input.text('folder'))
      const data = await desk.diff(files, other === undefined ? undefined : versionIn(other))
      const verdict =
        data.changes.length === 0
          ? `Nothing differs from version ${data.against}.`
          : `${writeCount(data.changes.length, 'change')} against version ${data.against}. ${EFFECTS[data.effect]}`
      return { data, lines: [...data.changes.flatMap(describeChange), verdict] }
    },
  },
  {
    name: 'policy publish',
    sentence: 'Puts a folder of policies up for approval; once it is given they decide at once.',
    arguments: [FOLDER],
    options: [...WHY, DOMAIN],
    run: async (input, context) => {
      const [desk, folder] = [deskIn(input, context), input.text('folder')]
      const told = await desk.publish(desk.readFolder(folder), whyIn(input))
      return tellPublished({ ...told, warnings: [...told.warnings, ...findUnread(folder)] })
    },
  },
  {
    name: 'policy rollback',
    sentence: 'Puts an older policy version up for approval again, by the same rules.',
    arguments: [{ name: 'version', sentence: 'Its number, as `remit policy history` shows it.' }],
    options: [...WHY, DOMAIN],
    run: async (input, context) =>
      tellPublished(await deskIn(input, context).rollBack(versionIn(input.text('version')), whyIn(input))),
  },
]

function deskIn(input: Input, context: Context): PolicyDesk {
  return deskOf(context.client(), input.find('domain'))
}

function whyIn(input: Input) {
  return { reason: input.text('reason'), shadow: input.has('shadow') }
}

function tellPublished(published: PoliciesPublished | DomainPublished): Answer {
  const { version, approval, warnings } = published
  const changes = 'changes' in published ? published.changes : []
  const rows = changes.map(({ change, id, effect, because }) => `  ${change} ${id}: ${effect}, ${because}`)
  const odd = describeNotes(warnings, 'odd')
  const name = `Version ${version.number}${version.domain === 'remit' ? '' : ` of the domain ${version.domain}`}`
  if (approval === null) {
    const of = version.domain === 'remit' ? '' : ` --domain ${quote.unlessWord(version.domain)}`
    const next = `Where it would decide otherwise: remit policy shadow${of}. For good: remit policy rollback ${version.number}${of} --reason '…'`
    return tellChange(`${name} is observed from now on.`, published, [...rows, ...odd, next])
  }
  const more = [...rows, ...odd, EFFECTS[version.effect], `It waits for \`remit approve ${approval.id}\`.`]
  return tellChange(`${name} is put up.`, published, more)
}

function describeCase({ file, line, column, name, expected, came, errors }: PolicyCase): string[] {
  const say = (outcome: string, by: readonly string[] | null): string =>
    by === null ? outcome : `${outcome} by ${by.length === 0 ? 'no policy' : by.join(', ')}`
  const head = `${file}:${line}:${column}: ${quote.unlessWord(name)}`
  if (errors.length > 0) return [head, ...errors.map((error) => `    ${error}`)]
  return [head, `    expected ${say(expected.outcome, expected.by)}`, `    came     ${say(came.outcome, came.by)}`]
}

function describeChange({ id, change, effect, because, before, after }: PolicyChange): string[] {
  const mark = (text: string | null, sign: string): string[] =>
    (text ?? '').split('\n').flatMap((line) => (text === null ? [] : [`${sign} ${line}`]))
  return [`${change} ${id}: ${effect}, ${because}`, ...mark(before, '-'), ...mark(after, '+'), '']
}
