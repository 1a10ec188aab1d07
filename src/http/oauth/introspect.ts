import { actorOf } from '../../authenticate/actor.ts'
import type { Caller } from '../../authenticate/caller.ts'
import { introspectToken } from '../../flow/token/introspect-token.ts'
import { INTROSPECTION_TYPE } from '../../issue/signed-introspection.ts'
import { type Context, Reply } from '../route.ts'
import { type Form, required } from './form.ts'
import { admitOrKnow } from './named-client.ts'

const SIGNED = `application/${INTROSPECTION_TYPE}`

/** RFC 7662; as a signed JWT where the `Accept` header names one (RFC 9701). */
export async function introspect(context: Context<Form, Caller | null>): Promise<object> {
  const { house, body, headers } = context
  const token = required(body, 'token')
  const caller = await admitOrKnow(context)
  const said = await introspectToken(house, caller, token)
  if (!acceptsSigned(headers['accept'])) return new Reply(200, JSON_HEADERS, write(said))
  const signed = await house.signIntrospection(nameOf(caller, body), said)
  return new Reply(200, { 'content-type': SIGNED, 'cache-control': 'no-store' }, signed)
}

/** Names who asked as they name themselves: by the subject of their binding where they said that, else by their id. */
function nameOf(caller: Caller, { client_id: clientId }: Form): string {
  const isSubject = caller.kind === 'workload' && caller.binding.subject === clientId
  return isSubject ? caller.binding.subject : actorOf(caller).id
}

const JSON_HEADERS = { 'content-type': 'application/json; charset=utf-8' }

const WRITTEN = new WeakMap<object, string>()

/** The same answer is given again and again, for as long as nothing has moved. */
function write(said: object): string {
  const text = WRITTEN.get(said) ?? JSON.stringify(said)
  WRITTEN.set(said, text)
  return text
}

/** Whoever does not name it, or names it as what they do not take (`q=0`), gets JSON: clients that take anything expect that. */
function acceptsSigned(accept: string | undefined): boolean {
  const isSigned = (range: string): boolean => {
    const [type, ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    return type === SIGNED && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))
  }
  return accept?.split(',').some(isSigned) ?? false
}
