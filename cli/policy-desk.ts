import type { PageQuery } from '../sdk/address.ts'
import type { Client } from '../sdk/client.ts'
import type {
  DomainPublished,
  PoliciesPublished,
  PolicyDifference,
  PolicyFile,
  PolicyReplayed,
  PolicyShadow,
  PolicyTests,
  PolicyValidation,
  PublicationReason,
  ReplayOrder,
} from '../sdk/policy-answers.ts'
import type { Option } from './command.ts'
import { readDomainFolder, readPolicyFolder } from './policy-folder.ts'

/** Which policies a command is about. */
export const DOMAIN: Option = {
  name: 'domain',
  value: 'name',
  sentence: 'Of this domain of another application, in place of Remit itself.',
}

/** What can be done with the policies of Remit itself, and as well with those of a domain. */
export interface PolicyDesk {
  /** Null for Remit itself. */
  readonly domain: string | null
  readonly readFolder: (folder: string) => readonly PolicyFile[]
  readonly validate: (files: readonly PolicyFile[]) => Promise<PolicyValidation>
  readonly test: (files: readonly PolicyFile[]) => Promise<PolicyTests>
  readonly diff: (files: readonly PolicyFile[], against?: number) => Promise<PolicyDifference>
  readonly publish: (
    files: readonly PolicyFile[],
    why: PublicationReason,
  ) => Promise<PoliciesPublished | DomainPublished>
  readonly rollBack: (number: number, why: PublicationReason) => Promise<PoliciesPublished | DomainPublished>
  readonly replay: (order: ReplayOrder) => Promise<PolicyReplayed>
  readonly shadow: (query: { readonly version?: number; readonly from?: number }) => Promise<PolicyShadow>
  readonly list: (query: PageQuery) => ReturnType<Client['policies']['list']>
}

/** Gives the desk of Remit itself, or of a domain where one is named. */
export function deskOf({ policies, domains }: Client, domain: string | undefined): PolicyDesk {
  if (domain === undefined) return { domain: null, readFolder: readPolicyFolder, ...policies }
  return {
    domain,
    readFolder: readDomainFolder,
    validate: (files) => domains.validate(domain, files),
    test: (files) => domains.test(domain, files),
    diff: (files, against) => domains.diff(domain, files, against),
    publish: (files, why) => domains.publish(domain, files, why),
    rollBack: (number, why) => domains.rollBack(domain, number, why),
    replay: (order) => domains.replay(domain, order),
    shadow: (query) => domains.shadow(domain, query),
    list: (query) => domains.versions(domain, query),
  }
}
