import type { Kept } from '../src/contract/change.ts'
import type { PolicyDomain, PolicyVersion } from '../src/contract/policy.ts'
import { at, type PageQuery } from './address.ts'
import type { Part } from './answers.ts'
import type { Caller } from './call.ts'
import { evaluationOf } from './evaluation.ts'
import type * as P from './policy-answers.ts'

/** Remit's own policies, and their versions. */
export const policiesOf = (caller: Caller) => ({
  /** Says which version decides now, what is observed beside it, and what is odd in it. */
  inForce: () => caller.json<P.PoliciesInForce>('GET', at('policies', 'in-force')),
  list: (query: PageQuery = {}) =>
    caller.json<Part & { readonly versions: readonly Kept<PolicyVersion>[] }>('GET', at('policies'), { query }),
  show: (number: number) => caller.json<P.PolicyVersionShown>('GET', at('policies', number)),
  /** Finds every fault and oddity; nothing is changed. */
  validate: (files: readonly P.PolicyFile[]) =>
    caller.json<P.PolicyValidation>('POST', at('policies', 'validate'), { body: { files } }),
  /** Asks the policies what the `*.test.json` among the files expect of them. Errors: `policies_invalid`. */
  test: (files: readonly P.PolicyFile[]) =>
    caller.json<P.PolicyTests>('POST', at('policies', 'test'), { body: { files } }),
  /** Holds the policies against the tools that there are, and against what was decided; for an admin or auditor. */
  coverage: () => caller.json<P.PolicyCoverage>('GET', at('policies', 'coverage')),
  /** Says how the files differ from the version in force, or from another. Errors: `policies_invalid`, `not_found`. */
  diff: (files: readonly P.PolicyFile[], against?: number) =>
    caller.json<P.PolicyDifference>('POST', at('policies', 'diff'), {
      body: { files, ...(against === undefined ? {} : { against }) },
    }),
  /** Puts a version up for approval, or in shadow under observation. Errors: `policies_invalid`, `already_exists`. */
  publish: (files: readonly P.PolicyFile[], why: P.PublicationReason) =>
    caller.json<P.PoliciesPublished>('POST', at('policies'), { body: { files, ...why } }),
  /** Decides again what the log holds, a part a request. Errors: `policies_invalid`, `not_found`. */
  replay: (order: P.ReplayOrder) => caller.json<P.PolicyReplayed>('POST', at('policies', 'replay'), { body: order }),
  /** Says where the version in shadow, or another that was, would have decided otherwise; a part a request. */
  shadow: (query: { readonly version?: number; readonly from?: number } = {}) =>
    caller.json<P.PolicyShadow>('GET', at('policies', 'shadow'), { query }),
  /** Publishes an older version anew, by the same rules. */
  rollBack: (number: number, why: P.PublicationReason) =>
    caller.json<P.PoliciesPublished>('POST', at('policies', number, 'rollback'), { body: why }),
})

/** What other applications are decided by. */
export const domainsOf = (caller: Caller) => ({
  list: (query: PageQuery = {}) =>
    caller.json<Part & { readonly domains: readonly Kept<PolicyDomain>[] }>('GET', at('domains'), { query }),
  versions: (domain: string, query: PageQuery = {}) =>
    caller.json<Part & { readonly versions: readonly Kept<PolicyVersion>[] }>(
      'GET',
      at('domains', domain, 'versions'),
      { query },
    ),
  show: (domain: string, number: number) =>
    caller.json<P.DomainVersionShown>('GET', at('domains', domain, 'versions', number)),
  /**
   * Puts `*.cedar`, `schema.cedarschema` and `entities.json` up for approval as a domain, or in shadow under observation.
   * Errors: `policies_invalid`, `already_exists`; `not_found` in shadow of nothing.
   */
  publish: (domain: string, files: readonly P.PolicyFile[], why: P.PublicationReason) =>
    caller.json<P.DomainPublished>('POST', at('domains', domain, 'versions'), { body: { files, ...why } }),
  /** Publishes an older version of a domain anew, by the same rules. */
  rollBack: (domain: string, number: number, why: P.PublicationReason) =>
    caller.json<P.DomainPublished>('POST', at('domains', domain, 'versions', number, 'rollback'), { body: why }),
  /** Finds what is wrong or odd in files of a domain; nothing is changed. */
  validate: (domain: string, files: readonly P.PolicyFile[]) =>
    caller.json<P.PolicyValidation>('POST', at('domains', domain, 'validate'), { body: { files } }),
  /** Asks files of a domain what the `*.test.json` among them expect. Errors: `policies_invalid`. */
  test: (domain: string, files: readonly P.PolicyFile[]) =>
    caller.json<P.PolicyTests>('POST', at('domains', domain, 'test'), { body: { files } }),
  /** Says how files differ from the version of a domain that decides, or from another. Errors: `policies_invalid`, `not_found`. */
  diff: (domain: string, files: readonly P.PolicyFile[], against?: number) =>
    caller.json<P.PolicyDifference>('POST', at('domains', domain, 'diff'), {
      body: { files, ...(against === undefined ? {} : { against }) },
    }),
  /** Says which actions of a domain no policy permits, and which policies decided nothing. Errors: `not_found`. */
  coverage: (domain: string) => caller.json<P.DomainCoverage>('GET', at('domains', domain, 'coverage')),
  /** Decides again what the log holds of a domain, a part a request. Errors: `policies_invalid`, `not_found`. */
  replay: (domain: string, order: P.ReplayOrder) =>
    caller.json<P.PolicyReplayed>('POST', at('domains', domain, 'replay'), { body: order }),
  /** Says where the version of a domain in shadow would have answered otherwise; a part a request. */
  shadow: (domain: string, query: { readonly version?: number; readonly from?: number } = {}) =>
    caller.json<P.PolicyShadow>('GET', at('domains', domain, 'shadow'), { query }),
  /** Asks a domain, as `evaluation` asks Remit's own. */
  of: (domain: string) => evaluationOf(caller, `/access/v1/domains/${encodeURIComponent(domain)}`),
})
