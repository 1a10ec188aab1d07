import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import {
  type DetailedError,
  policySetTextToParts,
  policyToJson,
  type SchemaJson,
  schemaToJsonWithResolvedTypes,
  validate,
} from '@cedar-policy/cedar-wasm/nodejs'
import { canonicalJson } from '../../ground/canonical-json.ts'
import { digestText } from '../../ground/digest.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { type CompiledPolicy, compilePolicy } from '../cedar/compile-policy.ts'
import { liftLongLiterals } from '../cedar/long-literals.ts'
import { createCedarEngine } from './cedar-engine.ts'
import { createCheckedEngine, describeMismatch, type Mismatch } from './checked-engine.ts'
import { createCompiledEngine } from './compiled-engine.ts'
import type { PolicyEngine } from './engine.ts'

/** A file of policies as it was read. */
export interface PolicyFile {
  readonly name: string
  readonly text: string
}

/** One policy, as an explanation shows it. */
export interface Policy {
  readonly id: string
  readonly sentence: string
  readonly effect: 'permit' | 'forbid'
  readonly text: string
  readonly file: string
  /** From 1. */
  readonly line: number
}

/** A validated policy set: the version that entries name, its policies by id, and what judges by it. */
export interface Policies {
  /** Lower-case hex SHA-256 of `text`. */
  readonly version: string
  /** What the version is the digest of: canonical JSON of the schema and of `texts`, each policy text under its id. */
  readonly text: string
  readonly byId: ReadonlyMap<string, Policy>
  readonly engine: PolicyEngine
  /** What the validator finds odd but not wrong, such as a policy that never matches. */
  readonly warnings: readonly string[]
}

/** Where the policies stand that come with Remit: beside `src`. */
export const shippedFolder = fileURLToPath(new URL('../../../policies/', import.meta.url))

/**
 * Reads the shipped policies and, where a folder is given, the organisation's own `*.cedar` beside them.
 * Errors: `config_invalid` naming the folder, file or policy; nothing of a set that is wrong anywhere is used.
 */
export async function loadPolicies(
  organisationFolder: string | null = null,
  report: ReportMismatch = failOnMismatch,
  folder: string = shippedFolder,
): Promise<Policies> {
  const schema = await readText(`${folder}/remit.cedarschema`)
  const folders = organisationFolder === null ? [folder] : [folder, organisationFolder]
  const files = (await Promise.all(folders.map(readFolder))).flat()
  return compilePolicies(schema, files, report)
}

/** Is told where our engine and Cedar's own answered differently. */
export type ReportMismatch = (mismatch: Mismatch) => void

/** What is not reported anywhere else fails the decision: it becomes a denial. */
function failOnMismatch(mismatch: Mismatch): never {
  throw describeMismatch(mismatch)
}

/** Makes a policy set out of texts. Errors: `config_invalid` naming the policy. */
export function compilePolicies(
  schema: string,
  files: readonly PolicyFile[],
  report: ReportMismatch = failOnMismatch,
): Policies {
  const bytes = files.reduce((sum, file) => sum + Buffer.byteLength(file.text), 0)
  if (bytes > LIMITS.policyBytesMax) throw refuse(`The policies have more than ${LIMITS.policyBytesMax} bytes.`)
  const byId = new Map<string, Policy>()
  for (const policy of files.flatMap(readPolicies)) {
    const other = byId.get(policy.id)
    if (other !== undefined) throw refuse(`${where(policy)}: ${where(other)} has the id ${policy.id} already.`)
    byId.set(policy.id, policy)
  }
  if (byId.size === 0) throw refuse('There is no policy at all.')
  const texts = Object.fromEntries([...byId].map(([id, policy]) => [id, policy.text]))
  const warnings = checkPolicies(schema, texts, byId)
  const text = canonicalJson({ schema, texts })
  const compiled = createCompiledEngine(readSchema(schema), [...byId.values()].map(compileText))
  const engine = createCheckedEngine(compiled, createCedarEngine(schema, texts), LIMITS.policyCheckEvery, report)
  return { version: digestText(text), text, byId, engine, warnings }
}

