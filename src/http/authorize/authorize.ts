import { actorOf } from '../../authenticate/actor.ts'
import type { PersonCaller } from '../../authenticate/caller.ts'
import { isLoopback } from '../../contract/register/redirect-uri.ts'
import { findClient } from '../../flow/consent/find-client.ts'
import { findConsented, type Given, giveAgain, giveConsent, refuseConsent } from '../../flow/consent/give-consent.ts'
import { type PreparedConsent, prepareConsent } from '../../flow/consent/prepare-consent.ts'
import { recordRefusal } from '../../flow/refuse.ts'
import { holdToCaller } from '../../flow/token/hold-to-caller.ts'
import { digestOf } from '../../ground/digest.ts'
import { RemitError } from '../../ground/errors.ts'
import { findBrowserPerson, requireOwnPage } from '../entrance/admit-browser.ts'
import { checkQuery } from '../input/queries.ts'
import { type Form, required } from '../oauth/form.ts'
import { answerPage } from '../pages/answer-page.ts'
import { type Chosen, consentPage, readChosen } from '../pages/consent-page.ts'
import type { Page } from '../pages/html.ts'
import { noticePage, refusedPage } from '../pages/notice-page.ts'
import { ownPath } from '../pages/own-path.ts'
import type { Context, Reply } from '../route.ts'
import { askToSignIn } from '../sign-in.ts'
import {
  type AnswerPlace,
  answerClient,
  answerClientError,
  formTargetOf,
  tellError,
  writeAnswer,
} from './answer-client.ts'
import { type AuthorizationQuery, readAsk, readRedirect } from './authorization-request.ts'
import { openSeal, sealQuestion } from './consent-seal.ts'

/** A person who is asked, in the house as they may use it. */
interface Asked {
  readonly context: Context<unknown, null>
  readonly person: PersonCaller
  readonly query: AuthorizationQuery
}

/**
 * The authorization endpoint (RFC 6749 section 3.1): asks the person who is signed in, after they have signed in. Nothing of
 * the client is looked up before.
 */
export async function authorize(context: Context<null, null>): Promise<Reply> {
  const { query } = context
  const person = await findBrowserPerson(context)
  if (person === null) return askToSignIn(context, 'authorize')
  return await askOrAnswer(enter(context, person, query), async (asked, prepared, place) => {
    const again = await findGiven(asked, prepared)
    return again === undefined
      ? answerPage(200, askPerson(asked, prepared, place))
      : answerGiven(asked, prepared, place, again)
  })
}

/** What a person said to the question. */
export async function consent(context: Context<Form, null>): Promise<Reply> {
  requireOwnPage(context)
  const { body } = context
  const person = await findBrowserPerson(context)
  if (person === null) throw new RemitError('session_invalid')
  context.admitted(person)
  const question = required(body, 'seal')
  const sealed = openSeal(context.house, question, person.sessionId)
  const asked = enter(context, person, checkQuery('authorize', sealed.query))
  return await askOrAnswer(asked, async (_, prepared, place) => {
    if (body['decision'] !== 'allow') {
      await refuseConsent(asked.context.house, person, prepared)
      return answerClientError(place, new RemitError('denied', { detail: 'The person did not allow it.' }))
    }
    const chosen = readChosen(body)
    const askAgain = (status: number, notice: string): Reply =>
      answerPage(status, askPerson(asked, prepared, place, { notice, chosen }))
    if (sealed.shown !== prepared.shown)
      return askAgain(200, 'What it could do has changed meanwhile. Look at it again.')
    const actions = prepared.offer.tools.map(({ action }) => action).filter((action) => chosen.actions.includes(action))
    if (actions.length === 0) return askAgain(400, 'Choose at least one of the tools, or do not allow it.')
    const consented = { question, askedMs: sealed.madeMs, actions, lifeSeconds: readLife(chosen.life) }
    return answerGiven(asked, prepared, place, await giveConsent(asked.context.house, person, prepared, consented))
  })
}

function readLife(text: string | undefined): number {
  if (!/^[1-9]\d{0,5}$/.test(text ?? '')) throw new RemitError('request_invalid', { detail: 'Say for how long.' })
  return Number(text)
}

function enter(context: Context<unknown, null>, person: PersonCaller, query: AuthorizationQuery): Asked {
  context.admitted(person)
  return { context: { ...context, house: holdToCaller(context.house, person) }, person, query }
}

