import { policyToJson, schemaToJsonWithResolvedTypes } from '@cedar-policy/cedar-wasm/nodejs'
import { compilePolicy } from '../../src/decide/cedar/compile-policy.ts'
import {
  type CedarRecord,
  Datetime,
  Decimal,
  Duration,
  EntityUid,
  IpAddress,
} from '../../src/decide/cedar/values/value.ts'
import { createCedarEngine } from '../../src/decide/policy/cedar-engine.ts'
import { createCompiledEngine } from '../../src/decide/policy/compiled-engine.ts'
import type { PolicyEngine } from '../../src/decide/policy/engine.ts'

const schema = `
namespace App {
  type Size = { width: Long, height?: Long };
  entity Colour enum ["red", "blue"];
  entity Team;
  entity User in [Team] = {
    name: String, age: Long, active: Bool, size: Size, colour: Colour,
    words: Set<String>, friends: Set<User>, from: ipaddr, since: datetime, limit: decimal, wait?: duration,
  } tags Set<Long>;
  entity Doc in [Doc];
  action all;
  action read in [all] appliesTo { principal: [User], resource: [Doc, Colour], context: { size: Size, at?: datetime } };
  action "write it" in [all] appliesTo { principal: [User, Team], resource: Doc };
}`
const POLICIES = {
  'a:all': 'permit (principal, action in App::Action::"all", resource) when { context has size || true };',
  'a:read':
    'permit (principal is App::User, action == App::Action::"read", resource) when { principal.size has height };',
}

export const uid = (type: string, id: string): EntityUid => new EntityUid(`App::${type}`, id)

/** The attributes of a user, each as it is declared. */
export const SOUND: CedarRecord = {
  name: 'ada',
  age: 7,
  active: true,
  size: { width: 1 },
  colour: uid('Colour', 'red'),
  words: ['x'],
  friends: [uid('User', 'gone')],
  from: new IpAddress(128, 1n, 64),
  since: new Datetime(-1),
  limit: new Decimal(-5),
  wait: new Duration(1),
}

/** Puts the application's schema and policies into both engines. */
export function declareApp(): { readonly ours: PolicyEngine; readonly cedars: PolicyEngine } {
  const parsed = schemaToJsonWithResolvedTypes(schema)
  if (parsed.type === 'failure') throw new Error(JSON.stringify(parsed.errors))
  const policies = Object.entries(POLICIES).map(([id, text]) => {
    const answer = policyToJson(text)
    if (answer.type === 'failure') throw new Error(JSON.stringify(answer.errors))
    return compilePolicy(id, answer.json)
  })
  return { ours: createCompiledEngine(parsed.json, policies), cedars: createCedarEngine(schema, POLICIES) }
}
