/** Below so many places what has gone is not worth giving its room back. */
const KEPT_PLACES = 1024

/**
 * A queue, first in, first out. Each step costs the same however many wait. The first entry of a Map or a Set is no such
 * thing: V8 keeps the places of what has left it until it is made anew, and to find the first walks past all of them.
 */
export class Fifo<Value> {
  #places: Value[] = []
  #gone = 0

  push(value: Value): void {
    this.#places.push(value)
  }

  /** The one that waits the longest; undefined where none does. */
  first(): Value | undefined {
    return this.#places[this.#gone]
  }

  /** Lets the first one go. */
  drop(): void {
    if (this.#gone === this.#places.length) return
    this.#gone += 1
    if (this.#gone < KEPT_PLACES || this.#gone < this.#places.length / 2) return
    this.#places = this.#places.slice(this.#gone)
    this.#gone = 0
  }
}
