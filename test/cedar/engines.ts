import {
  type AuthorizationAnswer,
  type Entities,
  policyToJson,
  preparsePolicySet,
  type StatefulAuthorizationCall,
  statefulIsAuthorized,
} from '@cedar-policy/cedar-wasm/nodejs'
import type { Json } from '../../src/contract/log-entry.ts'
import { authorize, type Verdict } from '../../src/decide/cedar/authorize.ts'
import { compilePolicy } from '../../src/decide/cedar/compile-policy.ts'
import { gatherEntities } from '../../src/decide/cedar/entities.ts'
import { liftLongLiterals } from '../../src/decide/cedar/long-literals.ts'
import { indexPolicies, type ScopeIndex } from '../../src/decide/cedar/scope-index.ts'
import { readUid, readValue } from '../../src/decide/cedar/values/read-value.ts'
import type { CedarRecord } from '../../src/decide/cedar/values/value.ts'

/** A request and entities as JSON: both engines read the same. */
export interface JsonRequest {
  readonly principal: JsonUid
  readonly action: JsonUid
  readonly resource: JsonUid
  readonly context: Readonly<Record<string, Json>>
}

export interface JsonUid {
  readonly type: string
  readonly id: string
}

export interface JsonEntity {
  readonly uid: JsonUid
  readonly attrs: Readonly<Record<string, Json>>
  readonly tags?: Readonly<Record<string, Json>>
  readonly parents: readonly JsonUid[]
}

/** What an engine said: which policies held, and which could not be evaluated. */
export interface Said {
  readonly decision: string
  readonly determining: readonly string[]
  readonly faults: readonly string[]
}

/** A policy set in both engines, ready to be asked about some entities. */
export interface Engines {
  readonly ours: (request: JsonRequest) => Said
  readonly cedars: (request: JsonRequest) => Said
  /** How ours words what could not be evaluated. */
  readonly words: (request: JsonRequest) => readonly string[]
}

/** Where the one set that is asked stands in Cedar's own engine. */
const PARSED = 'differential'

/**
 * Puts policies, named `p0` and so on, and entities into both engines; Cedar's, which reads all of them anew for each question,
 * may get them as `forCedar`.
 */
export function prepareEngines(
  texts: readonly string[],
  entities: readonly JsonEntity[],
  forCedar: readonly JsonEntity[] = entities,
): Engines {
  const parsed = preparsePolicySet(PARSED, {
    staticPolicies: Object.fromEntries(texts.map((text, at) => [`p${at}`, text])),
  })
  if (parsed.type === 'failure') throw new Error(JSON.stringify(parsed.errors))
  const index = indexPolicies(texts.map((text, at) => compilePolicy(`p${at}`, parse(text))))
  const known = gatherEntities(
    entities.map(({ uid, attrs, parents, tags = {} }) => ({
      uid: readUid(uid),
      attrs: readValue(attrs) as CedarRecord,
      parents: parents.map(readUid),
      tags: readValue(tags) as CedarRecord,
    })),
  )
  return {
    ours: (request) => {
      const { decision, determining, faults } = askOurs(index, request, known)
      return { decision, determining, faults: faults.map((fault) => fault.id) }
    },
    words: (request) => askOurs(index, request, known).faults.map((fault) => fault.message),
    cedars: (request) => {
      const call = { ...request, entities: forCedar as unknown as Entities, preparsedPolicySetId: PARSED }
      return readAnswer(statefulIsAuthorized(call as StatefulAuthorizationCall))
    },
  }
}

function parse(text: string): Parameters<typeof compilePolicy>[1] {
  const answer = policyToJson(liftLongLiterals(text))
  if (answer.type === 'failure') throw new Error(`${text}: ${JSON.stringify(answer.errors)}`)
  return answer.json
}

function askOurs(index: ScopeIndex, request: JsonRequest, entities: ReturnType<typeof gatherEntities>): Verdict {
  return authorize(index, {
    principal: readUid(request.principal),
    action: readUid(request.action),
    resource: readUid(request.resource),
    context: readValue(request.context) as CedarRecord,
    entities,
  })
}

function readAnswer(answer: AuthorizationAnswer): Said {
  if (answer.type === 'failure') throw new Error(answer.errors.map((error) => error.message).join('; '))
  const { decision, diagnostics } = answer.response
  const faults = diagnostics.errors.map((row) => row.policyId)
  return { decision, determining: [...diagnostics.reason].sort(), faults: faults.sort() }
}
