import { CHOICES, chosen } from '../../sdk/choices.ts'
import { tellChange } from '../changed.ts'
import type { Command, Input } from '../command.ts'
import { readAll } from '../lookup.ts'
import { CLASSES } from '../options.ts'
import { writeTable } from '../terminal.ts'

const SENSITIVITY = { value: 'sensitivity', oneOf: CHOICES.sensitivities } as const

/** The lists that decisions are made by: purposes, resources and tools. */
export const CATALOGUE_COMMANDS: readonly Command[] = [
  {
    name: 'purpose list',
    sentence: 'Lists the reasons for access that the organisation knows.',
    arguments: [],
    options: [],
    run: async (_input, context) => {
      const { catalogue } = context.client()
      const purposes = await readAll(catalogue.purposes, (part) => part.purposes)
      const rows = purposes.map(({ code, title, classes, ceiling }) => [code, classes.join(','), ceiling, title])
      return {
        data: { purposes },
        lines: [
          writeTable(
            ['code', 'classes', 'ceiling', 'title'],
            rows,
            'No purpose is defined yet: `remit purpose define` defines one.',
          ),
        ],
      }
    },
  },
  {
    name: 'purpose define',
    sentence: 'Defines a reason for access: which classes of action, on data up to which sensitivity.',
    arguments: [{ name: 'code', sentence: 'Its code, such as summarise-documents.' }],
    options: [
      { name: 'title', value: 'text', isRequired: true, sentence: 'What it is, in words.' },
      CLASSES,
      { name: 'ceiling', ...SENSITIVITY, isRequired: true, sentence: 'The most sensitive data that it covers.' },
    ],
    run: async (input, context) => {
      const defined = await context.client().catalogue.definePurpose({
        code: input.text('code'),
        title: input.text('title'),
        classes: input.all('class').map((each) => chosen(CHOICES.classes, each)),
        ceiling: chosen(CHOICES.sensitivities, input.text('ceiling')),
      })
      return tellChange(`The purpose ${defined.purpose.code} is defined.`, defined)
    },
  },
  {
    name: 'resource list',
    sentence: 'Lists how sensitive which resources are.',
    arguments: [],
    options: [],
    run: async (_input, context) => {
      const { catalogue } = context.client()
      const rules = await readAll(catalogue.resources, (part) => part.rules)
      const rows = rules.map(({ pattern, sensitivity }) => [pattern, sensitivity])
      return {
        data: { rules },
        lines: [writeTable(['pattern', 'sensitivity'], rows, 'No rule yet: everything counts as restricted.')],
      }
    },
  },
  {
    name: 'resource classify',
    sentence:
      'Says how sensitive resources are; the longest matching pattern counts, and for a path that is a folder also the strictest of what is in it.',
    arguments: [
      { name: 'pattern', sentence: "A resource's id, or a beginning of ids that ends in *." },
      { name: 'sensitivity', oneOf: CHOICES.sensitivities, sentence: 'How sensitive.' },
    ],
    options: [],
    run: async (input, context) => {
      const pattern = input.text('pattern')
      const sensitivity = chosen(CHOICES.sensitivities, input.text('sensitivity'))
      const classified = await context.client().catalogue.classifyResource({ pattern, sensitivity })
      return tellChange(`${pattern} counts as ${sensitivity}.`, classified)
    },
  },
  {
    name: 'tool list',
    sentence: 'Lists the tools of the MCP servers behind the gateway, and how each is classified.',
    arguments: [],
    options: [],
    run: async (_input, context) => {
      const data = await context.client().catalogue.servers()
      const rows = data.servers.flatMap(({ name, state, reason, tools }) =>
        tools.length === 0
          ? [[name, `(${state}: ${reason ?? 'no tools'})`, '', '', '']]
          : tools.map((tool) => [
              name,
              tool.name,
              tool.rule?.actionClass ?? 'not reviewed',
              tool.rule?.state ?? 'closed',
              tool.suggested.actionClass,
            ]),
      )
      const head = ['server', 'tool', 'class in force', 'state', 'its server says']
      return { data, lines: [writeTable(head, rows, 'No MCP server is configured.')] }
    },
  },
  {
    name: 'tool classify',
    sentence: 'Reviews a tool: what it does to what. Its definition is pinned as it is now.',
    arguments: [
      { name: 'server', sentence: 'Name of the MCP server.' },
      { name: 'tool', sentence: 'Name of the tool.' },
    ],
    options: [
      { name: 'class', value: 'class', isRequired: true, oneOf: CHOICES.classes, sentence: 'What it does.' },
      {
        name: 'argument',
        value: 'name',
        sentence: 'The argument that names the resource; without one the tool touches the prefix itself.',
      },
      {
        name: 'kind',
        value: 'kind',
        oneOf: ['path', 'text'],
        fallback: 'text',
        sentence: 'Whether the argument is a file path.',
      },
      { name: 'prefix', value: 'text', isRequired: true, sentence: 'What resource ids begin with, such as docs:.' },
      { name: 'root', value: 'path', fallback: '/', sentence: 'For paths: the folder that ids are relative to.' },
      { name: 'spend', value: 'name', sentence: 'The argument that says what a call spends, in whole minor units.' },
      {
        name: 'currency',
        value: 'name',
        sentence: 'The argument that says in which currency; without one, in that of the task.',
      },
      {
        name: 'seen',
        value: 'digest',
        sentence: 'The definition that you looked at, as `remit tool show` shows it; another one is refused.',
      },
      {
        name: 'trusted',
        sentence: 'Its results are your own words; else they count as content from outside, which may steer the agent.',
      },
    ],
    run: async (input, context) => {
      const classified = await context.client().catalogue.classifyTool(readReview(input))
      const { server, tool, actionClass } = classified.rule
      return tellChange(`${server}/${tool} counts as ${actionClass}; its definition is pinned.`, classified)
    },
  },
]

function readReview(input: Input) {
  const seen = input.find('seen')
  return {
    ...(seen === undefined ? {} : { seenDigest: seen }),
    server: input.text('server'),
    tool: input.text('tool'),
    actionClass: chosen(CHOICES.classes, input.text('class')),
    resourceArgument: input.find('argument') ?? null,
    resourceKind: chosen(['path', 'text'], input.text('kind')),
    resourcePrefix: input.text('prefix'),
    resourceRoot: input.text('root'),
    spendArgument: input.find('spend') ?? null,
    currencyArgument: input.find('currency') ?? null,
    resultIntegrity: input.has('trusted') ? ('trusted' as const) : ('untrusted' as const),
  }
}
