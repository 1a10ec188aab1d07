import { EntityUid } from '../cedar/values/value.ts'

/** What the policies of a set name, found in Cedar's JSON form of them. */
export interface PolicyWords {
  /** Every text that stands in a policy: attributes that it reads are among them. */
  readonly texts: ReadonlySet<string>
  readonly uids: readonly EntityUid[]
  /** True where a policy looks at the context as a whole, and not at members by name. */
  readonly readsWholeContext: boolean
}

/** Finds what policies name. More than they read may be among it, never less. */
export function findWords(policies: readonly unknown[]): PolicyWords {
  const texts = new Set<string>()
  const uids = new Map<string, EntityUid>()
  let readsWholeContext = false
  const visit = (json: unknown, isMemberRead: boolean): void => {
    if (typeof json === 'string') texts.add(json)
    if (typeof json !== 'object' || json === null) return
    if (Array.isArray(json)) {
      for (const item of json) visit(item, false)
      return
    }
    const members = json as Readonly<Record<string, unknown>>
    const { type, id, Var: variable } = members
    if (typeof type === 'string' && typeof id === 'string') {
      const uid = new EntityUid(type, id)
      uids.set(uid.key, uid)
    }
    if (variable === 'context' && !isMemberRead) readsWholeContext = true
    for (const [name, member] of Object.entries(members)) {
      if (name === '.' || name === 'has') visitAccess(member)
      else visit(member, false)
    }
  }
  const visitAccess = (access: unknown): void => {
    const { left, ...rest } = (access ?? {}) as Readonly<Record<string, unknown>>
    visit(left, true)
    visit(rest, false)
  }
  for (const policy of policies) visit(policy, false)
  return { texts, uids: [...uids.values()], readsWholeContext }
}
