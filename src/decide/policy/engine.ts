/** A thing that policies speak of, by type and id. */
export interface Uid {
  readonly type: string
  readonly id: string
}

/** A value as Cedar's JSON form writes it; entities as `{__entity}`, times as `{__extn}`. */
export type PolicyValue = boolean | number | string | readonly PolicyValue[] | { readonly [name: string]: PolicyValue }

/** One thing with its facts. Tags are open text facts, attributes the ones that the schema declares. */
export interface PolicyEntity {
  readonly uid: Uid
  readonly attrs: Readonly<Record<string, PolicyValue>>
  readonly parents: readonly Uid[]
  readonly tags?: Readonly<Record<string, string>>
}

/** One question, with the few entities that it is about. */
export interface PolicyRequest {
  readonly principal: Uid
  readonly action: Uid
  readonly resource: Uid
  readonly context: Readonly<Record<string, PolicyValue>>
  readonly entities: readonly PolicyEntity[]
}

/** `allowed` is never true beside an error: a policy that errors might have been the one that forbids. */
export interface PolicyAnswer {
  readonly allowed: boolean
  /** Ids of the policies that decided; empty where none matched. */
  readonly determining: readonly string[]
  readonly errors: readonly string[]
}

/** What judges one question by a policy set. Synchronous and pure; it never throws, an error is a no. */
export interface PolicyEngine {
  decide(request: PolicyRequest): PolicyAnswer
}
