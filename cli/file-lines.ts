import { createReadStream } from 'node:fs'

/** The longest line that is kept together; whoever reads longer ones gets them in parts, which then do not parse. */
const lineCharsMax = 1024 * 1024

/** Reads a file line by line, cut at line feeds only, in memory that does not grow with the file. */
export async function* readFileLines(file: string): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of createReadStream(file, { encoding: 'utf8' })) {
    const lines = (rest + String(chunk)).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
    if (rest.length <= lineCharsMax) continue
    yield rest
    rest = ''
  }
  if (rest !== '') yield rest
}
