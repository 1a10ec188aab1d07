import type { Command } from '../command.ts'
import { serverEnvironment } from '../environment.ts'
import { runInForeground } from '../foreground.ts'
import { findServerProgram } from '../server-program.ts'

/** Moves the master key of a house into the care of a hardware security module. It runs where the server does. */
export const WRAP_COMMAND: Command = {
  name: 'key wrap',
  sentence:
    'Has the hardware security module of the configuration wrap the master key, which lay in clear. It is run where the server is; the PIN comes from its file.',
  arguments: [],
  options: [
    { name: 'config', value: 'file', sentence: 'The configuration of the server, with `masterKey.pkcs11`.' },
    { name: 'data-dir', value: 'folder', sentence: 'The data folder, in place of the configured one.' },
    {
      name: 'from',
      value: 'file',
      sentence: 'Where the key lies in clear; `master.key` of the data folder where not given.',
    },
  ],
  run: async (input, { terminal, isJson }) => {
    const valued = ['config', 'data-dir', 'from'].flatMap((name) => {
      const value = input.find(name)
      return value === undefined ? [] : [`--${name}=${value}`]
    })
    const words = ['wrap-key', ...valued, ...(isJson ? ['--json'] : [])]
    const hear = isJson ? undefined : (line: string) => terminal.print(tellWrapped(line))
    return runInForeground(findServerProgram(), words, serverEnvironment(), hear)
  },
}

function tellWrapped(line: string): string {
  const { from, to } = JSON.parse(line) as { readonly from: string; readonly to: string } // a line of our own server program
  return `Wrote ${to}. Start the server with this configuration; then destroy ${from} and every copy of it.`
}
