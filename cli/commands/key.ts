import { existsSync } from 'node:fs'
import { chosen } from '../../sdk/choices.ts'
import { importProofKey } from '../../sdk/dpop.ts'
import { createAssertionKeys } from '../../sdk/key-assertion.ts'
import { tellChange } from '../changed.ts'
import { CliError, type Command } from '../command.ts'
import { writeKeys } from '../key-file.ts'
import { REASON } from '../options.ts'
import { writeTime } from '../terminal.ts'
import { WRAP_COMMAND } from './key-wrap.ts'

const USES = ['token', 'svid', 'x509-ca', 'federation'] as const

/** Replaces a key that the server signs with. */
const ROTATE: Command = {
  name: 'key rotate',
  sentence: 'Replaces the key that the server signs tokens with, before its time.',
  arguments: [],
  options: [
    REASON,
    {
      name: 'use',
      value: 'use',
      oneOf: USES,
      fallback: 'token',
      sentence: 'What it signs: tokens, JWT-SVIDs of our own trust domain, its X.509-SVIDs, or what clouds take.',
    },
    {
      name: 'leaked',
      sentence: 'It is known to others: it signs at once with another, and every token of before ends.',
    },
  ],
  run: async (input, context) => {
    const leaked = input.has('leaked')
    const made = await context
      .client()
      .keys.rotate({ reason: input.text('reason'), leaked, use: chosen(USES, input.text('use')) })
    const ends = made.retired.length === 1 ? 'one key counts' : `${made.retired.length} keys count`
    const sentence = leaked
      ? `${made.key.id} signs now; ${ends} no more, and nothing that was signed before does.`
      : `${made.key.id} is published, and signs from ${writeTime(made.key.activatesMs)} on; tokens of before live on.`
    return tellChange(sentence, made)
  },
}

/** Makes a key pair for an agent whose platform gives it no identity. */
const MAKE: Command = {
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
    const keys = await createAssertionKeys()
    const publicFile = writeKeys(file, keys)
    const { thumbprint } = await importProofKey(keys.privateJwk)
    return {
      data: { privateKey: file, publicKey: publicFile, thumbprint },
      lines: [
        `Wrote ${file} (keep it with the agent) and ${publicFile} (its binding).`,
        `Its thumbprint, for --pin: ${thumbprint}`,
      ],
    }
  },
}

/** Keys: of agents, and of the server. */
export const KEY_COMMANDS: readonly Command[] = [MAKE, ROTATE, WRAP_COMMAND]
