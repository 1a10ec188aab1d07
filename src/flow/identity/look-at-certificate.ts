import { RemitError } from '../../ground/errors.ts'
import type { BindingProfile } from '../../register/identity.ts'
import type { House } from '../house.ts'
import type { Cautions } from '../look-twice.ts'

/** SHA-256 as base64url, and a name with its form, as certificates hold them (RFC 8705 sections 2.2 and 2.1.2). */
const THUMBPRINT = /^[A-Za-z0-9_-]{43}$/
const NAME = /^(dns:[a-z0-9._-]+|uri:[!-~]+|email:[!-~]+|ip:[0-9a-f.:]+|dn:[A-Z0-9.]+=[^\p{C}]*)$/u

/** Refuses a binding by certificate that can never prove anything; gives a caution where its authority is not known here. */
export async function lookAtCertificate(house: House, profile: BindingProfile): Promise<Cautions> {
  const { issuer, subject, subjectPattern, claims, keys, keyThumbprints } = profile
  if (subjectPattern !== undefined || keys.length > 0 || Object.keys(claims).length > 0 || keyThumbprints !== undefined)
    throw refusal('A binding by certificate has one whole subject, and nothing beside it.')
  if (issuer === 'self') {
    if (THUMBPRINT.test(subject)) return []
    throw refusal('The subject of a certificate that is registered by itself is its SHA-256, as base64url.')
  }
  if (!NAME.test(subject))
    throw refusal(
      'The subject is a name that certificates hold, such as dns:agent.example.org, uri:…, email:…, ip:… or dn:CN=agent,O=Example.',
    )
  return house.authenticate.trusts('certificate', issuer)
    ? []
    : [
        `The authority ${issuer} is not configured here; until it stands in clientAuthorities, this binding proves nothing.`,
      ]
}

function refusal(detail: string): RemitError {
  return new RemitError('request_invalid', { detail })
}
