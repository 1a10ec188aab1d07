import { hash } from 'node:crypto'
import { replaceUnseen } from '../../contract/approval/unseen.ts'

/** A piece of a page, safe to be put into another one. Only `html` makes one. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const escapeText = (text: string): string => text.replace(/[&<>"']/g, (sign) => ESCAPES[sign] ?? '')

type Part = string | number | Html | readonly Html[] | null

function write(part: Part): string {
  if (part === null) return ''
  if (part instanceof Html) return part.text
  return typeof part === 'object' ? part.map(({ text }) => text).join('') : escapeText(String(part))
}

/** Writes a piece of a page: whatever is put in is text, and never markup, unless `html` has made it. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.map((text, at) => text + write(parts[at] ?? null)).join(''))
}

/**
 * What comes from a stranger, as a page shows it: without what would turn, hide or imitate the text around it, and with one blank in the
 * place of several, or of another one, as a browser draws them alike.
 */
export function showForeign(text: string, charsMax = 200): string {
  const plain = replaceUnseen(text.replace(/[\p{C}\p{M}]/gu, ''), () => '')
    .replace(/\s+/gu, ' ')
    .trim()
  return plain.length > charsMax ? `${plain.slice(0, charsMax).toWellFormed()}…` : plain
}

/** What a stranger calls itself, in quotation marks that it cannot close: it says nothing in our name. */
export function quoteForeign(text: string, charsMax: number): string {
  return `“${showForeign(text.replace(/["“”„‟«»‹›❝❞〝〞〟＂]/gu, ''), charsMax)}”`
}

const STYLE = `
body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 40rem; overflow-wrap: anywhere; padding: 0 1rem; }
h1 { font-size: 1.4rem; line-height: 1.3; }
h2 { font-size: 1.05rem; margin: 1.5rem 0 0.25rem; }
ul { margin: 0.25rem 0; padding-left: 1.25rem; }
ul.choices { list-style: none; padding-left: 0; }
ul.choices label, .fields label { display: block; padding: 0.25rem 0; }
code, .host { font-family: ui-monospace, monospace; }
.host { font-weight: 600; }
.warning { border-left: 4px solid #c60; padding: 0.25rem 0.75rem; }
.quiet { opacity: 0.75; }
.actions { display: flex; flex-wrap: wrap; gap: 0.75rem; margin: 1.5rem 0; }
button { font: inherit; padding: 0.5rem 1.25rem; }
select, .fields input { box-sizing: border-box; font: inherit; max-width: 100%; }
input[type='password'] { font: inherit; padding: 0.4rem; width: 100%; box-sizing: border-box; }
`

/** A page of ours: no scripts, no frames around it, nothing loaded, forms to us and where the answer goes. */
export interface Page {
  readonly title: string
  readonly body: Html
  /** Where a form of it may lead beside here, as a source of CSP: the answer to a form is a redirect there. */
  readonly formTarget?: string
  /** Goes there by itself after so many seconds. */
  readonly refresh?: { readonly seconds: number; readonly path: string }
}

const styleSource = `'sha256-${hash('sha256', STYLE, 'base64')}'`

/** Gives the headers of a page. `same-origin`: without a referrer a browser calls the origin of our own forms null. */
export function pageHeaders({ formTarget }: Pick<Page, 'formTarget'>): Readonly<Record<string, string>> {
  const target = formTarget === undefined ? '' : ` ${formTarget}`
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': `default-src 'none'; style-src ${styleSource}; base-uri 'none'; frame-ancestors 'none'; form-action 'self'${target}`,
    'x-frame-options': 'DENY',
    'referrer-policy': 'same-origin',
    'cache-control': 'no-store',
  }
}

/** Writes a whole page. */
export function writePage({ title, body, refresh }: Page): string {
  const again =
    refresh === undefined
      ? null
      : html`<meta http-equiv="refresh" content="${`${refresh.seconds};url=${refresh.path}`}">`
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
${again}<title>${title} · Remit</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`.text
}
