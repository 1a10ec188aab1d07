import type { Context, Reply } from '../../route.ts'
import type { Form } from '../form.ts'

/** One way to get a token. */
export interface Grant {
  /** What `grant_type` says. */
  readonly type: string
  readonly run: (context: Context<Form, null>) => Promise<Reply>
}
