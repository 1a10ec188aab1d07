import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBrowser, readForm } from '../../consent/browser.ts'
import { BACK, type ConsentCast, castConsent, inviteReader, makeRequest } from '../../consent/cast.ts'
import { type House, type Somebody, startHouse } from '../../house.ts'
import { furnish } from '../../scenarios/cast.ts'

let house: House
let cast: ConsentCast
let mallory: Somebody

beforeAll(async () => {
  house = await startHouse()
  await furnish(house)
  cast = await castConsent(house)
  mallory = await inviteReader(house, 'mallory@example.org')
})
afterAll(async () => void (await house.end(40)))

const request = (more: Readonly<Record<string, string | undefined>> = {}) => makeRequest(house, cast.clientId, more)
const livingTasks = async (): Promise<number> =>
  (await house.people.ada.client.tasks.list({ identity: cast.identityId, state: 'living' })).tasks.length

describe('the address of the answer', () => {
  it.each([
    'https://evil.example/back',
    `${BACK}/`,
    `${BACK}?next=https://evil.example`,
    `${BACK}#part`,
    'https://app.example.evil.example/back',
    'https://app.example@evil.example/back',
    'https://app.example:444/back',
    'https://app.example/back/../evil',
    'https://app.example/%62ack',
    'http://app.example/back',
    'http://127.0.0.1/back/evil',
    'http://localhost/back',
    'javascript:alert(1)',
    '//app.example/back',
    '',
  ])('is never %s: the person reads why, and is sent nowhere', async (redirectUri) => {
    const { status, location, page } = await openBrowser(house, cast.zoe).visit(
      request({ redirect_uri: redirectUri }).url,
    )
    expect([status, location]).toEqual([400, null])
    expect(page).toContain('redirect_invalid')
    expect(page).not.toContain('href=')
  })

  it('counts once: a parameter that comes twice is refused, and nobody is sent anywhere', async () => {
    const { url } = request()
    for (const twice of ['redirect_uri=https://evil.example', 'client_id=other-app', 'state=x'])
      expect(await openBrowser(house, cast.zoe).visit(`${url}&${twice}`)).toMatchObject({ status: 400, location: null })
  })

  it('is none for a client that nobody knows', async () => {
    for (const clientId of ['nobody', '../reading-app', "' or 1=1 --", 'reading-app '])
      expect(await openBrowser(house, cast.zoe).visit(request({ client_id: clientId }).url)).toMatchObject({
        status: 400,
        location: null,
      })
  })

  it('gets every error with state and iss once it is known for certain', async () => {
    for (const [more, error] of [
      [{ response_type: 'token' }, 'unsupported_response_type'],
      [{ response_type: undefined }, 'unsupported_response_type'],
      [{ response_mode: 'fragment' }, 'invalid_request'],
      [{ resource: house.url }, 'invalid_target'],
      [{ resource: 'https://elsewhere.example/mcp/docs' }, 'invalid_target'],
      [{ resource: undefined }, 'invalid_target'],
      [{ request: 'x.y.z' }, 'request_not_supported'],
      [{ request_uri: 'http://169.254.169.254/' }, 'request_uri_not_supported'],
      [{ authorization_details: '[]' }, 'invalid_authorization_details'],
      [{ dpop_jkt: 'short' }, 'invalid_request'],
    ] as const) {
      const { location } = await openBrowser(house, cast.zoe).visit(request(more).url)
      expect(`${location?.origin}${location?.pathname}`).toBe(BACK)
      const answer = Object.fromEntries(location?.searchParams ?? [])
      expect(answer).toMatchObject({ error, state: 'a state', iss: house.url })
      expect(location?.searchParams.getAll('state')).toHaveLength(1)
    }
  })
})

