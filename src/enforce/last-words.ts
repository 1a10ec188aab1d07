import { stripVTControlCharacters } from 'node:util'
import { LIMITS } from '../ground/limits.ts'

/** A value shorter than this is a word like any other, and hiding it would hide the line. */
const secretCharsMin = 6

/**
 * Keeps the last lines that a child of this process wrote to its standard error, for the people who run Remit. What
 * it was given as environment may be a credential, so that these values are never among them.
 */
export class LastWords {
  readonly #secrets: readonly string[]
  #decoder = new TextDecoder()
  #lines: string[] = []
  #open = ''

  constructor(environment: Readonly<Record<string, string>> = {}) {
    const values = Object.values(environment).filter((value) => value.length >= secretCharsMin)
    this.#secrets = values.sort((x, y) => y.length - x.length) // one may be a part of another
  }

  /** Forgets what an earlier child said. */
  clear(): void {
    this.#decoder = new TextDecoder()
    this.#lines = []
    this.#open = ''
  }

  hear(chunk: Uint8Array): void {
    const lines = `${this.#open}${this.#decoder.decode(chunk, { stream: true })}`.split(/\r?\n/)
    this.#open = (lines.pop() ?? '').slice(0, heldCharsMax)
    this.#lines = [...this.#lines, ...lines].filter((line) => line.trim() !== '').slice(-LIMITS.stderrLinesMax)
  }

  /** Gives the lines, oldest first: bounded, without anything that would steer a terminal. */
  show(): readonly string[] {
    return [...this.#lines, this.#open]
      .map((line) => this.#clean(line))
      .filter((line) => line !== '')
      .slice(-LIMITS.stderrLinesMax)
  }

  #clean(line: string): string {
    const plain = stripVTControlCharacters(line.slice(0, heldCharsMax)).replace(/\p{C}/gu, ' ')
    const open = this.#secrets.reduce((text, secret) => text.replaceAll(secret, '…'), plain)
    return open.trim().slice(0, LIMITS.stderrLineCharsMax).toWellFormed()
  }
}

/** What is held of a line: more than is shown, so that a secret at the edge is whole where it is looked for. */
const heldCharsMax = 16 * LIMITS.stderrLineCharsMax
