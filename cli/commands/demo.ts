import type { Command } from '../command.ts'
import { cleanEnvironment } from '../environment.ts'
import { runInForeground } from '../foreground.ts'
import { findProgram } from '../server-program.ts'

/** Plays the story. The demo is part of a clone, not of a package, because it brings test parts along. */
export const DEMO_COMMAND: Command = {
  name: 'demo',
  sentence: 'Plays the whole life of an AI identity on real parts, then leaves the server up to be looked at.',
  arguments: [],
  options: [
    { name: 'exit', sentence: 'Stops everything at the end and removes what it made; else Ctrl-C does.' },
    {
      name: 'port',
      value: 'number',
      fallback: '7460',
      sentence: 'The port to play on; another is used when it is taken.',
    },
  ],
  run: (input, context) => {
    const words = ['--port', String(input.whole('port', 0, 65_535)), ...(input.has('exit') ? ['--exit'] : [])]
    const program = findProgram(['./demo/main.ts'])
    return runInForeground(program, context.isJson ? [...words, '--json'] : words, {
      ...cleanEnvironment(),
      ...(context.environment.isPlain ? { NO_COLOR: '1' } : {}),
    })
  },
}
