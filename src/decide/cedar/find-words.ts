import { EntityUid } from './values/value.ts'

/** What policies name, found in Cedar's JSON form of them. */
export interface PolicyWords {
  /** Every text that stands in a policy: attributes that it reads are among them. */
  readonly texts: ReadonlySet<string>
  /** The attributes that are read by name, of whatever. */
  readonly attributes: ReadonlySet<string>
  readonly uids: readonly EntityUid[]
  /** The names of tags that are looked at; `all` where a policy computes the name. */
  readonly tags: ReadonlySet<string> | 'all'
  /** True where a policy looks at the context as a whole, and not at members by name. */
  readonly readsWholeContext: boolean
}

interface Gathered {
  readonly texts: Set<string>
  readonly attributes: Set<string>
  readonly uids: Map<string, EntityUid>
  readonly tags: Set<string>
  hasComputedTag: boolean
  readsWholeContext: boolean
}

/** Finds what policies name. More than they read may be among it, never less. */
export function findWords(policies: readonly unknown[]): PolicyWords {
  const found: Gathered = {
    texts: new Set(),
    attributes: new Set(),
    uids: new Map(),
    tags: new Set(),
    hasComputedTag: false,
    readsWholeContext: false,
  }
  visit(policies, found, false)
  const { texts, attributes, uids, tags, hasComputedTag, readsWholeContext } = found
  return { texts, attributes, uids: [...uids.values()], tags: hasComputedTag ? 'all' : tags, readsWholeContext }
}

/** `isMemberRead`: only members of this are looked at, by name. */
function visit(json: unknown, found: Gathered, isMemberRead: boolean): void {
  if (typeof json === 'string') found.texts.add(json)
  if (typeof json !== 'object' || json === null) return
  if (Array.isArray(json)) {
    for (const item of json) visit(item, found, false)
    return
  }
  const { type, id, Var: variable } = json as Readonly<Record<string, unknown>>
  if (typeof type === 'string' && typeof id === 'string') {
    const uid = new EntityUid(type, id)
    found.uids.set(uid.key, uid)
  }
  if (variable === 'context' && !isMemberRead) found.readsWholeContext = true
  for (const [name, member] of Object.entries(json)) {
    if (name === 'getTag' || name === 'hasTag') gatherTag(member, found)
    visitMember(name, member, found)
  }
}

function visitMember(name: string, member: unknown, found: Gathered): void {
  if (name !== '.' && name !== 'has') {
    visit(member, found, false)
    return
  }
  const { left, ...rest } = (member ?? {}) as Readonly<Record<string, unknown>>
  for (const read of [rest['attr']].flat()) if (typeof read === 'string') found.attributes.add(read) // `has a.b` lists them
  visit(left, found, true)
  visit(rest, found, false)
}

function gatherTag(member: unknown, found: Gathered): void {
  const { right } = (member ?? {}) as { readonly right?: { readonly Value?: unknown } }
  if (typeof right?.Value === 'string') found.tags.add(right.Value)
  else found.hasComputedTag = true
}
