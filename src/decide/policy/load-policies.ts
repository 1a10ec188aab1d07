import { readdir, readFile, stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { describeNote, type PolicyNote } from '../../contract/policy.ts'
import { canonicalJson } from '../../ground/canonical-json.ts'
import { digestText } from '../../ground/digest.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { compilePolicy } from '../cedar/compile-policy.ts'
import { createCedarEngine } from './cedar-engine.ts'
import type { CheckedPolicies } from './check/check-policies.ts'
import { createCheckedEngine, type Mismatch } from './checked-engine.ts'
import { createCompiledEngine } from './compiled-engine.ts'
import type { PolicyEngine } from './engine.ts'
import type { Policy, PolicyFile } from './policy.ts'
import { wordsReadBy } from './words-read.ts'

/** What a policy set says, and the name that it has by that. */
export interface SetText {
  /** Lower-case hex SHA-256 of `text`. */
  readonly version: string
  /**
   * What the version is the digest of: canonical JSON of the schema, of `texts`, each policy text under its id, and of
   * `places`, under each id the `file:line` where it stood.
   */
  readonly text: string
}

/** A validated policy set: the version that entries name, its policies by id, and what judges by it. */
export interface Policies extends SetText {
  readonly byId: ReadonlyMap<string, Policy>
  readonly engine: PolicyEngine
  /** What is odd in it but not wrong, such as a policy that never matches. */
  readonly warnings: readonly PolicyNote[]
  /** True where a policy looks at what a chain has done before: only then is that read where it costs a read. */
  readonly usesHistory: boolean
}

/** Where the policies stand that come with Remit: beside `src`. */
export const shippedFolder = fileURLToPath(new URL('../../../policies/', import.meta.url))

/** Is told where our engine and Cedar's own answered differently. */
export type ReportMismatch = (mismatch: Mismatch) => void

/** Makes what decides out of a set that was checked. Errors: `config_invalid` naming every fault of one that has any. */
export function assemblePolicies(checked: CheckedPolicies, schema: string, report: ReportMismatch): Policies {
  const { policies, faults, warnings } = checked
  if (faults.length > 0 || checked.schema === null)
    throw refuse(`The policies are not valid: ${faults.map(describeNote).join('; ')}`)
  const compiled = createCompiledEngine(
    checked.schema,
    policies.map(({ id, json }) => compilePolicy(id, json)),
  )
  const engine = createCheckedEngine(
    compiled,
    createCedarEngine(schema, textsOf(policies)),
    LIMITS.policyCheckEvery,
    report,
  )
  const byId = new Map(policies.map(({ json: _json, column: _column, ...policy }) => [policy.id, policy]))
  const usesHistory = policies.some(({ json }) => JSON.stringify(json.conditions).includes('"history"'))
  wordsReadBy({ byId }) // now, and not while the first request waits
  return { ...describeSet(checked, schema), byId, engine, warnings, usesHistory }
}

/** Gives the text and the version of a set. */
export function describeSet({ policies }: Pick<CheckedPolicies, 'policies'>, schema: string): SetText {
  const places = Object.fromEntries(policies.map(({ id, file, line }) => [id, `${file}:${line}`]))
  const text = canonicalJson({ schema, texts: textsOf(policies), places })
  return { version: digestText(text), text }
}

function textsOf(policies: CheckedPolicies['policies']): Readonly<Record<string, string>> {
  return Object.fromEntries(policies.map(({ id, text }) => [id, text]))
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