describe('the question to a person', () => {
  it('is never inside of a frame, runs nothing, loads nothing and names its form', async () => {
    for (const who of [null, cast.zoe]) {
      const { headers, page } = await openBrowser(house, who).visit(request().url)
      expect(headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]+'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'/,
      )
      expect(headers.get('x-frame-options')).toBe('DENY')
      expect(headers.get('cache-control')).toBe('no-store')
      expect(page).not.toMatch(/<script|<img|<link|<iframe|javascript:|\son\w+="/i)
    }
  })

  it('is answered by a page of ours in the same browser, and by nothing else', async () => {
    const { page } = await openBrowser(house, cast.zoe).visit(request().url)
    const form = { ...readForm(page), decision: 'allow' }
    const before = await livingTasks()
    const forged: readonly Readonly<Record<string, string>>[] = [
      { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'none' },
      {},
    ]
    for (const headers of forged)
      expect((await openBrowser(house, cast.zoe).send('/oauth/authorize', form, headers)).status).toBe(403)
    // the form of one person is none of another's: neither with their own session, nor with no session
    expect((await openBrowser(house, mallory).send('/oauth/authorize', form)).status).toBe(409)
    expect((await openBrowser(house, null).send('/oauth/authorize', form)).status).toBe(401)
    expect(await livingTasks()).toBe(before)
  })

  it('is answered as it was asked: what is not on the page, or was changed on the way, is refused', async () => {
    const browser = openBrowser(house, cast.zoe)
    const { page } = await browser.visit(request().url)
    const form: Readonly<Record<string, string>> = { ...readForm(page), decision: 'allow' }
    const before = await livingTasks()
    for (const change of [
      { seal: 'none' },
      { seal: `${form['seal'] ?? ''}x` },
      { seal: (form['seal'] ?? '').slice(0, -4) },
      { life: '-1' },
      { life: '1e9' },
      { life: '' },
      { tool_0: '' },
      { tool_0: '', tool_7: 'on' },
      { tool_0: 'docs/write_file' },
    ]) {
      const { status } = await browser.send('/oauth/authorize', { ...form, ...change })
      expect([400, 409]).toContain(status)
    }
    // what a form says beside what it is asked counts for nothing
    const more = { redirect_uri: 'https://evil.example', client_id: 'other', scope: 'administer' }
    const { location } = await browser.send('/oauth/authorize', { ...form, ...more, life: '999999' })
    expect(location?.host).toBe('app.example')
    expect(await livingTasks()).toBe(before + 1)
    const [task] = (await house.people.ada.client.tasks.list({ identity: cast.identityId, state: 'living' })).tasks
    expect((task?.endsMs ?? 0) - (task?.createdMs ?? 0)).toBeLessThanOrEqual(8 * 3600_000)
  })

  it('is put again where what it asks has become more or less meanwhile', async () => {
    const browser = openBrowser(house, cast.zoe)
    const { page } = await browser.visit(request({ prompt: 'consent' }).url)
    const { right } = await house.people.ada.client.people.grantRight(cast.zoe.id, {
      scope: [{ action: 'docs/*', resource: 'docs:internal/*' }],
      classes: ['read'],
      ceiling: 'internal',
      reason: 'More',
      days: 3,
    })
    const again = await browser.send('/oauth/authorize', { ...readForm(page), decision: 'allow' })
    expect([again.status, again.location]).toEqual([200, null])
    expect(again.page).toContain('has changed meanwhile')
    expect(readForm(again.page)).toHaveProperty('tool_0')
    await house.people.ada.client.people.endRight(cast.zoe.id, right.id, 'No more')
    // what was taken out stays out, and so does how long it was to be for
    const { tool_0: _, ...rest } = readForm(again.page)
    const less = await browser.send('/oauth/authorize', { ...rest, life: '900', decision: 'allow' })
    expect([less.status, less.page.includes('has changed meanwhile')]).toEqual([200, true])
    expect(readForm(less.page)).not.toHaveProperty('tool_0')
    expect(readForm(less.page)).toMatchObject({ life: '900' })
  })

  it('is not for whoever has left, or whose session is over', async () => {
    const gone = await inviteReader(house, 'gone@example.org')
    const browser = openBrowser(house, gone)
    const { page } = await browser.visit(request().url)
    await gone.client.sessions.end()
    expect((await browser.send('/oauth/authorize', { ...readForm(page), decision: 'allow' })).status).toBe(401)
  })
})

describe('signing in on the way', () => {
  it('leads to no address but ours, whatever is sent along', async () => {
    for (const query of [
      'client_id=app&next=https://evil.example',
      'client_id=app&redirect_uri=https://evil.example',
      '//evil.example?client_id=app',
      'client_id=app\r\nlocation: https://evil.example',
    ]) {
      const { link } = await house.people.ada.client.people.link(house.people.sam.id)
      const { status, location } = await openBrowser(house, null).send('/oauth/sign-in', {
        to: 'authorize',
        link,
        query,
      })
      if (status === 303) expect([location?.origin, location?.pathname]).toEqual([house.url, '/oauth/authorize'])
      else expect([status, location]).toEqual([400, null])
    }
  })

  it.each(['https://evil.example', '//evil.example', '/discovered', '__proto__', 'constructor'])(
    'knows no page %s to come back to',
    async (to) => {
      const { link } = await house.people.ada.client.people.link(house.people.sam.id)
      const answer = await openBrowser(house, null).send('/oauth/sign-in', { to, link, query: '' })
      expect([answer.status, answer.location, answer.headers.get('set-cookie')]).toEqual([400, null, null])
    },
  )

  it('makes a new session each time, and takes over none that was there', async () => {
    const { link } = await house.people.ada.client.people.link(house.people.sam.id)
    const browser = openBrowser(house, { session: 'rms_fixed-by-an-attacker' })
    const { headers } = await browser.send('/oauth/sign-in', { to: 'authorize', link, query: 'client_id=app' })
    expect(headers.get('set-cookie')).toMatch(
      /^remit_session=rms_[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+/,
    )
    expect(headers.get('set-cookie')).not.toContain('fixed')
    const again = await browser.send('/oauth/sign-in', { to: 'authorize', link, query: 'client_id=app' })
    expect(again).toMatchObject({ status: 401, page: expect.stringContaining('Go back to the page before this one') })
  })

  it('is never done by another site', async () => {
    const { link } = await house.people.ada.client.people.link(mallory.id)
    const forged = { to: 'authorize', link, query: 'client_id=app' }
    for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example' }, {}])
      expect((await openBrowser(house, null).send('/oauth/sign-in', forged, headers)).status).toBe(403)
  })

  it('looks nothing up for whoever is not signed in: a client that is known and one that is not sound alike', async () => {
    const pages = await Promise.all(
      [cast.clientId, 'nobody'].map((clientId) => openBrowser(house, null).visit(request({ client_id: clientId }).url)),
    )
    const [one, other] = pages.map(({ page }) => page.replace(/name="query" value="[^"]*"/, ''))
    expect(one).toBe(other)
  })

  it('comes back by a page of ours where another site led here, as the browser keeps the session to itself', async () => {
    const { page, status } = await openBrowser(house, null).visit(request().url, { 'sec-fetch-site': 'cross-site' })
    expect(status).toBe(200)
    expect(page).toMatch(/http-equiv="refresh" content="0;url=\/oauth\/authorize\?/)
  })

  it('makes a link for oneself that ends with the session it was made in', async () => {
    const { link } = await house.people.sam.client.sessions.link()
    const second = await house.signIn(link)
    expect(second.id).toBe(house.people.sam.id)
    await expect(house.signIn(link)).rejects.toMatchObject({ code: 'login_link_invalid' })
  })
})
