import { RemitProblem } from './problem.ts'

/** Longest answer that is read into memory, in bytes; streams have no such bound. */
export const answerBytesMax = 32 * 1024 * 1024

/** How long nothing may come from a server before it is given up, in milliseconds. */
export const silenceMsMax = 120_000

/** Waits for what a server is to say next; gives up, and ends the request, where it stays silent. */
export async function hear<T>(next: Promise<T>, silenceMs: number, request: AbortController): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const silent = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const problem = new RemitProblem('unreachable', 0, { detail: `The server said nothing for ${silenceMs} ms.` })
      reject(problem)
      request.abort(problem)
    }, silenceMs)
  })
  try {
    return await Promise.race([next, silent])
  } finally {
    clearTimeout(timer)
  }
}

/** Passes a body on as it comes, for as long as something comes. Only what is asked for is waited for. */
export function holdToPace(
  response: Response,
  silenceMs: number,
  request: AbortController,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | undefined = response.body?.getReader()
  return new ReadableStream({
    pull: async (controller) => {
      const read = reader === undefined ? undefined : await hear(reader.read(), silenceMs, request)
      const bytes: Uint8Array<ArrayBuffer> | undefined = read?.value
      if (bytes === undefined) controller.close()
      else controller.enqueue(bytes)
    },
    cancel: (reason) => reader?.cancel(reason),
  })
}

/** Reads a body whole, up to `answerBytesMax`. */
export async function readBounded(response: Response, silenceMs: number, request: AbortController): Promise<string> {
  const decoder = new TextDecoder()
  let [text, bytes] = ['', 0]
  for await (const chunk of holdToPace(response, silenceMs, request)) {
    bytes += chunk.length
    if (bytes > answerBytesMax) {
      request.abort()
      const detail = `The answer is longer than ${answerBytesMax} bytes; is this address a Remit server?`
      throw new RemitProblem('answer_malformed', response.status, { detail })
    }
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}
