import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Composition } from '../sdk/nouns.ts'
import { quote } from '../sdk/quote.ts'
import { CliError, type Input, type Option, usageError } from './command.ts'

/** How it is said what an identity is made of. */
export const COMPOSITION_OPTIONS: readonly Option[] = [
  { name: 'model', value: 'text', sentence: 'The model that it runs.' },
  {
    name: 'prompt',
    value: 'file or digest',
    sentence: 'Its prompt, of which only the SHA-256 is sent; goes with --model.',
  },
  {
    name: 'tools',
    value: 'file or digest',
    sentence: 'The manifest of its tools, of which only the SHA-256 is sent; goes with --model.',
  },
  { name: 'any-composition', sentence: 'It may be made of anything from now on, whatever was said before.' },
]

/** Reads what an identity is made of: null where it is taken back, undefined where nothing is said. */
export function readComposition(input: Input): Composition | null | undefined {
  const model = input.find('model')
  const hasParts = input.has('prompt') || input.has('tools')
  if (input.has('any-composition')) {
    if (model !== undefined || hasParts) throw misused('--any-composition goes alone.')
    return null
  }
  if (model !== undefined)
    return { model, promptDigest: readDigest(input, 'prompt'), toolsDigest: readDigest(input, 'tools') }
  if (hasParts) throw misused('--prompt and --tools go with --model.')
  return undefined
}

/** Says what an identity is made of, for people; nothing where that was not declared. */
export function describeComposition(composition: Composition | undefined): string {
  if (composition === undefined) return ''
  const { model, promptDigest, toolsDigest } = composition
  const prompt = promptDigest === null ? 'any prompt' : `prompt ${promptDigest}`
  return `${quote.unlessWord(model)}, ${prompt}, ${toolsDigest === null ? 'any tools' : `tools ${toolsDigest}`}`
}

/** A digest stands as it is; anything else names a file. */
function readDigest(input: Input, name: string): string | null {
  const said = input.find(name)
  if (said === undefined) return null
  return /^[0-9a-f]{64}$/.test(said) ? said : hash('sha256', readBytes(said))
}

function readBytes(file: string): Uint8Array {
  try {
    return readFileSync(file)
  } catch {
    throw new CliError(
      'usage',
      'file_unreadable',
      `The file ${file} cannot be read.`,
      'Name a file that is there, or the 64 lowercase digits of a SHA-256.',
    )
  }
}

function misused(sentence: string): CliError {
  return usageError(sentence, 'Run `remit identity submit --help`.')
}