function checkPolicies(
  schema: string,
  texts: Readonly<Record<string, string>>,
  byId: ReadonlyMap<string, Policy>,
): readonly string[] {
  const answer = validate({
    schema,
    policies: { staticPolicies: { ...texts } },
    validationSettings: { mode: 'strict' },
  })
  if (answer.type === 'failure') throw refuse(`The policies do not validate: ${describe(answer.errors)}`)
  const wrong = answer.validationErrors.map((row) => {
    const policy = byId.get(row.policyId)
    return `${policy === undefined ? row.policyId : `${where(policy)} (${row.policyId})`}: ${describe([row.error])}`
  })
  if (wrong.length > 0) throw refuse(wrong.join('; '))
  return answer.validationWarnings.map((row) => `${row.policyId}: ${row.error.message}`)
}

function readSchema(schema: string): SchemaJson<string> {
  const answer = schemaToJsonWithResolvedTypes(schema)
  if (answer.type === 'failure') throw refuse(`The schema does not parse: ${describe(answer.errors)}`)
  return answer.json
}

function compileText(policy: Policy): CompiledPolicy {
  const answer = policyToJson(liftLongLiterals(policy.text))
  if (answer.type === 'failure') throw refuse(`${where(policy)}: ${describe(answer.errors)}`)
  return compilePolicy(policy.id, answer.json)
}

function readPolicies(file: PolicyFile): readonly Policy[] {
  const parts = policySetTextToParts(file.text)
  if (parts.type === 'failure') throw refuse(`${file.name} does not parse: ${describe(parts.errors)}`)
  if (parts.policy_templates.length > 0) throw refuse(`${file.name} holds a template; write out each policy.`)
  return parts.policies.map((text) => readPolicy(file, text))
}

/** The form of an id: a layer, a colon, a name. `law:` and `error:` are Remit's own. */
const ID = /^(?!law:|error:)[a-z][a-z0-9-]{0,31}:[a-z0-9][a-z0-9-]{0,95}$/

function readPolicy(file: PolicyFile, text: string): Policy {
  const at = { file: file.name, line: file.text.slice(0, file.text.indexOf(text)).split('\n').length }
  const parsed = policyToJson(text)
  if (parsed.type === 'failure') throw refuse(`${where(at)}: ${describe(parsed.errors)}`)
  const id = parsed.json.annotations?.['id'] ?? ''
  const sentence = parsed.json.annotations?.['sentence'] ?? ''
  if (!ID.test(id)) throw refuse(`${where(at)}: a policy needs an @id such as "guardrail:no-deletes", not "${id}".`)
  if (sentence === '' || sentence.length > LIMITS.textCharsMax) {
    throw refuse(`${where(at)} (${id}): a policy needs a @sentence that a person can act on.`)
  }
  return { id, sentence, effect: parsed.json.effect, text, ...at }
}

async function readFolder(folder: string): Promise<readonly PolicyFile[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw refuse(`The policy folder ${folder} cannot be read.`, cause)
  })
  const policies = names.filter((name) => name.endsWith('.cedar')).sort()
  return await Promise.all(policies.map(async (name) => ({ name, text: await readText(`${folder}/${name}`) })))
}

async function readText(path: string): Promise<string> {
  return await readFile(path, 'utf8').catch((cause: unknown) => {
    throw refuse(`The policy file ${path} cannot be read.`, cause)
  })
}

function where(at: { readonly file: string; readonly line: number }): string {
  return `${at.file}:${at.line}`
}

function describe(errors: readonly DetailedError[]): string {
  return errors.map((error) => (error.help === null ? error.message : `${error.message} (${error.help})`)).join('; ')
}

function refuse(detail: string, cause?: unknown): RemitError {
  return new RemitError('config_invalid', cause === undefined ? { detail } : { detail, cause })
}
