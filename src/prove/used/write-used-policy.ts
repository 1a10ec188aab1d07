import type { Extent } from '../../contract/register/entitlement-use.ts'
import type { Pattern } from '../../contract/scope.ts'
import { rankSensitivity } from '../../contract/sensitivity.ts'

/** Who is held to what was used. */
export interface HeldIdentity {
  readonly id: string
  readonly name: string
}

/**
 * Writes the Cedar policy that holds an identity to these extents, of what it was granted: a guardrail beside the
 * entitlements, to be tried in shadow before they are narrowed. Without an extent it forbids every act.
 */
export function writeUsedPolicy({ id, name }: HeldIdentity, extents: readonly Extent[]): string {
  const ways = extents.flatMap(writeWays)
  const sentence =
    ways.length === 0
      ? `${name} was seen to need nothing, and does nothing.`
      : `${name} does what it was seen to need, and nothing else.`
  const unless = ways.length === 0 ? '' : `\nunless {\n  ${ways.join(' ||\n  ')}\n}`
  return `@id(${quote(`used:${id.replaceAll('_', '-')}`)})
@sentence(${quote(sentence)})
forbid (
  principal == Remit::Identity::${quote(id)},
  action in Remit::Action::"call",
  resource is Remit::Resource
)${unless};
`
}

function writeWays({ scope, classes, ceiling }: Extent): readonly string[] {
  const actions = `action in [${classes.map((each) => `Remit::Action::${quote(each)}`).join(', ')}]`
  const bounds = `${actions} && resource.sensitivity.rank <= ${rankSensitivity(ceiling)}`
  return scope.map((grant) => {
    const names = [matches('context.tool.name', grant.action), matches('resource.name', grant.resource)].flat()
    return `(${[...names, bounds].join(' && ')})`
  })
}

function matches(what: string, pattern: Pattern): readonly string[] {
  if (pattern === '*') return []
  return [pattern.endsWith('*') ? `${what} like ${quote(pattern)}` : `${what} == ${quote(pattern)}`]
}

/** Patterns, names and ids hold no control character, so that these two are all that a text of Cedar escapes. */
function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}
