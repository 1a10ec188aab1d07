import { concatBytes, fromUtf8 } from '../src/contract/log/bytes.ts'
import { packLineBytesMax, packManifestBytesMax } from '../src/contract/log/pack.ts'

const newline = 0x0a

/**
 * Cuts the bytes of a pack into lines, holding one at a time. A line that is not UTF-8 is given as U+FFFD alone, and one
 * above its longest length as blanks, one too many, so that the verifier names it; its rest is passed over.
 */
export async function* readPackLines(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<string> {
  let parts: Uint8Array[] = []
  let bytes = 0
  let most = packManifestBytesMax
  const add = (part: Uint8Array): void => {
    if (bytes <= most) parts.push(part)
    bytes += part.length
  }
  const take = (): string => {
    const line = bytes > most ? ' '.repeat(most + 1) : (fromUtf8(concatBytes(...parts)) ?? '\ufffd')
    parts = []
    bytes = 0
    most = packLineBytesMax
    return line
  }
  for await (const chunk of chunks) {
    let from = 0
    for (let to = chunk.indexOf(newline); to >= 0; to = chunk.indexOf(newline, from)) {
      add(chunk.subarray(from, to))
      yield take()
      from = to + 1
    }
    add(chunk.subarray(from))
  }
  if (bytes > 0) yield take()
}
