import { html, type Page } from './html.ts'
import { ownPath } from './own-path.ts'

/** What a person came for, and comes back to. */
export type SignInPlace = 'authorize' | 'discovered'

const WHY: Readonly<Record<SignInPlace, string>> = {
  authorize: 'An application asks to act on your behalf. First say who you are.',
  discovered: 'Who adopts what was seen here answers for it. First say who you are.',
}

/** Asks a person to sign in, and comes back to the same page. `query` is what was asked of it. */
export function signInPage(to: SignInPlace, query: string, publicUrl: string): Page {
  return {
    title: 'Sign in',
    body: html`<h1>Sign in to go on</h1>
<p>${WHY[to]}</p>
<form method="post" action="${ownPath({ publicUrl }, '/oauth/sign-in')}">
<input type="hidden" name="to" value="${to}">
<input type="hidden" name="query" value="${query}">
<label>Your one-time sign-in link <input type="password" name="link" required maxlength="200" autocomplete="off"></label>
<p class="quiet">It begins with rml_. In a terminal where you are signed in to ${publicUrl}, <code>remit link</code> makes one.</p>
<div class="actions"><button type="submit">Sign in</button></div>
</form>`,
  }
}

/** Comes back by a request of our own: a browser keeps the session to itself where another site leads here. */
export function comeBackPage(path: string): Page {
  return {
    title: 'One moment',
    body: html`<p><a href="${path}">Go on</a></p>`,
    refresh: { seconds: 0, path },
  }
}
