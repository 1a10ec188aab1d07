import type { TaskId } from '../task.ts'

/**
 * What the tasks of one chain have done under one name: a tool (`server/tool`), or all tools of a class (`delete`), whose
 * names have no slash. Calls are counted when they are permitted, so that those in flight count. Times in epoch milliseconds.
 */
export interface ChainAct {
  /** The task at the root of the chain. */
  readonly rootId: TaskId
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

/** Gives the key of the row of a chain and a name. */
export function chainActKey(rootId: TaskId, name: string): string {
  return `${rootId}/${name}`
}

/** Gives the root of the chain whose row has this key: ids have no slash. */
export function rootOfAct(key: string): string {
  return key.slice(0, key.indexOf('/'))
}
