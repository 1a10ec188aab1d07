import {
  type Grant,
  intersectPatterns,
  intersectScopes,
  isPrefix,
  matchesPattern,
  type Pattern,
  type Scope,
} from '../../contract/scope.ts'

/** What ways are looked for to: one resource, or any of those that begin so. */
export interface Sought {
  readonly resource: Pattern
  /** True where one resource is meant: how wide a grant is around it changes nothing. */
  readonly isOne: boolean
  /** True where a grant leads there. */
  readonly isNear: (grant: Grant) => boolean
  /** What of a scope leads there. */
  readonly partOf: (scope: Scope) => Scope
  /** What of a grant that leads there is meant. */
  readonly meantBy: (grant: Grant) => Pattern
}

/** Gives what is looked for where a resource, or a pattern of them, is asked about. */
export function seek(resource: Pattern): Sought {
  return isPrefix(resource) ? seekAny(resource) : seekOne(resource)
}

function seekAny(resource: Pattern): Sought {
  return {
    resource,
    isOne: false,
    isNear: (grant) => intersectPatterns(grant.resource, resource) !== undefined,
    partOf: (scope) => intersectScopes(scope, [{ action: '*', resource }]),
    meantBy: (grant) => grant.resource,
  }
}

function seekOne(resource: string): Sought {
  const isNear = (grant: Grant): boolean => matchesPattern(grant.resource, resource)
  return { resource, isOne: true, isNear, partOf: (scope) => scope.filter(isNear), meantBy: () => resource }
}
