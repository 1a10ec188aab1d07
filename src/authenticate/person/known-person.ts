import type { Kept } from '../../contract/change.ts'
import type { Json, JsonObject } from '../../contract/log-entry.ts'
import type { PersonLogin } from '../../contract/person/person-login.ts'
import type { Person } from '../../contract/register/person.ts'
import { holdsRules } from '../../contract/register/value-rule.ts'
import { RemitError } from '../../ground/errors.ts'
import type { Court, IssuerCourt } from '../assertion/assertion-kinds.ts'
import type { KeySource } from '../assertion/key-source.ts'
import type { IssuerTrust } from '../issuer-trust.ts'

/** Gives how an issuer that serves people is trusted. Error: `issuer_unknown`. */
export function requirePeopleIssuer(
  { trusts, sources, audience }: IssuerCourt,
  { iss }: JsonObject,
): { readonly trust: IssuerTrust; readonly source: KeySource } {
  const issuer = typeof iss === 'string' ? iss : ''
  const [trust, source] = [trusts.get(issuer), sources.get(issuer)]
  // whatever is configured: a grant of ours is for others, and nobody is vouched for by ourselves
  if (issuer === audience) throw new RemitError('issuer_unknown')
  if (trust === undefined || source === undefined) throw new RemitError('issuer_unknown')
  if (trust.serves !== 'people')
    throw new RemitError('issuer_unknown', { detail: 'This issuer speaks for workloads, and for no person.' })
  return { trust, source }
}

/**
 * Holds a token of an issuer that serves people to what is asked of every one of it. One that says of which tenant of its issuer
 * it is (OpenID Connect Enterprise Extensions section 4) means somebody by tenant and subject, and another tenant may call
 * somebody else so: it counts only where `claimRules` say which tenant is ours. Error: `assertion_claims`.
 */
export function requirePeopleClaims({ claimRules = {} }: IssuerTrust, claims: JsonObject): void {
  if (!holdsRules(claimRules, claims)) refuse('It lacks what is asked of every token of its issuer.')
  const isTenantSaid = TENANT_RULES.some((name) => Object.hasOwn(claimRules, name))
  if (Object.hasOwn(claims, 'tenant') && !isTenantSaid)
    refuse('It is of one tenant of its issuer (tenant), and claimRules of the issuer say of none that it is ours.')
}

/** How a rule names the claim: by its name, or as a JSON pointer. */
const TENANT_RULES = ['tenant', '/tenant']

/** What a token says of whom it means. */
interface Said {
  readonly subject: string
  readonly email: Json | undefined
  readonly issuedMs: number | null
}

/**
 * Gives the person whom an issuer knows by a subject: the same text of another issuer is somebody else. Of a token whose `email` is
 * that of another person here nobody can say whom it means, and one of before a login of theirs was ended counts by no later one
 * of the same subject. Errors: `login_unknown`, `assertion_claims`.
 */
export async function findKnown(
  { store }: Pick<Court, 'store'>,
  issuer: string,
  { subject, email, issuedMs }: Said,
): Promise<{ readonly person: Kept<Person>; readonly login: Kept<PersonLogin> }> {
  const login = await store.findPersonLogin(issuer, subject)
  const person = login === undefined ? undefined : await store.getPerson(login.personId)
  if (login === undefined || person?.state !== 'active') throw new RemitError('login_unknown')
  const named = typeof email === 'string' ? await store.findPersonByEmail(email.toLowerCase()) : undefined
  // mail addresses are given to others once somebody has left
  if (named?.state === 'active' && named.id !== person.id)
    refuse(
      'Its email is that of another person here than the one whom its subject means: one of the two is out of date.',
    )
  const before = (await store.loginsOf(person.id)).filter((row) => row.issuer === issuer && row.subject === subject)
  if (before.some(({ endedMs }) => endedMs !== null && !((issuedMs ?? 0) > endedMs)))
    refuse('It was issued before a login of this subject was ended: get a new one.')
  return { person, login }
}

function refuse(detail: string): never {
  throw new RemitError('assertion_claims', { detail })
}
