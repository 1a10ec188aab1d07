import { ReadBuffer } from '@modelcontextprotocol/client'
import { AnswerShape } from './answer-shape.ts'

/** An answer of a server that is larger than is read, or holds more. */
export class AnswerTooLarge extends Error {
  /** That of the request that it answers. */
  readonly id: number

  constructor(id: number) {
    super(`The answer to ${id} exceeded maximum size.`)
    this.id = id
  }
}

const NEWLINE = Buffer.from('\n')
/** So much of either end of a line says which request it answers. */
const edgeBytes = 128
/** As many times too large a line is passed over; one that is larger still may have no end. */
const passedOverMax = 16

/**
 * Takes what a child writes and hands on whole lines alone, so that each piece of a long one is looked at once: by itself `ReadBuffer`
 * copies and searches all that has come, with each piece that comes. A line beyond `bytesMax`, or that holds more than may be, is
 * passed over: it ends the call that it answers, and no other one. Where it does not say which, or has no end, `append` throws.
 */
export class WholeLines extends ReadBuffer {
  readonly #bytesMax: number
  readonly #tooLarge: AnswerTooLarge[] = []
  readonly #shape = new AnswerShape(false)
  #pieces: Buffer[] = []
  #bytes = 0
  #isTooMuch = false

  constructor(bytesMax: number) {
    super({ maxBufferSize: Number.POSITIVE_INFINITY }) // what it gets is bounded here
    this.#bytesMax = bytesMax
  }

  override append(chunk: Buffer): void {
    const [first, last] = [chunk.indexOf(NEWLINE), chunk.lastIndexOf(NEWLINE)]
    if (first !== -1) {
      this.#keep(chunk.subarray(0, first))
      this.#finish()
      if (last > first) super.append(chunk.subarray(first + 1, last + 1))
    }
    this.#keep(chunk.subarray(last + 1))
  }

  override readMessage(): ReturnType<ReadBuffer['readMessage']> {
    const tooLarge = this.#tooLarge.shift()
    if (tooLarge !== undefined) throw tooLarge
    return super.readMessage()
  }

  override clear(): void {
    super.clear()
    this.#begin()
  }

  #keep(piece: Buffer): void {
    this.#bytes += piece.length
    this.#pieces.push(piece)
    this.#isTooMuch ||= this.#bytes > this.#bytesMax || this.#shape.isTooMuch(piece)
    if (!this.#isTooMuch) return
    this.#pieces = edgesOf(Buffer.concat(this.#pieces))
    if (this.#bytes > passedOverMax * this.#bytesMax) throw this.#endless()
  }

  #finish(): void {
    const [pieces, isTooMuch] = [this.#pieces, this.#isTooMuch]
    this.#begin()
    if (!isTooMuch) super.append(Buffer.concat([...pieces, NEWLINE]))
    else this.#tooLarge.push(new AnswerTooLarge(this.#findId(String(pieces[0]), String(pieces.at(-1)))))
  }

  #begin(): void {
    this.#pieces = []
    this.#bytes = 0
    this.#isTooMuch = false
    this.#shape.begin()
  }

  #findId(start: string, end: string): number {
    const said = AT_START.exec(start)?.[1] ?? AT_END.exec(end)?.[1]
    if (said === undefined) throw this.#endless()
    return Number(said)
  }

  #endless(): Error {
    return new Error(`A line exceeded maximum size, of ${this.#bytesMax} bytes.`)
  }
}

function edgesOf(bytes: Buffer): Buffer[] {
  return [Buffer.from(bytes.subarray(0, edgeBytes)), Buffer.from(bytes.subarray(-edgeBytes))]
}

/** Of the message itself, and of nothing in it: within a text each quotation mark has a backslash before it. */
const [AT_START, AT_END] = [
  /^\{\s*(?:"jsonrpc"\s*:\s*"2\.0"\s*,\s*)?"id"\s*:\s*(\d{1,15})\s*,/,
  /,\s*"id"\s*:\s*(\d{1,15})\s*(?:,\s*"jsonrpc"\s*:\s*"2\.0"\s*)?\}\s*$/,
]
