import type { UpstreamServer } from '../../sdk/answers.ts'
import { quote } from '../../sdk/quote.ts'
import { CliError, type Command } from '../command.ts'
import { type Line, writeFacts } from '../terminal.ts'

type Tool = UpstreamServer['tools'][number]

/** A tool before a review: what its server says of it, and what is in force. */
export const TOOL_SHOW_COMMAND: Command = {
  name: 'tool show',
  sentence: 'Shows a tool: what its server says of it, beside what is in force. What a server says counts for nothing.',
  arguments: [
    { name: 'server', sentence: 'Name of the MCP server.' },
    { name: 'tool', sentence: 'Name of the tool.' },
  ],
  options: [],
  run: async (input, context) => {
    const [server, name] = [input.text('server'), input.text('tool')]
    const { servers } = await context.client().catalogue.servers()
    const tool = servers.find((each) => each.name === server)?.tools.find((each) => each.name === name)
    if (tool === undefined)
      throw new CliError(
        'refused',
        'not_found',
        `No server ${quote.unlessWord(server)} offers a tool ${quote.unlessWord(name)} now.`,
        '`remit tool list` shows what there is.',
      )
    return { data: { server, tool }, lines: describeTool(server, tool) }
  },
}

function describeTool(server: string, tool: Tool): readonly Line[] {
  const { name, rule, suggested, digest, description } = tool
  return [
    writeFacts([
      ['tool', `${server}/${name}`],
      ['in force', describeRule(tool)],
      ['the server says', describeHints(tool)],
      ['of itself', quote.text(description)],
      ['takes', tool.arguments?.join(', ') ?? 'what its definition does not tell'],
      ['definition', digest],
    ]),
    '',
    `From what the server says: ${suggested.actionClass}, as ${suggested.because}. It counts once you have reviewed it.`,
    ...(rule?.state === 'active'
      ? []
      : [
          `  remit tool classify ${server} ${name} --class ${suggested.actionClass} --prefix '…' --argument '…' --seen ${digest}`,
        ]),
  ]
}

function describeRule({ rule, digest }: Tool): string {
  if (rule === null) return 'nothing: nobody has reviewed it, and it is closed'
  if (rule.state === 'quarantined') return 'nothing: it changed since it was reviewed, and is closed'
  const isOther = rule.definitionDigest !== digest ? '; its definition is another one now' : ''
  return `${rule.actionClass} on ${rule.resourcePrefix}, results ${rule.resultIntegrity}${isOther}`
}

const HINTS: readonly (readonly [name: keyof Tool['suggested']['hints'], yes: string, no: string])[] = [
  ['readOnly', 'it only reads', 'it does not only read'],
  ['destructive', 'it may destroy', 'it destroys nothing'],
  ['idempotent', 'doing it again changes nothing more', 'doing it again does it again'],
  ['openWorld', 'it reaches out into the world', 'it stays in its own'],
]

function describeHints({ suggested }: Tool): string {
  const said = HINTS.flatMap(([name, yes, no]) => {
    const hint = suggested.hints[name]
    return hint === null ? [] : [hint ? yes : no]
  })
  return said.length === 0 ? 'nothing' : said.join('; ')
}
