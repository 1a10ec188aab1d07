const lookEveryMs = 1_000

/** Remembers what was shown, each under its name until its end, so that it does not count twice. */
export class UntilEnd<Value> {
  readonly #kept = new Map<string, { readonly value: Value; readonly endMs: number }>()
  #lookedMs = Number.NEGATIVE_INFINITY
  #forgottenMs = Number.NEGATIVE_INFINITY

  /** How many are remembered. */
  get size(): number {
    return this.#kept.size
  }

  /** True for what is remembered. */
  has(name: string): boolean {
    return this.#kept.has(name)
  }

  /** True for what ends no later than something that was forgotten: a clock that ran ahead and came back brings none of it back. */
  mayBeForgotten(endMs: number): boolean {
    return endMs <= this.#forgottenMs
  }

  /** Remembers until an end. */
  set(name: string, value: Value, endMs: number): void {
    this.#kept.set(name, { value, endMs })
  }

  /** Forgets what is over, and gives it. All are looked at, and so once a second and not each time. */
  forgetEnded(nowMs: number): readonly Value[] {
    if (Math.abs(nowMs - this.#lookedMs) < lookEveryMs) return [] // the clock may have gone back
    this.#lookedMs = nowMs
    const ended: Value[] = []
    for (const [name, { value, endMs }] of this.#kept) {
      if (endMs > nowMs) continue
      this.#kept.delete(name)
      this.#forgottenMs = Math.max(this.#forgottenMs, endMs)
      ended.push(value)
    }
    return ended
  }
}
