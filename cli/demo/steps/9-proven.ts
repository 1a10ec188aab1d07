import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isMembers } from '../../../sdk/members.ts'
import { type Said, verifyElsewhere } from '../cli-process.ts'
import type { Play, Step } from '../play.ts'
import { expectThat, StoryError } from '../story-error.ts'

/** The whole story is proven to somebody who trusts nothing of ours but the public key. */
export const PROVEN_STEP: Step = {
  title: 'Proof for a stranger, offline',
  play: async (play) => {
    const files = await writePack(play)
    const whole = await verifyElsewhere(files.pack, files.key)
    expectThat(whole.exitCode === 0, `The pack does not verify: ${whole.lines.join(' ')}`)
    await play.tell('remit verify', `in a process that has the pack, the key and no network: ${firstLine(whole)}`)
    await changeOneByte(play, files)
  },
}

interface Files {
  readonly pack: string
  readonly key: string
}

async function writePack({ shelf, stage, tell }: Play): Promise<Files> {
  const files = { pack: join(stage.folder, 'evidence.pack'), key: join(stage.folder, 'log.key') }
  const pack = await new Response(await shelf.take('lin').client.evidence.pack()).text()
  writeFileSync(files.pack, pack)
  writeFileSync(files.key, `${stage.server.listening.logKey}\n`)
  const { size } = await shelf.take('lin').client.entries.list({ limit: 1 })
  await tell(
    'Lin',
    `writes an evidence pack: ${pack.trimEnd().split('\n').length} lines, ${Math.round(pack.length / 1024)} KiB`,
    size - 1,
  )
  return files
}

async function changeOneByte({ shelf, tell, stage }: Play, files: Files): Promise<void> {
  const entry = shelf.take('denialEntry')
  const forged = join(stage.folder, 'forged.pack')
  const lines = readFileSync(files.pack, 'utf8').split('\n')
  const at = lines.findIndex((line) => isEntry(line, entry))
  if (at < 0) throw new StoryError(`The pack does not hold entry #${entry}.`)
  writeFileSync(forged, lines.with(at, forge(lines[at] ?? '')).join('\n'))
  const verdict = await verifyElsewhere(forged, files.key)
  expectThat(verdict.exitCode === 1, `The forged pack got the exit code ${verdict.exitCode} in place of 1.`)
  expectThat(
    firstLine(verdict).includes(`entry #${entry},`),
    `The verifier does not name entry #${entry}: ${verdict.lines.join(' ')}`,
  )
  await tell('a forger', `changes one byte of entry #${entry} in a copy, so that a denial reads otherwise`)
  await tell('remit verify', `refuses the copy: ${firstLine(verdict)}`)
}

function isEntry(line: string, index: number): boolean {
  if (!line.startsWith('{')) return false
  const row: unknown = JSON.parse(line)
  return isMembers(row) && row['index'] === index
}

/** Changes one byte: a c of the confidential file's name becomes a C. */
function forge(line: string): string {
  if (!line.includes('confidential')) throw new StoryError('The entry does not name what was denied.')
  return line.replace('confidential', 'Confidential')
}

function firstLine({ lines }: Said): string {
  return lines[0] ?? ''
}
