/** An error of Cedar while it evaluates one policy: that policy neither permits nor forbids, and the answer is no. */
export class EvaluationFault extends Error {
  override readonly name = 'EvaluationFault'
  /** The same without what a request said: that may be about a person, and the log forgets nothing. */
  readonly plain: string

  constructor(message: string, plain = message) {
    super(message)
    this.plain = plain
  }
}
