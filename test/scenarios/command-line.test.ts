import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { COMMANDS } from '../../cli/commands.ts'
import { connectGateway } from '../../cli/demo/gateway.ts'
import { readEnvironment } from '../../cli/environment.ts'
import { runCommandLine } from '../../cli/main.ts'
import { type Agent, createAgent } from '../../sdk/agent.ts'
import { createKeyAssertion, type PrivateJwk } from '../../sdk/key-assertion.ts'
import { isProblem } from '../../sdk/problem.ts'
import { createTokenFetch } from '../../sdk/token-fetch.ts'
import { type House, startHouse } from '../house.ts'
import { trustPeopleOf } from '../http/login-routes.ts'
import { type Issuer, startIssuer } from '../issuer/issuer.ts'

/** What one command line answered. */
interface Said {
  readonly code: number
  readonly out: string
  readonly err: string
}

let house: House
let idp: Issuer
let folder: string
const told = new Set<string>()

/** Runs a command line as somebody who keeps their session in a folder of their own. */
async function remit(who: string, ...words: readonly string[]): Promise<Said> {
  const [out, err]: [string[], string[]] = [[], []]
  const environment = readEnvironment({ XDG_CONFIG_HOME: join(folder, who) })
  const code = await runCommandLine(words, environment, {
    print: (text) => out.push(text),
    warn: (text) => err.push(text),
    paint: (_, text) => text,
    columns: 100,
  })
  if (code === 0) for (const { name } of COMMANDS) if (words.join(' ').startsWith(name)) told.add(name)
  return { code, out: out.join('\n'), err: err.join('\n') }
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'remit-first-hour-'))
  idp = await startIssuer()
  house = await startHouse({}, { issuers: [trustPeopleOf(idp.url)] })
})
afterAll(async () => {
  await house.end(60)
  await idp.stop()
  rmSync(folder, { recursive: true, force: true })
})

