import type { TaskRequest, TokenAnswer } from './answers.ts'
import type { Caller } from './call.ts'
import type { ProofKey } from './dpop.ts'
import type { Composition, PartBudget } from './nouns.ts'

/** What a helper needs to take a part of a task: for minutes, and once where it holds a proof. */
export interface HandOver {
  readonly token: string
  /** Of the key to which the token is bound, for this token at the token endpoint. */
  readonly proof?: string
}

/** What an agent wishes for, of the task of another one or on behalf of a person. */
export type TaskWish = Pick<TaskRequest, 'goal' | 'scope' | 'ceiling' | 'lifeSeconds'> & {
  /** What is left unsaid is 1,000 calls, 100 writes and 64 MiB; of a part of a task at most what that task has left. */
  readonly budget?: PartBudget
  /** On behalf of a person only. */
  readonly ticket?: string
  readonly purpose?: string
}

/** How an agent acts for others, in one request each: it gets a task and a token in it. */
export interface Acting<Token> {
  /**
   * Gives what a helper takes a part of this task with; a grant lets it, and the helper wishes for how much. A token that is
   * bound to a certificate counts over connections with that alone: there the agent shows the helper's proof itself.
   */
  handOver(taskId: string): Promise<HandOver>
  /** Takes a part of a task that was handed over. Errors: `actor_unauthorized`, and `approval_required` with `task_id`. */
  takePart(from: HandOver, wish: TaskWish, resource: string): Promise<Token>
  /** Opens a task on behalf of the person of an ID token, who lets this agent. Errors: as of `takePart`. */
  actFor(idToken: string, wish: TaskWish, resource: string): Promise<Token>
}

interface Parts<Token> {
  readonly caller: Caller
  readonly assertion?: () => Promise<string>
  readonly key?: ProofKey
  readonly composition?: Composition
  readonly apiToken: (taskId: string) => Promise<Token>
  readonly readToken: (answer: TokenAnswer, taskId: string, resource: string) => Token
  /** Shows a form at the token endpoint, made anew where the server asks for another proof. */
  readonly askForToken: (form: () => Promise<Readonly<Record<string, string>>>) => Promise<TokenAnswer>
}

const TYPE = 'urn:ietf:params:oauth:token-type:'

/** Makes that side of an agent; one without an assertion acts for nobody. */
export function createActing<Token extends { readonly value: string }>(parts: Parts<Token>): Acting<Token> {
  const { caller, assertion, key, composition, apiToken, readToken, askForToken } = parts
  const take = async (
    subject: Readonly<Record<string, string>>,
    { lifeSeconds, ...wish }: TaskWish,
    resource: string,
  ): Promise<Token> => {
    if (assertion === undefined) throw new TypeError('An agent acts for others with an assertion of its own.')
    const details = [{ type: 'urn:remit:task-wish', ...wish, life_seconds: lifeSeconds, composition }]
    const answer = await askForToken(async () => ({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      ...subject,
      actor_token: await assertion(),
      actor_token_type: `${TYPE}jwt`,
      resource,
      authorization_details: JSON.stringify(details),
    }))
    const [told] = answer.authorization_details as readonly { readonly task_id: string }[] // the task that was opened
    return readToken(answer, told?.task_id ?? '', resource)
  }
  return {
    handOver: async (taskId) => {
      const { value } = await apiToken(taskId)
      if (key === undefined) return { token: value }
      return { token: value, proof: await key.prove('POST', `${caller.baseUrl}/oauth/token`, value) }
    },
    takePart: ({ token, proof }, wish, resource) => {
      const subject = { subject_token: token, subject_token_type: `${TYPE}access_token` }
      return take(proof === undefined ? subject : { ...subject, subject_token_proof: proof }, wish, resource)
    },
    actFor: (idToken, wish, resource) =>
      take({ subject_token: idToken, subject_token_type: `${TYPE}id_token` }, wish, resource),
  }
}
