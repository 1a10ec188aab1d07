/** An error of Cedar while it evaluates one policy: that policy neither permits nor forbids, and the answer is no. */
export class EvaluationFault extends Error {
  override readonly name = 'EvaluationFault'
}
