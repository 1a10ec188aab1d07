import type { Proof } from './binding.ts'
import { findClaim, type ValueRule } from './value-rule.ts'

/** The platforms whose tokens are known by their shape. */
export const PRESET_NAMES = ['kubernetes', 'github', 'gitlab', 'aws', 'google', 'azure', 'spire', 'vendor'] as const
export type PresetName = (typeof PRESET_NAMES)[number]

/** What must be pinned to one value for a binding to mean one workload. */
interface Pin {
  /** One of these claims, exactly. */
  readonly oneOf: readonly string[]
  /** As one of these values; as any, where that is left out. The first of them is told. */
  readonly to?: readonly (string | boolean)[]
  /** Or a subject that says it. */
  readonly orSubject?: RegExp
  /** What else could come to match. */
  readonly else: string
}

/** A subject that lets in more than one workload. Of a pattern the whole pattern is looked at. */
interface WideSubject {
  readonly means: (subject: string, isPattern: boolean) => boolean
  readonly says: string
}

/** What is known of a platform: how its tokens live, and which claims pin one of its workloads down. */
export interface Preset {
  readonly name: PresetName
  /** The issuer where the platform has one for everybody; null where each customer has their own. */
  readonly issuer: string | null
  /** What its issuers look like. */
  readonly issuerLike: string
  readonly subjectLike: string
  /** How its tokens live: what a row of `issuers` says where it says nothing else. */
  readonly trust: {
    readonly liveness: 'single-use' | 'cached'
    readonly requireJti: boolean
    readonly maxAgeSeconds: number
    readonly algorithms: readonly ('RS256' | 'ES256' | 'ES384')[]
  }
  readonly pins: readonly Pin[]
  readonly wide: readonly WideSubject[]
  /** Claims that an adopted identity is bound to as they were seen. */
  readonly proposes: readonly string[]
}

const anySubject: WideSubject = {
  means: (_, isPattern) => isPattern,
  says: 'its subject is a pattern, and so every workload whose name fits it',
}
const RS = ['RS256'] as const

/** A row a platform. Sources: the manuals of each platform on the tokens that it issues. */
export const PRESETS: readonly Preset[] = [
  {
    name: 'kubernetes',
    issuer: null,
    issuerLike: 'https://kubernetes.default.svc.cluster.local, or as the cluster’s discovery document says',
    subjectLike: 'system:serviceaccount:NAMESPACE:NAME',
    // a projected token is a file that is read many times
    trust: { liveness: 'cached', requireJti: false, maxAgeSeconds: 3_600, algorithms: ['RS256', 'ES256'] },
    pins: [
      { oneOf: ['/kubernetes.io/namespace'], else: 'a service account of another namespace' },
      {
        oneOf: ['/kubernetes.io/serviceaccount/uid'],
        else: 'a service account that is made later under the same name',
      },
    ],
    wide: [anySubject],
    proposes: ['/kubernetes.io/namespace', '/kubernetes.io/serviceaccount/uid'],
  },
  {
    name: 'github',
    issuer: 'https://token.actions.githubusercontent.com',
    issuerLike: 'https://token.actions.githubusercontent.com',
    subjectLike: 'repo:OWNER/REPOSITORY:environment:ENVIRONMENT',
    trust: { liveness: 'single-use', requireJti: true, maxAgeSeconds: 3_600, algorithms: RS },
    pins: [
      { oneOf: ['repository_id'], else: 'a repository that is made later under the same name' },
      { oneOf: ['repository_owner_id'], else: 'an owner who takes the same name later' },
      {
        oneOf: ['job_workflow_ref', 'workflow_ref', 'environment'],
        orSubject: /:environment:[^:*]+$/,
        else: 'any workflow that somebody adds to the repository',
      },
    ],
    wide: [
      {
        means: (subject, isPattern) => isPattern && /^repo:(\*|[^/:]*\/?\*)/.test(subject),
        says: 'its subject means every repository of an owner',
      },
      { means: (subject) => subject.endsWith(':pull_request'), says: 'whoever opens a pull request runs as it' },
      {
        means: (subject, isPattern) => isPattern && /:ref:refs\/(heads|tags)\/\*/.test(subject),
        says: 'whoever can push any branch or tag runs as it',
      },
      { means: (subject, isPattern) => isPattern && subject.endsWith('**'), says: 'its subject is open at its end' },
    ],
    proposes: ['repository_id', 'repository_owner_id', 'job_workflow_ref'],
  },
  {
    name: 'gitlab',
    issuer: 'https://gitlab.com',
    issuerLike: 'https://gitlab.com, or the address of your own',
    subjectLike: 'project_path:GROUP/PROJECT:ref_type:branch:ref:BRANCH',
    // a variable of the job, which its steps read as often as they like
    trust: { liveness: 'cached', requireJti: true, maxAgeSeconds: 3_600, algorithms: RS },
    pins: [
      { oneOf: ['project_id'], else: 'a project that is made later under the same name' },
      {
        oneOf: ['ref_protected', 'environment_protected'],
        to: ['true', true],
        else: 'a branch that anybody with a push may make',
      },
    ],
    wide: [anySubject],
    proposes: ['project_id', 'namespace_id', 'ref_protected'],
  },
  {
    name: 'aws',
    issuer: null,
    issuerLike: 'https://ID.tokens.sts.global.api.aws',
    subjectLike: 'arn:aws:iam::ACCOUNT:role/ROLE',
    trust: { liveness: 'cached', requireJti: true, maxAgeSeconds: 3_600, algorithms: ['ES384' as const, 'RS256'] },
    pins: [{ oneOf: ['/https:~1~1sts.amazonaws.com~1/aws_account'], else: 'a role of another account' }],
    wide: [anySubject],
    proposes: ['/https:~1~1sts.amazonaws.com~1/aws_account', '/https:~1~1sts.amazonaws.com~1/org_id'],
  },
  {
    name: 'google',
    issuer: 'https://accounts.google.com',
    issuerLike: 'https://accounts.google.com',
    subjectLike: 'the number of the service account, of 21 digits',
    // the metadata server hands out the same token for most of an hour
    trust: { liveness: 'cached', requireJti: false, maxAgeSeconds: 3_600, algorithms: RS },
    pins: [{ oneOf: ['email', 'azp'], else: 'nobody, but nobody can read whose number it is' }],
    wide: [
      anySubject,
      { means: (subject) => !/^[0-9]+$/.test(subject), says: 'its subject is not the number of a service account' },
    ],
    proposes: ['email', 'email_verified', 'azp'],
  },
  {
    name: 'azure',
    issuer: null,
    issuerLike:
      'https://login.microsoftonline.com/TENANT/v2.0, or https://sts.windows.net/TENANT/ for tokens of version 1',
    subjectLike: 'the object id of the managed identity',
    // a managed identity is given the same token for up to a day
    trust: { liveness: 'cached', requireJti: false, maxAgeSeconds: 86_400, algorithms: RS },
    pins: [
      { oneOf: ['tid'], else: 'an identity of another tenant' },
      { oneOf: ['oid'], else: 'another identity of the same application' },
    ],
    wide: [anySubject],
    proposes: ['tid', 'oid', 'azp', 'appid'],
  },
  {
    name: 'spire',
    issuer: null,
    issuerLike: 'https://oidc-discovery.TRUST-DOMAIN, the OIDC discovery provider of SPIRE',
    subjectLike: 'spiffe://TRUST-DOMAIN/PATH',
    // the agent on the machine hands the same one out for half of its life
    trust: { liveness: 'cached', requireJti: false, maxAgeSeconds: 3_600, algorithms: ['RS256', 'ES256', 'ES384'] },
    pins: [],
    wide: [
      {
        means: (subject) => !/^spiffe:\/\/[a-z0-9._-]+\/[^*]/.test(subject),
        says: 'its subject is a whole trust domain',
      },
      { means: (subject, isPattern) => isPattern && subject.endsWith('**'), says: 'its subject is open at its end' },
    ],
    proposes: [],
  },
  {
    name: 'vendor',
    issuer: null,
    issuerLike: 'the issuer that a vendor of agents keeps for one customer (Workload Authorization Grant)',
    subjectLike: 'an opaque name that the vendor never gives to another agent',
    trust: { liveness: 'single-use', requireJti: true, maxAgeSeconds: 3_600, algorithms: ['RS256', 'ES256'] },
    pins: [],
    wide: [anySubject],
    // what a vendor says of its agent may change any day: its name is who it is
    proposes: [],
  },
]

