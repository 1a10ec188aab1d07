import { randomUUID } from 'node:crypto'
import { lstatSync, renameSync, rmSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { CHOICES } from '../../sdk/choices.ts'
import { type Answer, CliError, type Command, type Context, type Input, usageError } from '../command.ts'
import { findIdentityId } from '../lookup.ts'

/** Writes an evidence pack into a file. */
export const EVIDENCE_COMMAND: Command = {
  name: 'evidence',
  sentence: 'Writes an evidence pack: entries, proofs and signed head, to be verified by anyone, offline.',
  arguments: [],
  options: [
    {
      name: 'about',
      value: 'kind:id',
      sentence: 'Only what is about one thing, such as identity:docs-summariser or task:tsk_…; else all of the log.',
    },
    { name: 'out', value: 'file', fallback: 'evidence.pack', sentence: 'Where to write it.' },
    { name: 'replace', sentence: 'Puts it in the place of a file that is there; else that is refused.' },
  ],
  run: writeEvidence,
}

async function writeEvidence(input: Input, context: Context): Promise<Answer> {
  const file = input.text('out')
  if (!input.has('replace')) requireFree(file)
  const client = context.client()
  const about = readAbout(input.find('about'))
  const subject = about?.kind === 'identity' ? { kind: about.kind, id: await findIdentityId(client, about.id) } : about
  await keepWhole(await client.evidence.pack(subject), file)
  const { size } = statSync(file)
  return {
    data: { file, bytes: size, about: subject ?? null },
    lines: [`Wrote ${file} (${size} bytes).`, `  remit verify ${file} --key <the log's key, from remit log key>`],
  }
}

/** What is there may be the only copy of evidence of before. */
function requireFree(file: string): void {
  const there = lstatSync(file, { throwIfNoEntry: false })
  if (there === undefined) return
  throw new CliError(
    'refused',
    'file_exists',
    `${file} is there already, and nothing was written.`,
    there.isDirectory()
      ? 'Name a file with --out.'
      : 'Name another file with --out, or say --replace to have it replaced.',
  )
}

/**
 * Puts a pack in its place once it is whole, readable by this user only. A link that lies there is replaced and not
 * followed, and what was there before stays until then.
 */
async function keepWhole(pack: ReadableStream<Uint8Array>, file: string): Promise<void> {
  const draft = `${file}.${randomUUID()}`
  // Opened before the pack is read: a stream that opens by itself may still do so after a broken pack was cleared away.
  const draftFile = await open(draft, 'wx', 0o600)
  try {
    await pipeline(pack, draftFile.createWriteStream())
    renameSync(draft, file)
  } finally {
    rmSync(draft, { force: true })
  }
}

function readAbout(text: string | undefined): { readonly kind: string; readonly id: string } | undefined {
  if (text === undefined) return undefined
  const [, kind, id] = /^([a-z]+):(.+)$/.exec(text) ?? []
  const isKnown = CHOICES.evidenceSubjects.some((known) => known === kind)
  if (kind !== undefined && id !== undefined && isKnown) return { kind, id }
  throw usageError(
    `'${text}' does not name a thing.`,
    `Write kind:id, where kind is one of ${CHOICES.evidenceSubjects.join(', ')}.`,
  )
}
