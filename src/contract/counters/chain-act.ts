import type { TaskId } from '../task.ts'

/**
 * What the tasks of one chain have done under one name: a tool (`server/tool`), or all tools of a class (`delete`), whose
 * names have no slash; where a policy looks at it, also either of these at one resource (`nameAt`). Calls are counted when they
 * are permitted, so that those in flight count. Times in epoch milliseconds.
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

/** Gives the name under which is counted what is done under a name to one resource: no name of a tool or class begins so. */
export function nameAt(name: string, resource: string): string {
  return JSON.stringify([name, resource])
}

/** True for the name of what was done to one resource. */
export function isNameAt(name: string): boolean {
  return name.startsWith('["')
}

/** Makes what gives the name of a tool or class out of one that was done under to this resource; null for any other. */
export function namesAt(resource: string): (name: string) => string | null {
  const end = `,${JSON.stringify(resource)}]`
  return (name) => (isNameAt(name) && name.endsWith(end) ? (JSON.parse(name.slice(1, -end.length)) as string) : null) // as it was written
}

/** Gives the root of the chain whose row has this key: ids have no slash. */
export function rootOfAct(key: string): string {
  return key.slice(0, key.indexOf('/'))
}