describe.each(['for people', 'as JSON'])('the first hour, told %s', (form) => {
  const asJson = form === 'as JSON'
  const name = asJson ? 'news-robot' : 'news-reader'
  const purpose = `read-${name}`
  const file = (part: string): string => join(folder, `${name}-${part}`)
  let agent: Agent
  let taskId = ''
  let denial = ''

  /** Runs a command that has to succeed: text for people, or exactly one JSON document and nothing else. */
  async function say(who: string, ...words: readonly string[]): Promise<string> {
    const { code, out, err } = await remit(who, ...words, ...(asJson ? ['--json'] : []))
    expect([words.join(' '), code, err]).toEqual([words.join(' '), 0, ''])
    expect(out).not.toBe('')
    if (asJson) expect(JSON.parse(out)).toEqual(expect.any(Object))
    return out
  }
  /** Finds the one thing of a form in what was said. */
  const find = (said: string, pattern: RegExp): string => pattern.exec(said)?.[0] ?? expect.unreachable(said)

  it('signs in, and finds the house well', async () => {
    const { link } = await house.people.ada.client.people.link(house.people.ada.id)
    await say('ada', 'login', link, '--url', house.url)
    expect(await say('ada', 'whoami')).toContain('First administrator')
    await say('ada', 'login', find(await say('ada', 'link'), /rml_[\w-]+/), '--url', house.url)
    await say('ada', 'doctor')
  })

  it('says what is what', async () => {
    expect(await say('ada', 'tool', 'list')).toContain('read_text_file')
    const files = ['--argument', 'path', '--kind', 'path', '--prefix', 'docs:', '--root', house.documents] as const
    await say('ada', 'tool', 'classify', 'docs', 'read_text_file', '--class', 'read', ...files)
    expect(await say('ada', 'tool', 'show', 'docs', 'write_file')).toContain('the server says')
    await say('ada', 'tool', 'classify', 'docs', 'write_file', '--class', 'write', ...files)
    await say('ada', 'tool', 'classify', 'docs', 'get_file_info', '--class', 'read', ...files)
    const often = ['--of', 'docs/read_text_file', '--per', 'identity', '--max', '5', '--window', '3600'] as const
    await say('ada', 'limit', 'set', `${name}-reads`, ...often)
    expect(await say('ada', 'limit', 'list')).toContain(`${name}-reads`)
    await say('ada', 'limit', 'end', `${name}-reads`)
    await say('ada', 'resource', 'classify', 'docs:public/*', 'public')
    expect(await say('ada', 'resource', 'list')).toContain('docs:public/*')
    await say('ada', 'purpose', 'define', purpose, '--title', 'Read', '--class', 'read', '--ceiling', 'internal')
    expect(await say('ada', 'purpose', 'list')).toContain(purpose)
  })

  it('adds the people who answer, and tries something out', async () => {
    const mail = `gwen-${name}@example.org`
    const added = await say('ada', 'person', 'add', name, '--email', mail, '--role', 'owner', '--role', 'approver')
    await say('gwen', 'login', find(added, /rml_[\w-]+/), '--url', house.url)
    expect(await say('ada', 'person', 'list')).toContain(mail)
    expect(await say('ada', 'person', 'show', mail)).toContain(mail)
    await say('gwen', 'login', find(await say('ada', 'person', 'link', mail), /rml_[\w-]+/), '--url', house.url)
    // a static secret, for what is only tried out
    const tried = `${name}-tried`
    await say('ada', 'purpose', 'define', tried, '--title', 'Try', '--class', 'read', '--ceiling', 'public')
    const people = ['--owner', 'admin@localhost', '--sponsor', `gwen-${name}@example.org`, '--purpose', tried] as const
    await say('ada', 'identity', 'draft', tried, ...people, '--reach', 'sandbox')
    expect(await say('ada', 'identity', 'secret', tried)).toMatch(/rmk_[\w-]{43}/)
    const shown = await say('ada', 'identity', 'show', tried)
    if (form === 'for people') expect(shown).toMatch(new RegExp(`^secret +secret +${tried} +\\d{4}-`, 'm'))
    const made = find(shown, /bnd_\w+/)
    await say('ada', 'identity', 'unbind', tried, made, '--reason', 'Done')
  })

  it('tells who approves an identity that was never cut off in rehearsal what it lacks', async () => {
    const [mail, unready] = [`gwen-${name}@example.org`, `${name}-unready`]
    await say(
      'ada',
      'identity',
      'draft',
      unready,
      '--owner',
      'admin@localhost',
      '--sponsor',
      mail,
      '--purpose',
      purpose,
    )
    await say('ada', 'key', 'make', file('unready.jwk'))
    const key = ['--kind', 'key', '--subject', unready, '--key', file('unready.jwk.pub')] as const
    await say('ada', 'identity', 'bind', unready, ...key)
    const grant = ['--allow', 'docs/read_text_file@docs:public/*', '--class', 'read', '--ceiling', 'public'] as const
    await say('ada', 'identity', 'entitle', unready, ...grant, '--days', '30', '--reason', 'It reads the news')
    const submitted = await say('ada', 'identity', 'submit', unready)
    expect(submitted).toMatch(/has not been rehearsed as lately as its tier asks/)
    const approval = find(submitted, /apr_\w+/)
    const answer = await say('gwen', 'approve', approval, '--reason', 'Fine')
    if (!asJson) expect(answer).toContain('remit identity rehearse')
    expect(await say('ada', 'identity', 'show', unready)).toContain('pending')
  })

  it('registers the agent, which somebody else approves', async () => {
    const mail = `gwen-${name}@example.org`
    await say('ada', 'key', 'make', file('agent.jwk'))
    await say('ada', 'identity', 'draft', name, '--owner', 'admin@localhost', '--sponsor', mail, '--purpose', purpose)
    const key = ['--kind', 'key', '--subject', name, '--key', file('agent.jwk.pub')] as const
    await say('ada', 'identity', 'bind', name, ...key)
    const grant = ['--allow', 'docs/read_text_file@docs:public/*', '--class', 'read', '--ceiling', 'public'] as const
    await say('ada', 'identity', 'entitle', name, ...grant, '--days', '30', '--reason', 'It reads the news')
    const asked = ['--allow', 'docs/get_file_info@docs:public/*', '--class', 'read', '--ceiling', 'public'] as const
    await say('ada', 'identity', 'entitle', name, ...asked, '--each-call', '--reason', 'It asks how new they are')
    await say('ada', 'identity', 'rehearse', name)
    const approval = find(await say('ada', 'identity', 'submit', name), /apr_\w+/)
    expect(await remit('ada', 'approve', approval, '--reason', 'Mine')).toMatchObject({
      code: 1,
      err: expect.stringContaining('entry #'),
    })
    const waiting = await say('gwen', 'approvals')
    expect(waiting).toContain(approval)
    if (!asJson) expect(waiting).toMatch(/Asked by .*, who may not .*[\s\S]* bindings .* key thumbprint=\S{43} alg=/)
    if (!asJson) expect(waiting).toMatch(/entitlements +\S+ to read, data up to /)
    await say('gwen', 'approve', approval, '--reason', 'I know what it does')
    expect(await say('ada', 'identity', 'show', name)).toContain('active')
    for (const more of [['list'], ['used', name], ['hear', name, '--reason', 'A no by mistake']])
      expect(await say('ada', 'identity', ...more)).toContain(name)
    const granted = find(await say('ada', 'identity', 'show', name), /ent_\w+/)
    await say('ada', 'key', 'make', file('renewed.jwk'))
    const bound = find(await say('ada', 'identity', 'show', name), /bnd_\w+/)
    const renewed = ['--key', file('renewed.jwk.pub'), '--overlap', '1', '--reason', 'It is a year old'] as const
    const rotation = find(await say('ada', 'identity', 'rotate', name, bound, ...renewed), /apr_\w+/)
    expect(await say('gwen', 'approve', rotation, '--reason', 'Yes')).toContain('binding rotated')
    await say('ada', 'identity', 'narrow', name, granted, '--days', '20', '--reason', 'It is done by then')
  })

  it('lets it work, with the key that was made', async () => {
    const privateJwk: PrivateJwk = JSON.parse(readFileSync(file('agent.jwk'), 'utf8'))
    const assertion = createKeyAssertion({ name, audience: house.url, privateJwk })
    agent = createAgent({ baseUrl: house.url, assertion, fetch: house.fetch })
    const { task } = await agent.openTask({
      purpose,
      goal: 'Tell what is new',
      scope: [
        { action: 'docs/read_text_file', resource: 'docs:public/*' },
        { action: 'docs/get_file_info', resource: 'docs:public/*' },
      ],
      ceiling: 'public',
      budget: { callsMax: 10, writesMax: 0, bytesMax: 100_000 },
      lifeSeconds: 600,
    })
    taskId = task.id
    const token = await agent.exchange(taskId, agent.gatewayUrl('docs'))
    const gateway = await connectGateway(token.resource, name, createTokenFetch({ token: async () => token }))
    const path = join(house.documents, 'public/handbook.md')
    expect(await gateway.call('read_text_file', { path })).toMatchObject({ isPermitted: true })
    const denied = await gateway.call('write_file', { path, content: 'x' })
    expect(denied.isPermitted).toBe(false)
    denial = String(denied.entry)
    expect(await gateway.call('get_file_info', { path })).toMatchObject({ isPermitted: false })
    await gateway.close()
  })

  it('lets it make a few calls, and thinks again', async () => {
    const approval = find(await say('gwen', 'approvals'), /apr_\w+/)
    const yes = ['approve', approval, '--uses', '2', '--reason', 'For the news'] as const
    expect(await say('gwen', ...yes, '--preview')).toContain('get_file_info')
    await say('gwen', ...yes)
    expect(await say('gwen', 'approvals', '--state', 'approved')).toContain(approval)
    await say('gwen', 'withdraw', approval, '--reason', 'The news can wait')
    expect(await say('gwen', 'approvals', '--state', 'approved')).not.toContain(approval)
  })

  it('gives somebody a right, who opens a task on their own behalf', async () => {
    const mail = `gwen-${name}@example.org`
    const scope = ['--allow', 'docs/read_text_file@docs:public/*', '--ceiling', 'public'] as const
    await say('ada', 'person', 'entitle', mail, ...scope, '--class', 'read', '--reason', 'Her work')
    const right = find(await say('ada', 'person', 'rights', mail), /rgt_\w+/)
    const opened = await say('gwen', 'task', 'open', name, '--purpose', purpose, '--goal', 'Read it to me', ...scope)
    expect(opened).toMatch(/tsk_\w+/)
    expect(await say('gwen', 'acting')).toContain('Read it to me')
    await say('gwen', 'acting', 'end', find(opened, /tsk_\w+/), '--reason', 'I read it myself')
    await say('ada', 'person', 'unentitle', mail, right, '--reason', 'Done')
    await say('ada', 'person', 'login', 'add', mail, '--issuer', idp.url, '--subject', `gwen-${name}`)
    const login = find(await say('ada', 'person', 'logins', mail), /lgn_\w+/)
    await say('ada', 'person', 'login', 'end', mail, login, '--reason', 'Done')
  })

  it('lets another identity act for it, which somebody else approves', async () => {
    const grant = ['--allow', 'docs/read_text_file@docs:public/*', '--class', 'read', '--ceiling', 'public'] as const
    const to = ['--to', `${name}-unready`] as const
    const asked = await say('ada', 'identity', 'delegate', name, ...to, ...grant, '--reason', 'Help')
    await say('gwen', 'approve', find(asked, /apr_\w+/), '--reason', 'Reading is all that it does')
    const granted = find(await say('ada', 'identity', 'delegates', name), /dlg_\w+/)
    await say('ada', 'identity', 'undelegate', name, granted, '--reason', 'It helps no more')
    expect(await say('ada', 'identity', 'delegates', name)).toContain('ended')
    await say('gwen', 'acting', 'let', name, ...grant, '--strength', 'key-bound', '--reason', 'It reads the news to me')
    const grants = await say('gwen', 'acting', 'grants')
    if (form === 'for people') expect(grants).toMatch(new RegExp(`^${name} +read .* key-bound at least +granted`, 'm'))
    const given = find(grants, /dlg_\w+/)
    await say('gwen', 'acting', 'unlet', given, '--reason', 'I read it myself')
    expect(await say('gwen', 'acting', 'grants')).toContain('ended')
  })

  it('sees it, and stops it', async () => {
    expect(await say('ada', 'task', 'list')).toContain(taskId)
    expect(await say('ada', 'task', 'show', taskId)).toContain('Tell what is new')
    expect(await say('ada', 'log', 'list')).toContain('decision.denial')
    expect(await say('ada', 'log', 'entry', denial)).toContain('scope_exceeded')
    expect(await say('ada', 'why', denial)).toMatch(/write_file/)
    expect(await say('ada', 'access', name)).toContain('docs/read_text_file')
    const way = asJson ? /"answers-for"/ : /answers-for +[^(]+ \(psn_[0-9a-z]+\) +[^(]+ \(idn_[0-9a-z]+\)/
    expect(await say('ada', 'access', 'path', '--of', taskId)).toMatch(way)
    await say('ada', 'task', 'revoke', taskId, '--reason', 'Enough for now')
    await say('ada', 'cutoff', 'identity', name, '--reason', 'The hour is over')
    expect(await say('ada', 'cutoff', 'list')).toContain('The hour is over')
    const later = await agent.exchange(taskId, house.url).catch((error: unknown) => error)
    expect(isProblem(later)).toBe(true)
  })

  it('proves it to somebody who trusts nobody', async () => {
    const key = asJson
      ? (JSON.parse(await say('ada', 'log', 'key')) as { key: string }).key
      : await say('ada', 'log', 'key')
    writeFileSync(file('log.key'), `${key}\n`)
    expect(await say('ada', 'log', 'checkpoint')).toContain(key.split('+')[0])
    expect(await say('ada', 'log', 'receipt', '3')).toContain('c2sp.org/tlog-proof')
    await say('ada', 'evidence', '--out', file('evidence.pack'))
    await say('nobody', 'verify', file('evidence.pack'), '--key', file('log.key'))
    await say('ada', 'evidence', '--about', `identity:${name}`, '--out', file('part.pack'))
    expect(await say('nobody', 'verify', file('part.pack'), '--key', file('log.key'))).toContain(name)
  })

  it('looks at policies, and observes other ones', async () => {
    const policies = file('policies')
    mkdirSync(policies)
    const text = `@id("own:${name}")\n@sentence("It rests.")\nforbid (principal, action, resource) when { principal.name == "${name}" };\n`
    writeFileSync(join(policies, 'own.cedar'), text)
    const resting = { name: 'rests', action: 'task', principal: { name }, expect: 'denial', by: [`own:${name}`] }
    writeFileSync(join(policies, 'own.test.json'), JSON.stringify({ cases: [resting] }))
    await say('ada', 'policy')
    await say('ada', 'policy', 'validate', policies)
    await say('ada', 'policy', 'test', policies)
    expect(await say('ada', 'policy', 'diff', policies)).toContain('tightens')
    await say('ada', 'policy', 'publish', policies, '--reason', 'To see', '--shadow')
    await say('ada', 'policy', 'rollback', '1', '--reason', 'To see', '--shadow')
    expect(await say('ada', 'policy', 'history')).toContain('To see')
    expect(await say('ada', 'policy', 'domains')).toContain('remit')
    await say('ada', 'policy', 'shadow')
    expect(await say('ada', 'policy', 'coverage')).toContain('guardrail:administer')
    await say('ada', 'policy', 'replay', policies, '--since', '1h')
    await say('ada', 'policy', 'show')
  })

  it('notices one byte of the pack that was changed', async () => {
    const bytes = readFileSync(file('evidence.pack'))
    const at = bytes.indexOf('The hour is over')
    expect(at).toBeGreaterThan(0)
    bytes[at] = (bytes[at] ?? 0) ^ 1
    writeFileSync(file('changed.pack'), bytes)
    const words = ['verify', file('changed.pack'), '--key', file('log.key'), ...(asJson ? ['--json'] : [])]
    const { code, out, err } = await remit('nobody', ...words)
    expect([code, err]).toEqual([1, ''])
    if (asJson) expect(JSON.parse(out)).toMatchObject({ ok: false, failures: [{ check: 'proof' }, { check: 'whole' }] })
    else expect(out).toMatch(/^It does not verify: (entry #\d+, )?line \d+/)
  })

  it('takes back, turns down and lets go', async () => {
    const [mail, other] = [`gwen-${name}@example.org`, `${name}-2`]
    await say('ada', 'identity', 'draft', other, '--owner', 'admin@localhost', '--sponsor', mail, '--purpose', purpose)
    const bind = ['--kind', 'oidc', '--issuer', house.issuer.url, '--subject', other] as const
    const grant = ['--allow', 'docs/read_text_file@docs:public/*', '--class', 'read', '--ceiling', 'public'] as const
    await say('ada', 'identity', 'bind', other, ...bind)
    await say('ada', 'identity', 'entitle', other, ...grant, '--reason', 'Perhaps')
    const back = ['--redirect', 'https://app.example/back', '--redirect', 'http://127.0.0.1/back'] as const
    await say('ada', 'client', 'add', other, '--id', `${other}-app`, ...back, '--server', 'docs')
    expect(await say('ada', 'client', 'list')).toContain(`${other}-app`)
    const { bindings, entitlements } = await house.people.lin.client.identities.show(other)
    await say('ada', 'identity', 'unbind', other, bindings[0]?.id ?? '', '--reason', 'Wrong')
    expect(await say('ada', 'issuer', 'list')).toContain(house.issuer.url)
    expect(await say('ada', 'issuer', 'presets')).toContain('repository_id')
    const flow = ['--subject', `repo:acme/${other}:environment:live`, '--claim', 'repository_id=7'] as const
    const accepted = ['--preset', 'github', '--accept-wide', 'A trial'] as const
    const wide = await say('ada', 'identity', 'bind', other, ...accepted, ...flow)
    expect(wide).toContain('an owner who takes the same name later')
    await say('ada', 'identity', 'unentitle', other, entitlements[0]?.id ?? '', '--reason', 'Wrong')
    await say('ada', 'identity', 'bind', other, ...bind)
    await say('ada', 'identity', 'entitle', other, ...grant, '--reason', 'Perhaps')
    await say('ada', 'identity', 'rehearse', other)
    const approval = find(await say('ada', 'identity', 'submit', other), /apr_\w+/)
    await say('gwen', 'deny', approval, '--reason', 'Not needed')
    await say('ada', 'identity', 'submit', other)
    await say('ada', 'identity', 'return', other, '--reason', 'Not yet')
    await say('ada', 'identity', 'submit', other)
    await say('ada', 'identity', 'suspend', other, '--reason', 'A doubt')
    const swap = ['--owner', mail, '--sponsor', 'admin@localhost'] as const
    await say('ada', 'identity', 'reassign', other, ...swap, '--reason', 'It is hers now')
    await say('ada', 'identity', 'retire', other, '--reason', 'Never used')
    expect(await say('ada', 'identity', 'list', '--state', 'retired')).toContain(other)
    const assertion = (): Promise<string> => house.issuer.mint({ sub: `found-${name}`, aud: house.url })
    const found = createAgent({ baseUrl: house.url, assertion, fetch: house.fetch })
    await found.exchange('tsk_none', house.url).catch(() => undefined)
    const [seen] = (await house.people.lin.client.identities.list({ state: 'discovered' })).identities
    const adopted = ['--owner', 'admin@localhost', '--sponsor', mail, '--name', `found-${name}`] as const
    await say('ada', 'identity', 'adopt', seen?.id ?? '', ...adopted, '--purpose', purpose)
    await say('ada', 'person', 'roles', mail, '--role', 'owner')
    expect(await say('ada', 'person', 'rename', mail, '--name', `Gwen of ${name}`)).toContain(`Gwen of ${name}`)
    await say('ada', 'identity', 'return', `${name}-unready`, '--reason', 'Its sponsor leaves')
    await say('ada', 'person', 'leave', mail)
    expect(await say('ada', 'key', 'rotate', '--reason', 'It is old')).toMatch(/key_/)
    await say('ada', 'logout')
    expect(await remit('ada', 'whoami')).toMatchObject({ code: 1, out: '' })
  })
})

describe('every command of the table', () => {
  it('was played, but for those that start a server or need a hardware security module', () => {
    const unplayed = COMMANDS.map((command) => command.name).filter((name) => !told.has(name))
    expect(unplayed).toEqual(['serve', 'demo', 'key wrap', 'svid serve'])
  })
})

describe('a command that fails', () => {
  beforeAll(async () => {
    for (const who of ['ada', 'sam'] as const) {
      const { link } = await house.people.ada.client.people.link(house.people[who].id)
      await remit(who, 'login', link, '--url', house.url)
    }
  })
  const cases: readonly (readonly [string, string, readonly string[], number, string])[] = [
    ['about an identity that is not there', 'ada', ['identity', 'show', 'nobody'], 1, 'not_found'],
    ['about an approval that is not there', 'ada', ['approve', 'apr_none', '--reason', 'x'], 1, 'not_found'],
    ['about an entry to come', 'ada', ['why', '99999999'], 1, 'not_found'],
    ['without the role for it', 'sam', ['doctor'], 1, 'role_missing'],
    ['of nobody who is signed in', 'nobody', ['identity', 'list'], 1, 'not_signed_in'],
    ['with a link that never was', 'nobody', ['login', 'rml_nothing'], 1, 'login_link_invalid'],
    ['that is not understood', 'ada', ['identity', 'show'], 2, 'usage'],
  ]
  it.each(cases)('%s says so in words, and in one JSON document, and not with 0', async (_, who, words, exit, code) => {
    const at = words[0] === 'login' ? ['--url', house.url] : []
    const plain = await remit(who, ...words, ...at)
    expect([plain.code, plain.out]).toEqual([exit, ''])
    expect(plain.err).toMatch(/^remit: .+/)
    const json = await remit(who, ...words, ...at, '--json')
    expect([json.code, json.err]).toEqual([exit, ''])
    expect(JSON.parse(json.out)).toMatchObject({ error: { code, sentence: expect.any(String) } })
  })

  it('because the server is down says so with 3, and how to start it', async () => {
    await house.stop()
    const json = await remit('ada', 'identity', 'list', '--json')
    expect([json.code, json.err]).toEqual([3, ''])
    expect(JSON.parse(json.out)).toMatchObject({
      error: { code: 'unreachable', next: expect.stringContaining('remit serve') },
    })
    expect(await remit('ada', 'doctor')).toMatchObject({ code: 3, out: '' })
    await house.start()
  })
})
