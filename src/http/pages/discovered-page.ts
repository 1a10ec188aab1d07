import type { Binding } from '../../contract/register/binding.ts'
import { IDENTITY_KINDS } from '../../contract/register/identity.ts'
import type { Person } from '../../contract/register/person.ts'
import { AUTONOMIES, REACHES } from '../../contract/register/tier.ts'
import type { ValueRule } from '../../contract/register/value-rule.ts'
import type { Adoptable, AdoptionChoices } from '../../flow/identity/describe-adoptable.ts'
import { type Html, html, type Page, quoteForeign, showForeign } from './html.ts'

/** What was seen and has no owner: what each is, and a form by which who is signed in answers for it. */
export function discoveredPage(on: {
  readonly adopter: Person
  /** Where this page is, and its forms go. */
  readonly path: string
  readonly found: readonly Adoptable[]
  readonly choices: AdoptionChoices
  /** Where the next part of the list begins; null at its end. */
  readonly next: string | null
  /** The name of what they have just adopted. */
  readonly adopted: string | null
}): Page {
  const { adopter, path, found, choices, next, adopted } = on
  const offered = { sponsors: offerPeople(choices.sponsors), purposes: offerPurposes(choices.purposes) }
  return {
    title: 'Seen, and without an owner',
    body: html`<h1>Seen, and without an owner</h1>
<p>You are <strong>${showForeign(adopter.name)}</strong>. These were seen here, and nobody answers for them: they get nothing. Adopt what you know; you answer for it then.</p>
${adopted === null ? null : tellAdopted(adopted)}
${found.length === 0 ? html`<p>There is none.</p>` : [...tellLacking(choices), ...found.map((each) => describeFound(each, path, offered))]}
${next === null ? null : html`<p><a href="${`${path}?${new URLSearchParams({ after: next }).toString()}`}">More of them</a></p>`}`,
  }
}

function tellAdopted(name: string): Html {
  return html`<p class="warning"><code>${showForeign(name)}</code> is a draft now, and you answer for it. It gets nothing until others have approved what it may do. In a terminal, propose that and rehearse its end: <code>remit identity entitle ${showForeign(name)}</code>, <code>remit identity rehearse ${showForeign(name)}</code>. Then <code>remit identity submit ${showForeign(name)}</code> puts it up for approval, or says what is missing.</p>`
}

/** Without either of these nothing can be chosen, and so nothing adopted. */
function tellLacking({ sponsors, purposes }: AdoptionChoices): readonly Html[] {
  const nobody = html`<p class="warning">Nobody else is here to answer beside you: <code>remit person add</code> adds somebody.</p>`
  const nothing = html`<p class="warning">No purpose is defined that it could be for: <code>remit purpose define</code> defines one.</p>`
  return [...(sponsors.length === 0 ? [nobody] : []), ...(purposes.length === 0 ? [nothing] : [])]
}

/** What can be chosen in each of the forms, written once. */
interface Offered {
  readonly sponsors: readonly PersonOffer[]
  readonly purposes: readonly Offer[]
}

function describeFound({ identity, bindings, preset }: Adoptable, path: string, { sponsors, purposes }: Offered): Html {
  const asSaid = preset ?? identity
  const email = preset?.sponsor.toLowerCase()
  const sponsor = sponsors.find((person) => person.email === email)?.value
  const isSaid = sponsor !== undefined && purposes.some(({ value }) => value === preset?.purpose)
  return html`<section>
<h2><code>${showForeign(identity.name)}</code></h2>
<p>${bindings.map((each) => describeProof(each, identity.name))}${identity.vendor === null ? null : html` It is run by ${showForeign(identity.vendor)}.`} First seen ${new Date(identity.createdMs).toISOString()}.</p>
<form method="post" action="${path}">
<input type="hidden" name="identity" value="${identity.id}">
<p class="quiet">${isSaid ? 'The row of its issuer says the rest; change what is not so.' : 'Say what it is for, and who answers for it beside you.'}</p>
<div class="fields">
<label>Call it <input name="name" value="${identity.name}" required maxlength="100" autocomplete="off"></label>
${choose('sponsor', 'Beside you answers', sponsors, sponsor)}
${choose('purpose', 'It is for', purposes, preset?.purpose)}
${choose('kind', 'It is', KINDS, asSaid.kind)}
${choose('autonomy', 'It acts', ACTS, asSaid.autonomy)}
${choose('reach', 'A mistake reaches', MISTAKES, asSaid.reach)}
</div>
<div class="actions"><button type="submit">Adopt ${showForeign(identity.name)}</button></div>
</form>
</section>
`
}

function describeProof({ kind, issuer, subject, claims, endedMs }: Binding, name: string): Html {
  const pins = Object.entries(claims).flatMap(([named, rule]) => [named, tellRule(rule)])
  const shown = kind === 'client' ? [subject] : [subject, ...pins]
  const rest = shown.every((each) => quote(each) === `“${each}”`)
    ? null
    : html` That is not all of it: <code>remit identity show ${name}</code> says the rest.`
  const over = endedMs === null ? null : html` That was ended, and proves it no more.`
  if (kind === 'client')
    return html`It is an application that asked to act for a person, as ${quote(subject)}, and has proved nothing.${rest}${over}`
  const pinned = Object.entries(claims).map(describeClaim)
  return html`It proved itself as ${quote(subject)} by ${kind} at <span class="host">${showForeign(issuer)}</span>${pinned}.${rest}${over}`
}

/** What tells it from another one of the same subject, such as one that was made later under the same name. */
function describeClaim([name, rule]: [name: string, rule: ValueRule]): Html {
  return html`, with <code>${showForeign(name)}</code> ${quote(tellRule(rule))}`
}

const quote = (text: string): string => quoteForeign(text, 200)
const tellRule = (rule: ValueRule): string => (typeof rule === 'object' ? rule.pattern : String(rule))

/** A value of a form, as it is written where another one is chosen, and where it is. */
interface Offer {
  readonly value: string
  readonly open: Html
  readonly chosen: Html
}

interface PersonOffer extends Offer {
  readonly email: string
}

const offer = (value: string, called = value): Offer => ({
  value,
  open: html`<option value="${value}">${called}</option>`,
  chosen: html`<option value="${value}" selected>${called}</option>`,
})

const KINDS = IDENTITY_KINDS.map((word) => offer(word))
const ACTS = AUTONOMIES.map((word) => offer(word))
const MISTAKES = REACHES.map((word) => offer(word))
const offerPeople = (people: AdoptionChoices['sponsors']): readonly PersonOffer[] =>
  people.map(({ id, name, email }) => ({
    ...offer(id, `${showForeign(name)} (${showForeign(email)})`),
    email: email.toLowerCase(),
  }))
const offerPurposes = (purposes: AdoptionChoices['purposes']): readonly Offer[] =>
  purposes.map(({ code, title }) => offer(code, `${code}: ${showForeign(title)}`))

/** A list to choose from; where nothing is chosen yet, the browser asks for it before the form goes. */
function choose(name: string, label: string, offers: readonly Offer[], said: string | undefined): Html {
  const isKnown = offers.some(({ value }) => value === said)
  const options = offers.map(({ value, open, chosen }) => (value === said ? chosen : open))
  const none = isKnown ? null : html`<option value="" selected disabled>Choose</option>`
  return html`<label>${label} <select name="${name}" required>${none}${options}</select></label>
`
}
