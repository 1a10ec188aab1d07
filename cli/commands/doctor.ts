import type { Check } from '../../sdk/answers.ts'
import { isProblem } from '../../sdk/problem.ts'
import { type Command, EXIT_CODES } from '../command.ts'
import { alignRows } from '../terminal.ts'

/** Without its store a server knows nobody, and so examines itself for nobody; what it can still say is that. */
function tellOfStore(error: unknown): { readonly checks: readonly Check[] } {
  if (!isProblem(error, 'store_failed') && !isProblem(error, 'store_damaged')) throw error
  const isDamaged = error.code === 'store_damaged'
  const next = isDamaged ? 'Keep a copy of it, put back a backup' : 'See that it runs and lets Remit in'
  const sentence = `${error.detail} ${next}, then look at the rest again.`
  return {
    checks: [
      { name: 'server', ok: true, sentence: 'The server answers.', tookMs: 0 },
      { name: 'store', ok: false, sentence, tookMs: 0 },
    ],
  }
}

/** Asks the server to examine itself. */
export const DOCTOR_COMMAND: Command = {
  name: 'doctor',
  sentence:
    'Checks configuration, policies, clock, store, log and its audit, MCP servers, issuers, authorities of clients, static secrets, approvals that nobody can answer, what people own or sponsor who left, and the verifying of signatures. Asks for the role admin or auditor.',
  arguments: [],
  options: [],
  run: async (_input, context) => {
    const { paint } = context.terminal
    const data = await context.client().doctor.check().catch(tellOfStore)
    const failed = data.checks.filter(({ ok }) => !ok)
    const rows = data.checks.map(({ name, ok, sentence, tookMs }) => [
      ok ? paint('green', 'ok') : paint('red', 'bad'),
      name,
      `${Math.round(tookMs)} ms`,
      sentence, // the last, as it may be a long one
    ])
    const verdict = failed.length === 0 ? 'All is well.' : `${failed.length} of ${data.checks.length} checks failed.`
    return {
      data,
      lines: [alignRows(rows), verdict],
      exitCode: EXIT_CODES[failed.length === 0 ? 'ok' : 'refused'].code,
    }
  },
}
