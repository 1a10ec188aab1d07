import type { ActionClass } from '../contract/action-class.ts'
import type { AccessCallback } from '../contract/approval/access-request.ts'
import type { Envelope } from '../contract/approval/envelope.ts'
import type { Composition } from '../contract/register/composition.ts'
import type { Scope } from '../contract/scope.ts'
import type { Sensitivity } from '../contract/sensitivity.ts'
import type { Budget, PartBudget } from '../contract/task.ts'
import type { TakenByWish } from './laws/taken-by.ts'

/** What a workload says when it asks for a task. `lifeSeconds` is at most what its tier allows. */
export interface TaskRequest {
  readonly purpose: string
  readonly goal: string
  readonly ticket: string | null
  readonly scope: Scope
  readonly ceiling: Sensitivity
  readonly budget: Budget
  readonly lifeSeconds: number
  /** What runs, as it says itself. Required where one was declared and approved for the identity. */
  readonly composition?: Composition | undefined
  /** Of a task that a person opens: which workloads of the identity may take it. Required where it proves itself in several ways. */
  readonly takenBy?: TakenByWish | undefined
  /** Where a workload wants to be told once people have answered, where the task waits for them. */
  readonly callback?: AccessCallback | undefined
}

/** What an agent says when it hands part of its task to another identity. */
export interface DelegationRequest {
  /** Name of the identity that will do it. */
  readonly to: string
  readonly goal: string
  readonly scope: Scope
  readonly ceiling: Sensitivity
  readonly budget: PartBudget
  readonly lifeSeconds: number
  /** Which workloads of the helper may take it. Required where it proves itself in several ways. */
  readonly takenBy?: TakenByWish | undefined
}

/**
 * The very workload that takes what is handed to its identity, where that has proved itself already: no other one ever does.
 */
export interface Taker {
  readonly identityId: string
  readonly bindingId: string
}

/**
 * A resource of another domain, and what is asked for there: each scope of that domain with the class of action that it is
 * here.
 */
export interface AcrossAsked {
  readonly resource: string
  readonly scopes: Readonly<Record<string, ActionClass>>
}

/** What a workload says when it asks for an access token inside a task. `audience` is the resource (RFC 8707). */
export interface TokenRequest {
  readonly taskId: string
  readonly audience: string
  /** What runs, as it says itself. Required where one was declared and approved for the identity. */
  readonly composition?: Composition | undefined
  /** In place of a token, a certificate of a key that was proved: its RFC 7638 thumbprint. */
  readonly certify?: { readonly thumbprint: string }
  /** In place of a token, a grant for another domain, whose issuer is the audience. */
  readonly across?: AcrossAsked
}

/** A tool call as the gateway saw it, its arguments parsed; at most `LIMITS.argumentsBytesMax` bytes of them. */
export interface CallRequest {
  readonly server: string
  readonly tool: string
  readonly arguments: Readonly<Record<string, unknown>>
  /** A look at the files that the arguments name, which lie outside what is decided on here. */
  readonly files?: FileLook
  /** What a domain has said to it, of a server that is decided on by one too. */
  readonly asked?: AskedBefore | undefined
  /** What the asker says to the people who are asked, should it be held. */
  readonly wish?: CallWish
}

/** What an agent wishes for where its call is held. It counts for nothing until people say so. */
export interface CallWish {
  /** What a yes should be to, where it should be to more than exactly this, once. */
  readonly envelope?: Envelope
  /** Why, in the words of the asker. */
  readonly justification?: string
}

/** What is wrong with the files, or null; and by which version of the tool's rule they were found, 0 where there was none. */
export interface FileLook {
  readonly fault: string | null
  readonly ruleVersion: number
}

/** A domain that was asked about a call before it is decided here: a yes is one of the version that said it, and of the review. */
export interface AskedBefore {
  readonly domain: string
  /** The version that said yes to all that was asked; null where nobody was asked, or by several. */
  readonly version: string | null
  /** The version of the tool's rule by whose review the questions were made. */
  readonly ruleVersion: number
  /** What it was asked. */
  readonly questions: readonly EvaluationRequest[]
}

/** One question of several: a whole one, or what is wrong with it. */
export type Question = EvaluationRequest | { readonly fault: string }

/** When the answering of several questions ends (AuthZEN 1.0, Evaluations semantics): never early, at a no, at a yes. */
export const EVALUATION_SEMANTICS = ['execute_all', 'deny_on_first_deny', 'permit_on_first_permit'] as const
export type EvaluationSemantic = (typeof EVALUATION_SEMANTICS)[number]

/** An AuthZEN 1.0 Search request: a question with one part left open, whose id or name says nothing. */
export interface SearchRequest extends EvaluationRequest {
  readonly what: 'subject' | 'resource' | 'action'
}

/** An AuthZEN 1.0 Access Evaluation request, its unknown members dropped. */
export interface EvaluationRequest {
  readonly subject: {
    readonly type: string
    readonly id: string
    readonly properties: Readonly<Record<string, unknown>>
  }
  readonly action: { readonly name: string; readonly properties: Readonly<Record<string, unknown>> }
  readonly resource: {
    readonly type: string
    readonly id: string
    readonly properties: Readonly<Record<string, unknown>>
  }
  readonly context: Readonly<Record<string, unknown>>
}
