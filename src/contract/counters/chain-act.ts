/**
 * What the tasks of one chain have done under one name: a tool (`server/tool`), or all tools of a class (`delete`), whose
 * names have no slash; where a policy looks at it, once more of each resource. Calls are counted when they are permitted, so that
 * those in flight count. Times in epoch milliseconds.
 */
export interface ChainAct {
  /** The task at the root of the chain; of what was done to one resource, its place in that chain. */
  readonly rootId: string
  readonly name: string
  /** When one was permitted first. */
  readonly firstMs: number
  readonly permitted: number
  /** When one was permitted last. */
  readonly lastMs: number
  /** How many came back with a result that was no error, and when the last of them did; 0 while none has. */
  readonly succeeded: number
  readonly succeededMs: number
}

/** Gives the key of the row of a chain, or of a resource in it, and a name. */
export function chainActKey(rootId: ChainAct['rootId'], name: string): string {
  return `${rootId}/${name}`
}

/** Gives the chain, or the resource in it, whose row has this key: neither has a slash. */
export function rootOfAct(key: string): string {
  return key.slice(0, key.indexOf('/'))
}
