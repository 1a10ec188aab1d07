import type { ToldQuestion, Untold } from '../src/contract/question.ts'

/** Why something was decided, out of the log alone: the sentences, and the facts behind them. */
export interface Explanation {
  readonly sentences: readonly string[]
  /** The rules that decided, with text and place of each in the policy set of that time; null where that is not known. */
  readonly rules?: readonly {
    readonly rule: string
    readonly text: string | null
    readonly file: string | null
    readonly line: number | null
  }[]
  /** All that the policies were asked, in Cedar's JSON form, or why the entry does not tell it. */
  readonly asked?:
    | { readonly told: true; readonly questions: readonly ToldQuestion[] }
    | { readonly told: false; readonly because: Untold }
  readonly [fact: string]: unknown
}