/** Until the client and its address are known for certain, errors are shown here; from then on they go back to it. */
async function askOrAnswer(
  asked: Asked,
  run: (asked: Asked, prepared: PreparedConsent, place: AnswerPlace) => Promise<Reply>,
): Promise<Reply> {
  const { context, person, query } = asked
  const { house } = context
  const client = await findClient(house, query['client_id'] ?? '', person.person.id)
  const place = { redirectUri: readRedirect(client, query), query, issuer: house.publicUrl }
  let ask: ReturnType<typeof readAsk>
  try {
    ask = readAsk(house, client, place.redirectUri, query)
  } catch (error) {
    if (!(error instanceof RemitError) || error.status >= 500) throw error
    return answerClientError(place, await recordRefusal(house, error, actorOf(person), 'authorize'))
  }
  try {
    const prepared = await prepareConsent(house, person.person, client, ask)
    if (prepared.offer.tools.length === 0) throw refuseEmpty(prepared)
    return await run(asked, prepared, place)
  } catch (error) {
    if (!(error instanceof RemitError) || error.status >= 500 || error.code === 'conflict') throw error
    const told = await recordRefusal(house, error, actorOf(person), 'authorize')
    // the person reads why, and goes back by their own step
    return answerPage(told.status, refusedPage(told, writeAnswer(place, tellError(told))))
  }
}

const ASKS = {
  right: 'Ask an administrator for a right to it: remit person entitle gives one.',
  review:
    'Ask an administrator to review what it offers: remit tool list shows it, remit tool classify says what each of it does.',
} as const

function refuseEmpty({ client, offer, ask }: PreparedConsent): RemitError {
  const reasons = offer.withheld.slice(0, 5).map(({ tool, because }) => `${tool}: ${because}`)
  const why = reasons.length === 0 ? 'No tool of it was reviewed.' : `${reasons.join('; ')}.`
  const next = findAsk(offer)
  return new RemitError('scope_exceeded', {
    detail: `There is nothing at ${ask.server} that you could let ${client.identity.name} do. ${why}`,
    facts: next === undefined ? {} : { ask: { sentence: next } },
  })
}

function findAsk({ withheld }: PreparedConsent['offer']): string | undefined {
  if (withheld.length === 0) return ASKS.review
  return withheld.some(({ code }) => code === 'right') ? ASKS.right : undefined
}

function askPerson(
  { context: { house }, person, query }: Asked,
  prepared: PreparedConsent,
  { redirectUri }: AnswerPlace,
  { notice, chosen }: { readonly notice: string | null; readonly chosen: Chosen | null } = {
    notice: null,
    chosen: null,
  },
): Page {
  const seal = sealQuestion(house, { query, sessionId: person.sessionId, shown: prepared.shown })
  const formTarget = formTargetOf(redirectUri)
  const action = ownPath(house, '/oauth/authorize')
  return consentPage(prepared, { seal, person: person.person.name, notice, formTarget, action, chosen })
}

/**
 * Gives what follows without asking: the task waited for somebody else, or the same ask comes again while its task lives.
 * The latter only where the address is the client's own: what listens on this machine may be anybody.
 */
async function findGiven({ context, person, query }: Asked, prepared: PreparedConsent): Promise<Given | undefined> {
  const { house } = context
  const waiting = query['waiting']
  if (waiting !== undefined) {
    const { shown: taskId, query: waited } = openSeal(house, waiting, person.sessionId)
    if (digestOf(waited) !== digestOf(withoutWaiting(query))) throw new RemitError('consent_stale')
    return await giveAgain(house, person, prepared, taskId)
  }
  // what only looks (HEAD) is given nothing
  if (context.method !== 'GET') return undefined
  const isOwn = prepared.ask.redirectUri.startsWith('https://') && !isLoopback(prepared.ask.redirectUri)
  if (!isOwn || (query['prompt'] ?? '').split(' ').includes('consent')) return undefined
  const taskId = await findConsented(house, person, prepared)
  return taskId === undefined ? undefined : await giveAgain(house, person, prepared, taskId)
}

function answerGiven(
  { context: { house }, person, query }: Asked,
  prepared: PreparedConsent,
  place: AnswerPlace,
  given: Given,
): Reply {
  if ('code' in given) return answerClient(place, { code: given.code })
  const plain = withoutWaiting(query)
  const waiting = sealQuestion(house, { query: plain, sessionId: person.sessionId, shown: given.waitingTaskId })
  const path = ownPath(house, `/oauth/authorize?${new URLSearchParams({ ...plain, waiting }).toString()}`)
  const sentences = [
    `You have agreed. Another person has to agree as well before ${prepared.client.identity.name} may begin.`,
    'This page goes on by itself once they have.',
  ]
  return answerPage(200, { ...noticePage('It waits for somebody else', sentences), refresh: { seconds: 5, path } })
}

function withoutWaiting(query: AuthorizationQuery): AuthorizationQuery {
  return Object.fromEntries(Object.entries(query).filter(([name]) => name !== 'waiting'))
}
