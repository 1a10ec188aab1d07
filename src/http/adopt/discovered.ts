import { z } from 'zod'
import type { PersonCaller } from '../../authenticate/caller.ts'
import { IDENTITY_KINDS } from '../../contract/register/identity.ts'
import { AUTONOMIES, REACHES } from '../../contract/register/tier.ts'
import type { House } from '../../flow/house.ts'
import { adoptByPerson } from '../../flow/identity/adopt-identity.ts'
import { describeAdoptable } from '../../flow/identity/describe-adoptable.ts'
import { holdToCaller } from '../../flow/token/hold-to-caller.ts'
import { RemitError } from '../../ground/errors.ts'
import { sayFormFault } from '../../ground/say-form-fault.ts'
import { leadTo } from '../authorize/answer-client.ts'
import { findBrowserPerson, requireOwnPage } from '../entrance/admit-browser.ts'
import { readPage } from '../input/page.ts'
import { describeIssues } from '../input/read-body.ts'
import { identityName } from '../input/shapes.ts'
import type { Form } from '../oauth/form.ts'
import { answerPage } from '../pages/answer-page.ts'
import { discoveredPage } from '../pages/discovered-page.ts'
import { ownPath } from '../pages/own-path.ts'
import type { Context, Reply } from '../route.ts'
import { askToSignIn } from '../sign-in.ts'

/** How many stand on one page. */
const shownMax = '20'

/** Shows what was seen and has no owner, to who may adopt it: one step each. Errors: `role_missing`. */
export async function showDiscovered(context: Context<null, null>): Promise<Reply> {
  const caller = await findBrowserPerson(context)
  if (caller === null) return askToSignIn(context, 'discovered')
  context.admitted(caller)
  const { house, query } = context
  const { rows, next } = await readPage('identities', { limit: shownMax, ...query }, (page) =>
    house.register.identities('discovered', page),
  )
  const { found, choices } = await describeAdoptable(house, caller, rows)
  const adopted = await findAdopted(house, caller, query['adopted'])
  const path = ownPath(house, '/discovered')
  return answerPage(200, discoveredPage({ adopter: caller.person, path, found, choices, next, adopted }))
}

/** What was adopted a moment before, as it stands now: a link says nothing that is not so. */
async function findAdopted(house: House, { person }: PersonCaller, id: string | undefined): Promise<string | null> {
  const identity = id === undefined ? undefined : await house.register.identity(id)
  return identity?.state === 'draft' && identity.owner === person.id ? identity.name : null
}

const adoption = z.strictObject({
  identity: z.string().min(1).max(100),
  name: identityName.optional(),
  sponsor: z.string().min(1).max(100),
  purpose: z.string().min(1).max(100),
  kind: z.enum(IDENTITY_KINDS),
  autonomy: z.enum(AUTONOMIES),
  reach: z.enum(REACHES),
})

/** Adopts one of them: who sends the form answers for it. Errors as of `adoptByPerson`; `session_invalid`, `origin_refused`. */
export async function adoptDiscovered(context: Context<Form, null>): Promise<Reply> {
  requireOwnPage(context)
  const caller = await findBrowserPerson(context)
  if (caller === null) throw new RemitError('session_invalid')
  context.admitted(caller)
  const { identity: id, ...said } = readAdoption(context.body)
  const { identity } = await adoptByPerson(holdToCaller(context.house, caller), caller, id, {
    ...said,
    owner: caller.person.id,
  })
  return leadTo(ownPath(context.house, `/discovered?${new URLSearchParams({ adopted: identity.id }).toString()}`))
}

function readAdoption(form: Form): z.infer<typeof adoption> {
  const read = adoption.safeParse(form, { error: sayFormFault })
  if (read.success) return read.data
  throw new RemitError('request_invalid', { detail: describeIssues(read.error, 'the form') })
}
