import type { z } from 'zod'
import type { AgentCaller, Caller, PersonCaller, WorkloadCaller } from '../authenticate/caller.ts'
import type { PeerCertificate } from '../authenticate/x509/peer-certificate.ts'
import type { House } from '../flow/house.ts'
import type { ANSWERS } from './answers/answers.ts'
import type { ErrorForm } from './entrance/problem.ts'
import type { BODIES } from './input/bodies.ts'

/** Who may come through a door. A `person` has a role, whichever; `any person` may have none. */
export interface Callers {
  anyone: null
  'any person': PersonCaller
  person: PersonCaller
  workload: WorkloadCaller
  agent: AgentCaller
  'person or agent': PersonCaller | AgentCaller
  /** Who may prove themselves in the body instead; null until that was read. */
  'any client': Caller | null
}
export type Who = keyof Callers

/** Which kinds of caller each word stands for. */
export const WHO_KINDS: Readonly<Record<Who, readonly Caller['kind'][]>> = {
  anyone: [],
  'any person': ['person'],
  person: ['person'],
  workload: ['workload'],
  agent: ['agent'],
  'person or agent': ['person', 'agent'],
  'any client': ['person', 'agent', 'workload'],
}

/** How a body is read: a shape of `BODIES` (JSON), a form, as it is, or not at all. */
export type BodyName = keyof typeof BODIES | 'form' | 'raw' | 'none'
export type BodyOf<B extends BodyName> = B extends keyof typeof BODIES
  ? z.infer<(typeof BODIES)[B]>
  : B extends 'form'
    ? Readonly<Record<string, string>>
    : B extends 'raw'
      ? string
      : null

/** A request that has come through its door. Header names in lower case. */
export interface Context<B = unknown, C = unknown> {
  readonly house: House
  readonly caller: C
  readonly body: B
  readonly params: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string>>
  readonly method: string
  /** Path without the query. */
  readonly path: string
  /** True at the token endpoint. */
  readonly isForToken: boolean
  readonly headers: Readonly<Record<string, string | undefined>>
  /** The client's address; behind a trusted proxy what that says it is. */
  readonly source: string
  /** The public address of the listener that it came to. */
  readonly reachedAt: string
  /** What its answer says of the proof that came with it, once that was verified. */
  readonly proven: { nextNonce: string | null }
  /** The certificate of its connection, where it showed one there. */
  readonly certificate: PeerCertificate | undefined
  /** Gives what is aborted once the client is gone; to be asked before anything is waited for. */
  readonly watchClient: () => AbortSignal
  /** Remembers who it was for the error handler, where a handler authenticates by itself. */
  readonly admitted: (caller: Caller) => void
}

/** An answer that is not plain JSON with the row's status. */
export class Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array | AsyncIterable<string>

  constructor(
    status: number,
    headers: Readonly<Record<string, string>>,
    body: string | Uint8Array | AsyncIterable<string>,
  ) {
    this.status = status
    this.headers = headers
    this.body = body
  }
}

export type Method = 'GET' | 'POST' | 'DELETE'

/** One row of the table of doors. */
export interface Route {
  readonly method: Method
  /** With `:name` for a parameter and a final `*` for the rest. */
  readonly path: string
  readonly who: Who
  readonly body: BodyName
  readonly status: number
  readonly answer: keyof typeof ANSWERS
  readonly form: ErrorForm
  readonly name: string
  readonly sentence: string
  readonly run: (context: Context) => Promise<object | Reply>
}

/** Makes a row; the compiler holds the handler to the body and the caller that the row names. */
export function route<W extends Who, B extends BodyName>(
  method: Method,
  path: string,
  who: W,
  body: B,
  status: number,
  answer: keyof typeof ANSWERS,
  run: (context: Context<BodyOf<B>, Callers[W]>) => Promise<object | Reply>,
  sentence: string,
  form: ErrorForm = 'problem',
): Route {
  return { method, path, who, body, status, answer, form, name: run.name, sentence, run: run as Route['run'] } // the server passes what the row names
}

/** The same handler under an address with the name of a domain: its row is named by that too. */
export function inDomain<B, C>(run: (context: Context<B, C>) => Promise<object | Reply>): typeof run {
  const named = (context: Context<B, C>): Promise<object | Reply> => run(context)
  return Object.defineProperty(named, 'name', { value: `${run.name}InDomain` })
}
