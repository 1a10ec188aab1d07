import { existsSync } from 'node:fs'
import { createAssertionKeys } from '../../sdk/key-assertion.ts'
import { CliError, type Command } from '../command.ts'
import { writeKeys } from '../key-file.ts'

/** Makes a key pair for an agent whose platform gives it no identity. */
export const KEY_COMMAND: Command = {
  name: 'key make',
  sentence: 'Makes a key pair for an agent whose platform gives it no identity of its own. It speaks to no server.',
  arguments: [
    { name: 'file', sentence: 'Where the private part goes; the public part goes beside it, ending in .pub.' },
  ],
  options: [],
  run: async (input) => {
    const file = input.text('file')
    if (existsSync(file)) {
      throw new CliError(
        'refused',
        'file_exists',
        `${file} is there already, and a key is not written over.`,
        'Choose another name.',
      )
    }
    const publicFile = writeKeys(file, await createAssertionKeys())
    return {
      data: { privateKey: file, publicKey: publicFile },
      lines: [`Wrote ${file} (keep it with the agent) and ${publicFile} (its binding).`],
    }
  },
}
