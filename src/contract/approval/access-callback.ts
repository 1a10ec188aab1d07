/** How it can stand with telling somebody of the end of a request: `waiting` is all that is not over. */
export type CallbackState = 'waiting' | 'told' | 'refused' | 'unwanted' | 'given-up'

/** A request for access whose asker is to be told of its end; where and of what stands with the request. */
export interface Callback {
  /** The id of the request. */
  readonly id: string
  readonly state: CallbackState
}
