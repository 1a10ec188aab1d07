import type { Kept } from '../../contract/change.ts'
import type { JsonObject } from '../../contract/log-entry.ts'
import type { PersonLogin } from '../../contract/person/person-login.ts'
import type { Person } from '../../contract/register/person.ts'
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
 * Gives the person whom an issuer knows by a subject: the same text of another issuer is somebody else. Error: `login_unknown`.
 */
export async function findKnown(
  { store }: Pick<Court, 'store'>,
  issuer: string,
  subject: string,
): Promise<{ readonly person: Kept<Person>; readonly login: Kept<PersonLogin> }> {
  const login = await store.findPersonLogin(issuer, subject)
  const person = login === undefined ? undefined : await store.getPerson(login.personId)
  if (login === undefined || person?.state !== 'active') throw new RemitError('login_unknown')
  return { person, login }
}
