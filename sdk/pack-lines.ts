import { packLineBytesMax } from '../src/contract/pack.ts'

/**
 * Cuts the bytes of a pack into lines, holding one at a time. A line above `packLineBytesMax` is given cut off, one
 * character too long, so that the verifier names it; its rest is passed over.
 */
export async function* readPackLines(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true }) // what is not UTF-8 fails its proof
  let rest = ''
  for await (const chunk of chunks) {
    const lines = decoder.decode(chunk, { stream: true }).split('\n')
    lines[0] = rest + (lines[0] ?? '')
    rest = cut(lines.pop() ?? '')
    for (const line of lines) yield cut(line)
  }
  rest += decoder.decode()
  if (rest !== '') yield rest
}

function cut(line: string): string {
  return line.slice(0, packLineBytesMax + 1)
}
