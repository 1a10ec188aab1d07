import type { ActionClass } from '../action-class.ts'
import type { Sensitivity } from '../sensitivity.ts'

/** A reason for access from the organisation's list: which classes of action, on data up to which sensitivity. */
export interface Purpose {
  readonly code: string
  readonly title: string
  readonly classes: readonly ActionClass[]
  readonly ceiling: Sensitivity
}

/** How sensitive the resources are whose id `pattern` matches. The longest matching pattern counts. */
export interface ResourceRule {
  readonly pattern: string
  readonly sensitivity: Sensitivity
}

/** A list that people keep, as a whole: its row moves with every row of the list, so that one guard holds them all. */
export interface Catalogue {
  readonly name: 'resources' | 'limits'
  /** How many rules it has. */
  readonly rules: number
}

/**
 * What a tool of an MCP server does, as a person has reviewed it.
 * `resourceArgument` names the argument that holds the resource (a text, or a list of texts), or with commas between
 * them all arguments that do, as of a tool that moves files; where null the tool touches `resourcePrefix` itself. `definitionDigest` pins the tool's definition; a changed one is quarantined.
 */
export interface ToolRule {
  readonly server: string
  readonly tool: string
  readonly actionClass: ActionClass
  readonly resourceArgument: string | null
  readonly resourceKind: 'path' | 'text'
  readonly resourcePrefix: string
  readonly resourceRoot: string
  readonly resultIntegrity: 'trusted' | 'untrusted'
  /** The argument that says what a call spends, in whole minor units; where there is none it spends nothing. */
  readonly spendArgument?: string | null | undefined
  /** The argument that says in which currency (ISO 4217); where there is none, in that of the task. */
  readonly currencyArgument?: string | null | undefined
  readonly definitionDigest: string | null
  readonly state: 'active' | 'quarantined'
}
