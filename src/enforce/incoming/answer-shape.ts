import { LIMITS } from '../../ground/limits.ts'

const [NEWLINE, RETURN, QUOTE, BACKSLASH, COMMA] = [10, 13, 34, 92, 44]
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [123, 125, 91, 93]

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
  #isLineEmpty = true

  /** Of a stream of events each is an answer of its own. */
  constructor(isStream: boolean) {
    this.#isStream = isStream
  }

  /** Begins another answer. */
  begin(): void {
    this.#values = 0
    this.#depth = 0
    this.#isText = false
    this.#isEscaped = false
  }

  /** Takes the next bytes. True once there is more in the answer than may be. */
  isTooMuch(bytes: Uint8Array): boolean {
    for (const byte of bytes) {
      if (this.#isEscaped) this.#isEscaped = false
      else if (byte === QUOTE) this.#isText = !this.#isText
      else if (this.#isText) this.#isEscaped = byte === BACKSLASH
      else this.#count(byte)
      if (byte === NEWLINE) this.#endLine()
      else if (byte !== RETURN) this.#isLineEmpty = false
      if (this.#values > LIMITS.resultValuesMax || this.#depth > LIMITS.resultDepthMax) return true
    }
    return false
  }

  #count(byte: number): void {
    if (byte === COMMA) this.#values += 1
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      this.#values += 1
      this.#depth += 1
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) this.#depth -= 1
  }

  /** No text of JSON goes over the end of a line; an event ends with an empty one. */
  #endLine(): void {
    this.#isText = false
    this.#isEscaped = false
    if (this.#isStream && this.#isLineEmpty) this.begin()
    this.#isLineEmpty = true
  }
}
