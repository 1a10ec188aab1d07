import { html, type Page } from './html.ts'

/** Asks a person to sign in, and comes back to the same question. `query` is that of the authorization request. */
export function signInPage(query: string, publicUrl: string): Page {
  return {
    title: 'Sign in',
    body: html`<h1>Sign in to go on</h1>
<p>An application asks to act on your behalf. First say who you are.</p>
<form method="post" action="/oauth/sign-in">
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
