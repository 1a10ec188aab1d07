import type { ZodType } from 'zod'
import { COMMANDS } from '../cli/commands.ts'
import { writeManual } from '../cli/manual.ts'
import { CONFIG_MANUAL } from '../src/config/manual.ts'
import { ERRORS } from '../src/ground/error-table.ts'
import { LIMITS } from '../src/ground/limits.ts'
import { BODIES } from '../src/http/input/bodies.ts'
import { QUERIES } from '../src/http/input/queries.ts'
import { ROUTES } from '../src/http/routes.ts'

/** A document in docs that is written from the code, and that a test holds to it. */
export type Manual = { path: string; write: () => string | Promise<string> }

/** Every generated manual. A new one is a row here and one `npm run manuals`. */
export const MANUALS: readonly Manual[] = [
  { path: 'docs/api.md', write: writeApi },
  { path: 'docs/cli.md', write: writeCli },
  { path: 'docs/config.md', write: writeConfig },
  { path: 'docs/errors.md', write: writeErrors },
]

function writeApi(): string {
  const rows = ROUTES.map((row) => [
    `\`${row.method} ${row.path}\``,
    row.who,
    [...listMembers(BODIES[row.body as keyof typeof BODIES]?.shape), row.body === 'form' ? '(form)' : '']
      .join(' ')
      .trim(),
    listMembers(QUERIES[row.name]?.shape).join(' '),
    row.status,
    row.sentence,
  ])
  return writeDocument({
    title: 'The HTTP API',
    source: 'src/http/routes.ts',
    lead:
      'Every door but the MCP gateway (`/mcp/{server}`). A running server describes them in full, as OpenAPI 3.1, at `/api/openapi.json`. ' +
      'A person shows a session (`Authorization: Bearer rms_…`, or the cookie `remit_session`, over TLS `__Host-remit_session`), a workload a fresh assertion, an agent ' +
      'its access token; with a key, also a `DPoP` proof. A member or a parameter with `?` may be left out. What is not known is refused in a JSON ' +
      'body, and in the query of a row that names parameters; in a form, an AuthZEN question and any other query it is ignored. ' +
      `A list whose row names \`limit\` comes in parts of at most ${LIMITS.pageRowsMax}, and a \`limit\` of more is refused; its \`next\` is the \`after\` of the part ` +
      'behind it, and null where there is none; what cannot be a `next` of that list is refused. Refusals are in [errors](errors.md).',
    body: writeTable(['door', 'who', 'body', 'query', 'status', 'what it does'], rows),
  })
}

function listMembers(shape: Readonly<Record<string, ZodType>> = {}): readonly string[] {
  return Object.entries(shape).map(([name, member]) => `\`${name}${member.safeParse(undefined).success ? '?' : ''}\``)
}

function writeCli(): string {
  return writeDocument({
    title: 'The command line',
    source: 'cli/commands.ts',
    lead:
      'Every command of `remit`. In a clone, `npm run -s remit -- <command>` runs it without a build. Each answers on ' +
      'standard output and complains on standard error, in one sentence with what to do next.',
    body: writeManual(COMMANDS),
  })
}

function writeConfig(): string {
  const rows = CONFIG_MANUAL.map(({ key, env, type, default: initial, bounds, sentence }) => [
    `\`${key}\``,
    env === null ? '' : `\`${env}\``,
    type,
    initial,
    bounds,
    sentence,
  ])
  return writeDocument({
    title: 'Configuration',
    source: 'src/config/manual.ts',
    lead:
      'Every setting. The environment goes before the file, the file before the default. ' +
      'An unknown key or a value out of bounds keeps Remit from starting, and is named.',
    body: writeTable(['key', 'environment', 'type', 'default', 'bounds', 'what it does'], rows),
  })
}

function writeErrors(): string {
  const rows = Object.entries(ERRORS).map(([code, { status, oauth, sentence }]) => [
    `\`${code}\``,
    status,
    `\`${oauth}\``,
    sentence,
  ])
  return writeDocument({
    title: 'Errors',
    source: 'src/ground/error-table.ts',
    lead:
      'Every error that Remit answers with. `/api` and `/log` answer with problem+json (RFC 9457), whose `type` ends in the code; ' +
      'the OAuth addresses with the OAuth error and the code; `/access` with the status and, as JSON, the sentence alone (AuthZEN 1.0). Where people come in a browser, and where a browser finds nothing, it is a page. The code is stable: it is never renamed, and never changes its meaning. ' +
      'The sentence is for people and may become clearer.',
    body: writeTable(['code', 'status', 'OAuth error', 'sentence'], rows),
  })
}

/** Lays out a manual: title, where it comes from, what it is for, and its text. */
export function writeDocument(parts: { title: string; source: string; lead: string; body: string }): string {
  const origin = `Written by \`npm run manuals\` from \`${parts.source}\`; change it there.`
  return `# ${parts.title}\n\n${origin}\n\n${parts.lead}\n\n${parts.body}\n`
}

/** Lays out a Markdown table; a bar or a line break in a cell cannot break it. */
export function writeTable(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const writeRow = (cells: readonly (string | number)[]): string =>
    `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`
  return [writeRow(head), `|${' --- |'.repeat(head.length)}`, ...rows.map(writeRow)].join('\n')
}
