/**
 * Remembers what was put or asked for lately: at least the last `max / 2` names, and at most `max`. Each step costs the
 * same however many there are: what is old goes all at once, and not one by one. A name never leaves a Map that it may come
 * back to: V8 keeps the place of each time until the Map is made anew, and to put the name walks past all of them.
 */
export class Recent<Value> {
  readonly #max: number
  /** Undefined where a name was deleted. */
  #young = new Map<string, Value | undefined>()
  #old = new Map<string, Value | undefined>()

  constructor(max: number) {
    this.#max = max
  }

  get(name: string): Value | undefined {
    const young = this.#young.get(name)
    if (young !== undefined) return young
    const old = this.#old.get(name)
    if (old !== undefined) this.set(name, old)
    return old
  }

  set(name: string, value: Value): void {
    if (this.#young.size >= this.#max / 2) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(name, value)
  }

  delete(name: string): void {
    if (this.#young.has(name)) this.#young.set(name, undefined)
    this.#old.delete(name)
  }

  clear(): void {
    this.#young.clear()
    this.#old.clear()
  }
}
