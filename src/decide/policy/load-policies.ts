import { readdir, readFile, stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { describeNote, type PolicyNote } from '../../contract/policy.ts'
import { RemitError } from '../../ground/errors.ts'
import { finishAtOnce, type InTurns } from '../../ground/in-turns.ts'
import { LIMITS } from '../../ground/limits.ts'
import { type CompiledPolicy, compilePolicy } from '../cedar/compile-policy.ts'
import { cedarEngineInTurns } from './cedar-engine.ts'
import type { CheckedPolicies } from './check/check-policies.ts'
import { createCheckedEngine, type Mismatch } from './checked-engine.ts'
import { createCompiledEngine } from './compiled-engine.ts'
import type { PolicyEngine } from './engine.ts'
import type { Policy, PolicyFile } from './policy.ts'
import { describeSet, type SetText, textsOf } from './set-text.ts'
import { rememberWords } from './words-read.ts'

/** A validated policy set: the version that entries name, its policies by id, and what judges by it. */
export interface Policies extends SetText {
  readonly byId: ReadonlyMap<string, Policy>
  readonly engine: PolicyEngine
  /** What is odd in it but not wrong, such as a policy that never matches. */
  readonly warnings: readonly PolicyNote[]
  /** True where a policy looks at what a chain has done before: only then is that read where it costs a read. */
  readonly usesHistory: boolean
  /** True where a policy looks at what a chain has done to the resource: only then is that counted. */
  readonly usesHere: boolean
}

/** Where the policies stand that come with Remit: beside `src`. */
export const shippedFolder = fileURLToPath(new URL('../../../policies/', import.meta.url))

/** Is told where our engine and Cedar's own answered differently, and in which domain of another application. */
export type ReportMismatch = (mismatch: Mismatch, domain?: string) => void

/** Makes what decides out of a set that was checked. Errors: `config_invalid` naming every fault of one that has any. */
export function assemblePolicies(checked: CheckedPolicies, schema: string, report: ReportMismatch): Policies {
  return finishAtOnce(assembleInTurns(checked, { schema, report, set: describeSet(checked, schema) }))
}

/** As `assemblePolicies`, one policy a step. */
export function* assembleInTurns(
  checked: CheckedPolicies,
  { schema, report, set }: { readonly schema: string; readonly report: ReportMismatch; readonly set: SetText },
): InTurns<Policies> {
  const { policies, faults, warnings, words } = checked
  if (faults.length > 0 || checked.schema === null)
    throw refuse(`The policies are not valid: ${faults.map(describeNote).join('; ')}`)
  const compiled: CompiledPolicy[] = []
  for (const { id, json } of policies) {
    compiled.push(compilePolicy(id, json))
    yield
  }
  const own = createCompiledEngine(checked.schema, compiled)
  yield
  const oracle = yield* cedarEngineInTurns(schema, textsOf(policies))
  const engine = createCheckedEngine(own, oracle, LIMITS.policyCheckEvery, report)
  const byId = new Map(policies.map(({ json: _json, column: _column, body: _body, ...policy }) => [policy.id, policy]))
  rememberWords(byId, words)
  const { members } = words
  return { ...set, byId, engine, warnings, usesHistory: members.has('history'), usesHere: members.has('here') }
}

/** The texts that come with Remit. */
export interface ShippedTexts {
  readonly schema: string
  readonly shipped: readonly PolicyFile[]
}

/** Reads what comes with Remit. Errors: `config_invalid`. */
export async function readShipped(folder: string = shippedFolder): Promise<ShippedTexts> {
  const [schema, shipped] = await Promise.all([readText(`${folder}/remit.cedarschema`), readFolder(folder)])
  return { schema, shipped }
}

/** Reads the `*.cedar` of a folder, in the order of their names. Errors: `config_invalid` naming the folder or file. */
export async function readFolder(folder: string): Promise<readonly PolicyFile[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw refuse(`The policy folder ${folder} cannot be read.`, cause)
  })
  const policies = names.filter((name) => name.endsWith('.cedar')).sort()
  await refuseLarge(folder, policies)
  return await Promise.all(policies.map(async (name) => ({ name, text: await readText(`${folder}/${name}`) })))
}

/** What is too large is not even read. */
async function refuseLarge(folder: string, names: readonly string[]): Promise<void> {
  const sizes = await Promise.all(names.map((name) => stat(`${folder}/${name}`).then(({ size }) => size)))
  const bytes = sizes.reduce((sum, size) => sum + size, 0)
  if (bytes > LIMITS.policyBytesMax)
    throw refuse(`The policies of ${folder} have ${bytes} bytes, and ${LIMITS.policyBytesMax} are the most.`)
}

async function readText(path: string): Promise<string> {
  return await readFile(path, 'utf8').catch((cause: unknown) => {
    throw refuse(`The policy file ${path} cannot be read.`, cause)
  })
}

function refuse(detail: string, cause?: unknown): RemitError {
  return new RemitError('config_invalid', cause === undefined ? { detail } : { detail, cause })
}
