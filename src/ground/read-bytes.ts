/** Reads the body of an answer; null for one of more bytes, of which no more is read. */
export async function readBytes(answer: Response, bytesMax: number): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of answer.body ?? []) {
    const bytes = chunk as Uint8Array // a response body streams bytes
    size += bytes.length
    if (size > bytesMax) return null
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
}
