import { LIMITS } from '../../ground/limits.ts'

const [NEWLINE, RETURN, QUOTE, BACKSLASH, COMMA] = [10, 13, 34, 92, 44]
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [123, 125, 91, 93]
/** How a line of a stream begins that is part of an answer; all others are passed over by who reads it. */
const DATA = Buffer.from('data:')

/** What counts for something in a text, and outside of one; most bytes of a large answer do not. */
const [IN_TEXT, OUTSIDE] = [
  markBytes([QUOTE, BACKSLASH, NEWLINE, RETURN]),
  markBytes([QUOTE, COMMA, OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET, NEWLINE, RETURN]),
]

function markBytes(bytes: readonly number[]): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => Number(bytes.includes(byte)))
}

/**
 * Looks at the bytes of an answer as they come, for what would make it slow to read and to write beyond its length: how many
 * values it may hold, and how deep they nest. Each byte is looked at once.
 */
export class AnswerShape {
  readonly #isStream: boolean
  #values = 0
  #depth = 0
  #isText = false
  #isEscaped = false
  /** So many bytes of the line have come; whether it is part of an answer, and whether a carriage return ended the one before it. */
  #column = 0
  #isAnswer = true
  #isReturned = false

  /** Of a stream of events each is an answer of its own. */
  constructor(isStream: boolean) {
    this.#isStream = isStream
  }

  /** Begins another answer. */
  begin(): void {
    this.#values = 0
    this.#depth = 0
    this.#beginLine()
  }

  /** Takes the next bytes. True once there is more in the answer than may be. */
  isTooMuch(bytes: Uint8Array): boolean {
    for (let at = this.#passOver(bytes, 0); at < bytes.length; at = this.#passOver(bytes, at + 1)) {
      const byte = Number(bytes[at])
      if (byte === NEWLINE || byte === RETURN) this.#endLine(byte)
      else this.#take(byte)
      if (this.#values > LIMITS.resultValuesMax || this.#depth > LIMITS.resultDepthMax) return true
    }
    return false
  }

  /** Gives where the next byte is that counts for something, from here on. */
  #passOver(bytes: Uint8Array, from: number): number {
    const isBeginning = this.#isStream && this.#column < DATA.length && !this.#isText
    if (this.#isEscaped || isBeginning) return from
    const marks = this.#isText ? IN_TEXT : OUTSIDE
    let at = from
    while (at < bytes.length && marks[Number(bytes[at])] === 0) at += 1
    this.#column += at - from
    return at
  }

  #take(byte: number): void {
    if (this.#isStream && this.#column < DATA.length && byte !== DATA[this.#column]) this.#isAnswer = false
    this.#column += 1
    if (this.#isEscaped) this.#isEscaped = false
    else if (byte === QUOTE) this.#isText = !this.#isText
    else if (this.#isText) this.#isEscaped = byte === BACKSLASH
    else this.#count(byte)
  }

  /** What is passed over may hold too much, but makes nothing less deep. */
  #count(byte: number): void {
    if (byte === COMMA) this.#values += 1
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      this.#values += 1
      this.#depth += 1
    } else if ((byte === CLOSE_BRACE || byte === CLOSE_BRACKET) && this.#isAnswer) this.#depth -= 1
  }

  /** An event ends with an empty line; each of CR, LF and both together ends one. */
  #endLine(byte: number): void {
    const isRest = byte === NEWLINE && this.#isReturned && this.#column === 0
    if (this.#isStream && this.#column === 0 && !isRest) this.begin()
    else this.#beginLine()
    this.#isReturned = byte === RETURN
  }

  /** No text of JSON goes over the end of a line. */
  #beginLine(): void {
    this.#column = 0
    this.#isAnswer = true
    this.#isReturned = false
    this.#isText = false
    this.#isEscaped = false
  }
}
