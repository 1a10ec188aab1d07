import type { ActionClass } from '../../contract/action-class.ts'
import { isLoopback, nameRedirect } from '../../contract/register/redirect-uri.ts'
import type { Sensitivity } from '../../contract/sensitivity.ts'
import type { FoundClient } from '../../flow/consent/find-client.ts'
import type { PreparedConsent } from '../../flow/consent/prepare-consent.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { OfferedTool } from '../../register/consent-offer.ts'
import { type Html, html, type Page, quoteForeign, showForeign } from './html.ts'

/** What each class of action means, in plain words. */
const VERBS: Readonly<Record<ActionClass, string>> = {
  read: 'Read',
  write: 'Add or change',
  delete: 'Delete',
  execute: 'Run something',
  deploy: 'Bring something into service',
  delegate: 'Hand work on',
  administer: 'Administer',
}

const DATA: Readonly<Record<Sensitivity, string>> = {
  public: 'Only public data',
  internal: 'Internal data at most: nothing confidential, nothing restricted',
  confidential: 'Confidential data at most: nothing restricted',
  restricted: 'Data of every kind, the most sensitive too',
}

/** The lives that a person can choose from, beside the longest one that there can be. */
const LIVES: readonly (readonly [number, string])[] = [
  [900, '15 minutes'],
  [3600, '1 hour'],
  [4 * 3600, '4 hours'],
  [8 * 3600, '8 hours'],
]
const usualSeconds = 3600

/**
 * Enter in a field presses the first button of its form: this one sends nothing outside of a dialogue, so that yes is said by its own
 * alone.
 */
const notByEnter = html`<button type="submit" formmethod="dialog" hidden></button>`

/** The question to a person: who asks, what it could do, on what, how often, until when, and what it could not. */
export function consentPage(
  prepared: PreparedConsent,
  on: {
    readonly seal: string
    readonly person: string
    readonly notice: string | null
    readonly formTarget: string
    /** Where its form goes. */
    readonly action: string
    /** What they had chosen, where they are asked once more; null the first time: then every tool is ticked. */
    readonly chosen: Chosen | null
  },
): Page {
  const { client, ask, offer } = prepared
  const { identity, owner } = client
  return {
    title: `${on.notice === null ? 'May' : 'Once more: may'} ${identity.name} act for you?`,
    formTarget: on.formTarget,
    body: html`<h1>May <code>${identity.name}</code> act for you at ${ask.server}?</h1>
${on.notice === null ? null : html`<p class="warning" role="alert">${on.notice}</p>`}
<p>You are <strong>${showForeign(on.person)}</strong>. Who asks is the application <span class="host">${client.clientId}</span>. ${
      owner === undefined ? null : html`<strong>${showForeign(owner.name)}</strong> answers for it here.`
    }</p>
${client.claimed === null ? null : describeClaimed(client)}
${describeReturn(ask.redirectUri)}
<form method="post" action="${on.action}">
<input type="hidden" name="seal" value="${on.seal}">
${notByEnter}
<h2>What it will be able to do</h2>
<ul class="choices">
${offer.tools.map((tool, at) => describeTool(tool, at, on.chosen?.actions.includes(tool.action) ?? true))}
</ul>
<p class="quiet">Take out what you do not want.</p>
<h2>On which data</h2>
<p>${DATA[offer.ceiling]}.</p>
<h2>How often</h2>
<p>${sayOften(prepared)}</p>
<h2>Until when</h2>
<p><label>For at most <select name="life">${livesOf(offer.longestSeconds, on.chosen?.life)}</select></label> You can end it sooner at any time.</p>
<h2>What it can not do</h2>
<ul>
${offer.withheld.map(({ tool, because }) => html`<li>Use <code>${showForeign(tool)}</code>: ${because}.</li>`)}
<li>Anything else, here or at another server.</li>
<li>Be you: it acts in its own name, and each call stands in the log.</li>
<li>More than you may do yourself. What is taken from you is taken from it.</li>
</ul>
<div class="actions">
<button type="submit" name="decision" value="allow">Allow</button>
<button type="submit" name="decision" value="deny">Do not allow</button>
</div>
</form>`,
  }
}

/** What a client says of itself is shown as that, and after the address that nobody else can have. */
function describeClaimed({ clientId, claimed }: FoundClient): Html {
  const { host } = new URL(clientId)
  const name = claimed?.name ?? null
  const called = name === null ? null : html` It calls itself ${quoteForeign(name, 60)}, which nobody has checked.`
  const other = claimed?.isOfAnother === true ? html` <strong>Another agent here has that name.</strong>` : null
  return html`<p class="warning">It comes from <span class="host">${host}</span>: go on only if that is where you started.${called}${other}</p>`
}

function describeReturn(redirectUri: string): Html {
  const where = nameRedirect(redirectUri)
  if (isLoopback(redirectUri))
    return html`<p class="warning">The answer goes to ${where}. Any program here could have asked under this name: go on only if you have just started it yourself.</p>`
  return html`<p>The answer goes to <span class="host">${where}</span>.</p>`
}

/** What the form of this page tells. */
export interface Chosen {
  /** Of the tools that are ticked. */
  readonly actions: readonly string[]
  readonly life: string | undefined
}

/** Reads what a person chose; a tool is told by its action, as others may have come before it meanwhile. */
export function readChosen(form: Readonly<Record<string, string>>): Chosen {
  const ticked = Object.entries(form).filter(([name]) => TOOL_FIELD.test(name))
  return { actions: ticked.map(([, action]) => action), life: form['life'] }
}

const TOOL_FIELD = /^tool_\d+$/

function describeTool(offered: OfferedTool, at: number, isTicked: boolean): Html {
  const { action, actionClass, tool, resources, isAskedEachTime } = offered
  const ticked = isTicked ? html` checked` : null
  const where = resources.map((each, place) => html`${place === 0 ? null : ', '}<code>${sayResource(each)}</code>`)
  return html`<li><label><input type="checkbox" name="tool_${at}" value="${action}"${ticked}> ${VERBS[actionClass]} with <code>${showForeign(tool)}</code> on ${where}.${
    isAskedEachTime ? html` A person is asked before each call.` : null
  }</label></li>
`
}

function sayResource(pattern: string): string {
  if (pattern === '*') return 'everything there'
  return showForeign(pattern.endsWith('*') ? `${pattern.slice(0, -1)}…` : pattern)
}

function sayOften({ offer, terms }: PreparedConsent): string {
  const changes = offer.tools.some(({ actionClass }) => actionClass !== 'read')
  const most = `At most ${LIMITS.callsDefault} calls${changes ? `, ${LIMITS.writesDefault} of which change something` : ''}.`
  return terms.taskApproval === 'each-task' ? `${most} Beside you, another person has to agree before it begins.` : most
}

function livesOf(longestSeconds: number, chosen: string | undefined): readonly Html[] {
  const fitting = LIVES.filter(([seconds]) => seconds <= longestSeconds)
  const all =
    fitting.length > 0
      ? fitting
      : [[longestSeconds, `${Math.max(1, Math.floor(longestSeconds / 60))} minutes`] as const]
  const usual = [...all].reverse().find(([seconds]) => seconds <= usualSeconds) ?? all[0]
  const selected = all.find(([seconds]) => String(seconds) === chosen) ?? usual
  return all.map(
    (row) => html`<option value="${row[0]}"${row === selected ? html` selected` : null}>${row[1]}</option>`,
  )
}