/** Gives the row of a platform. */
export function presetOf(name: PresetName): Preset {
  return PRESETS.find((row) => row.name === name) as Preset // each name has its row
}

/** Gives the name of the platform that has one issuer for everybody, where this is it. */
export function presetNameOf(issuer: string): PresetName | undefined {
  return PRESETS.find((row) => row.issuer === issuer)?.name
}

/** Says, a sentence each, what else a binding lets in than one workload of the platform. */
export function findWidth(
  preset: Preset,
  proof: Pick<Proof, 'subject' | 'subjectPattern' | 'claims'>,
): readonly string[] {
  const isPattern = typeof proof.subjectPattern === 'string'
  const subject = isPattern ? (proof.subjectPattern ?? '') : proof.subject
  const isPinned = ({ oneOf, to, orSubject }: Pin): boolean =>
    oneOf.some((name) => isExact(proof.claims[name], to)) || orSubject?.test(subject) === true
  return [
    ...preset.wide.filter(({ means }) => means(subject, isPattern)).map(({ says }) => says),
    ...preset.pins
      .filter((pin) => !isPinned(pin))
      .map((pin) => `it does not pin ${sayPin(pin)}, and so lets in ${pin.else}`),
  ]
}

function isExact(rule: ValueRule | undefined, to: Pin['to']): boolean {
  if (rule === undefined || typeof rule === 'object') return false
  return to === undefined || to.some((value) => value === rule)
}

function sayPin({ oneOf, to }: Pin): string {
  const names = oneOf.join(' or ')
  return to === undefined ? names : `${names} to ${String(to[0])}`
}

/** Gives the claims to which a workload that was seen is bound, as far as it showed them. */
export function proposeClaims(
  preset: Preset,
  claims: Readonly<Record<string, unknown>>,
): Readonly<Record<string, ValueRule>> {
  return Object.fromEntries(
    preset.proposes.flatMap((name) => {
      const value = findClaim(claims, name)
      const isRule =
        (typeof value === 'string' && value.length <= 1_000) ||
        typeof value === 'boolean' ||
        Number.isSafeInteger(value)
      return isRule ? [[name, value as ValueRule]] : []
    }),
  )
}
