import type { House, Somebody } from '../house.ts'

/** What a browser got: the page, or where it is sent. */
export interface Visited {
  readonly status: number
  readonly page: string
  /** Where it is sent; null where it stays. */
  readonly location: URL | null
  readonly headers: Headers
}

/** A browser as far as our pages need one: it holds a session, says where requests come from, and runs nothing. */
export interface Browser {
  visit(url: string, headers?: Readonly<Record<string, string>>): Promise<Visited>
  /** Sends a form of our own page, or with other headers one of somebody else's. */
  send(
    path: string,
    form: Readonly<Record<string, string>>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Visited>
}

/** Opens a browser in which somebody is signed in, or nobody. */
export function openBrowser(house: Pick<House, 'url' | 'fetch'>, who: Pick<Somebody, 'session'> | null): Browser {
  let cookie = who === null ? '' : `remit_session=${who.session}`
  const ask = async (
    url: string,
    init: Omit<RequestInit, 'headers'> & { readonly headers: Readonly<Record<string, string>> },
  ): Promise<Visited> => {
    const headers = { ...init.headers, ...(cookie === '' ? {} : { cookie }) }
    const answer = await house.fetch(url, { ...init, headers, redirect: 'manual' })
    const made = /^remit_session=[^;]+/.exec(answer.headers.get('set-cookie') ?? '')?.[0]
    if (made !== undefined) cookie = made
    const location = answer.headers.get('location')
    return {
      status: answer.status,
      page: await answer.text(),
      location: location === null ? null : new URL(location, house.url),
      headers: answer.headers,
    }
  }
  return {
    visit: (url, headers = { 'sec-fetch-site': 'none' }) => ask(url, { headers }),
    send: (path, form, headers = { 'sec-fetch-site': 'same-origin', origin: new URL(house.url).origin }) =>
      ask(`${house.url}${path}`, { method: 'POST', headers, body: new URLSearchParams(form) }),
  }
}

/** Gives what a page's form would send: what is hidden, what is ticked, what is chosen. */
export function readForm(page: string): Readonly<Record<string, string>> {
  const form: Record<string, string> = {}
  for (const [tag] of page.matchAll(/<input[^>]*>/g)) {
    const [name, value] = [attribute(tag, 'name'), attribute(tag, 'value')]
    if (name !== undefined && (/type="hidden"/.test(tag) || / checked/.test(tag))) form[name] = value ?? ''
  }
  for (const [, name = '', options = ''] of page.matchAll(/<select name="([^"]*)"[^>]*>(.*?)<\/select>/gs))
    form[name] = /<option value="([^"]*)" selected/.exec(options)?.[1] ?? ''
  return form
}

function attribute(tag: string, name: string): string | undefined {
  const value = new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1]
  return value
    ?.replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&')
}
