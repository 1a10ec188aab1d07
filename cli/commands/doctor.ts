import { type Command, EXIT_CODES } from '../command.ts'
import { alignRows, showSafely } from '../terminal.ts'

/** Asks the server to examine itself. */
export const DOCTOR_COMMAND: Command = {
  name: 'doctor',
  sentence: 'Checks configuration, clock, store, log, MCP servers and issuers. Asks for the role admin or auditor.',
  arguments: [],
  options: [],
  run: async (_input, context) => {
    const { paint } = context.terminal
    const data = await context.client().doctor.check()
    const failed = data.checks.filter(({ ok }) => !ok)
    const rows = data.checks.map(({ name, ok, sentence, tookMs }) => [
      ok ? paint('green', 'ok') : paint('red', 'bad'),
      name,
      showSafely(sentence),
      `${Math.round(tookMs)} ms`,
    ])
    const verdict = failed.length === 0 ? 'All is well.' : `${failed.length} of ${data.checks.length} checks failed.`
    return {
      data,
      lines: [...alignRows(rows), verdict],
      exitCode: EXIT_CODES[failed.length === 0 ? 'ok' : 'refused'].code,
    }
  },
}
