import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readEnvironment } from '../../cli/environment.ts'
import { runCommandLine } from '../../cli/main.ts'
import { CERTIFICATION, filesOf, publishDomain } from '../authzen/certification.ts'
import { type House, startHouse } from '../house.ts'

/** Nobody writes any more, and bob is no administrator. */
const CLOSED = {
  ...CERTIFICATION,
  files: [
    ...CERTIFICATION.files,
    {
      name: 'closed.cedar',
      text: '@id("records:closed") @sentence("Nothing is written.") forbid (principal, action == Action::"write", resource);',
    },
  ],
}
const DEMOTED = {
  ...CERTIFICATION,
  entities: (CERTIFICATION.entities ?? '').replace('"role":"admin"', '"role":"guest"'),
}

const CASE = {
  name: 'a writer writes',
  subject: { type: 'user', id: 'alice' },
  action: { name: 'write' },
  resource: { type: 'record', id: 'record-1' },
  expect: 'permit',
  by: ['records:write'],
}

describe('the commands of a domain', () => {
  let house: House
  const folder = mkdtempSync(join(tmpdir(), 'remit-domain-commands-'))

  function put(name: string, texts: Parameters<typeof filesOf>[0], ...cases: readonly object[]): string {
    const path = join(folder, name)
    mkdirSync(path, { recursive: true })
    for (const file of filesOf(texts)) writeFileSync(join(path, file.name), file.text)
    if (cases.length > 0) writeFileSync(join(path, 'records.test.json'), JSON.stringify({ cases }))
    return path
  }

  async function remit(who: keyof House['people'], ...words: readonly string[]) {
    const lines: string[] = []
    const { session } = house.people[who]
    const environment = readEnvironment({ XDG_CONFIG_HOME: folder, REMIT_URL: house.url, REMIT_SESSION: session })
    const code = await runCommandLine([...words, '--domain', 'records'], environment, {
      print: (text) => lines.push(text),
      warn: (text) => lines.push(text),
      paint: (_, text) => text,
      columns: 160,
    })
    return { code, said: lines.join('\n') }
  }

  async function approve(said: string): Promise<void> {
    const [, approval = ''] = /remit approve (apr_\w+)/.exec(said) ?? []
    await house.people.ada.client.approvals.vote(approval, 'approve', 'yes')
    await house.people.lin.client.approvals.vote(approval, 'approve', 'yes')
  }

  async function ask(subject: string, action: string, resource: string, more: object = {}): Promise<boolean> {
    const answer = await house.people.lin.client.domains.of('records').evaluate({
      subject: { type: 'user', id: subject, ...more },
      action: { name: action },
      resource: { type: 'record', id: resource },
    })
    return answer.decision
  }

  beforeAll(async () => {
    house = await startHouse()
    await publishDomain(house, 'records', CERTIFICATION)
  })
  afterAll(async () => {
    await house.end()
    rmSync(folder, { recursive: true, force: true })
  })

  it('validate: the fault at its place, then that all is well', async () => {
    const broken = put('broken', { ...CERTIFICATION, files: [{ name: 'a.cedar', text: '\npermit (principal' }] })
    const { code, said } = await remit('sam', 'policy', 'validate', broken)
    expect([code, said]).toEqual([1, expect.stringMatching(/^a\.cedar:2:\d+: fault \(syntax\): /)])
    const entities =
      '[\n  {"uid": {"type": "user", "id": "a"}, "attrs": {}, "parents": [{"type": "team", "id": "lost"}]}\n]'
    const twice = put('twice', { ...CERTIFICATION, entities, files: [{ name: 'a.cedar', text: 'permit (principal' }] })
    const all = await remit('sam', 'policy', 'validate', twice)
    expect(all).toMatchObject({ code: 1, said: expect.stringMatching(/^a\.cedar:1:\d+: fault \(syntax\): /) })
    expect(all.said).toMatch(/\nentities\.json:2:3: fault \(form\): The entity user::"a" lies in team::"lost"/)
    expect(all.said).toMatch(/\n2 faults; nothing/)
    const strange = put('strange', CERTIFICATION, { ...CASE, subject: { type: 'user' } })
    expect(await remit('sam', 'policy', 'validate', strange)).toMatchObject({
      code: 1,
      said: expect.stringMatching(/fault \(test\): case 1 \(a writer writes\) needs a subject with type and id/),
    })
    expect(await remit('sam', 'policy', 'validate', put('right', CERTIFICATION, CASE))).toEqual({
      code: 0,
      said: '4 policies are valid.',
    })
  })

  it('test: what was expected and what came, and publish refuses what fails', async () => {
    const failing = put('failing', CLOSED)
    const [one, two] = [CASE, { ...CASE, name: 'twice' }].map((each) => JSON.stringify(each))
    writeFileSync(join(failing, 'records.test.json'), `{"cases": [\n  ${one},\n\n  ${two}\n]}`)
    const { code, said } = await remit('sam', 'policy', 'test', failing)
    expect(code).toBe(1)
    expect(said).toMatch(/expected permit by records:write\n {4}came {5}denial by records:closed/)
    expect(said).toMatch(/^records\.test\.json:2:3: "a writer writes"\n[\s\S]*\nrecords\.test\.json:4:3: twice\n/)
    expect(await remit('ada', 'policy', 'publish', failing, '--reason', 'x')).toMatchObject({
      code: 1,
      said: expect.stringMatching(
        /^remit: records\.test\.json:2:3: "a writer writes": [^\n]* And 1 more\. \(entry #\d+\)\n +records\.test\.json:4:3: fault \(test\): "twice"[^\n]*\n +`remit policy test/,
      ),
    })
    const broken = put('broken-case', CERTIFICATION, CASE, { ...CASE, subject: { type: 'user' } })
    expect((await remit('sam', 'policy', 'test', broken)).said.match(/needs a subject/g)).toHaveLength(1)
    const shut = put('shut', { ...CERTIFICATION, files: [{ name: 'a.cedar', text: 'permit (principal' }] }, CASE)
    const { said: faulty } = await remit('sam', 'policy', 'test', shut)
    expect(faulty.match(/a\.cedar:1:\d+/g)).toHaveLength(1)
    expect(await remit('sam', 'policy', 'test', put('right', CERTIFICATION, CASE))).toMatchObject({ code: 0 })
    expect(await remit('sam', 'policy', 'test', put('untested', CERTIFICATION))).toMatchObject({
      code: 1,
      said: expect.stringContaining('no case to test'),
    })
  })

  it('diff: policies and entities, by what they were and are', async () => {
    const closed = await remit('lin', 'policy', 'diff', put('closed', CLOSED))
    expect(closed).toMatchObject({ code: 0, said: expect.stringMatching(/^added records:closed: tightens/) })
    expect(closed.said).toMatch(/1 change against version 1\. It may allow what was denied before/)
    const demoted = (await remit('lin', 'policy', 'diff', put('demoted', DEMOTED))).said
    expect(demoted).toMatch(/^changed user::"bob": loosens[\s\S]*- .*"admin"[\s\S]*\+ .*"guest"/)
    expect((await remit('lin', 'policy', 'diff', put('same', CERTIFICATION), '1')).said).toBe(
      'Nothing differs from version 1.',
    )
    expect(await remit('lin', 'policy', 'diff', put('same', CERTIFICATION), '9')).toMatchObject({ code: 1 })
  })

  it('replay: by the version that decided the same, and by others what entities and policies would change', async () => {
    expect([
      await ask('alice', 'write', 'record-1'),
      await ask('bob', 'write', 'record-2'),
      await ask('bob', 'write', 'record-2', { properties: { role: 'admin' } }),
      await ask('mallory', 'read', 'record-1'),
      await ask('not a type', 'read', 'record-1', { type: 'not a type' }),
    ]).toEqual([true, true, true, false, false])
    const same = (await remit('lin', 'policy', 'replay', '--since', '1h')).said
    expect(same).toMatch(/^0 of 4 decisions would change/)
    expect(same).toMatch(/^4 came out the same/m)
    expect(same).toMatch(/^Not decided again: 1 decision was asked in another form/m)
    const closed = (await remit('lin', 'policy', 'replay', put('closed', CLOSED), '--since', '1h')).said
    expect(closed).toMatch(/^3 of 4 decisions would change/)
    expect(closed).toMatch(/permit +denied +records:closed +3/)
    // what bob said of himself he said; what was kept of him is as the candidate keeps it
    const demoted = (await remit('lin', 'policy', 'replay', put('demoted', DEMOTED), '--since', '1h')).said
    expect(demoted).toMatch(/^1 of 4 decisions would change/)
    expect(demoted).toMatch(/permit +denied +policy:no-match +1/)
  })

  it('why: the domain is named, with the rule that decided in it', async () => {
    const { lin } = house.people
    const { context } = await lin.client.domains.of('records').evaluate({
      subject: { type: 'user', id: 'alice' },
      action: { name: 'read' },
      resource: { type: 'record', id: 'record-1' },
    })
    const { explanation } = await lin.client.entries.why(Number(context.entry))
    expect(explanation).toMatchObject({ domain: 'records' })
    expect(explanation.sentences.join('\n')).toMatch(/It was asked of the domain records\.[\s\S]*by records:read/)
    const { entries } = await lin.client.entries.list({ limit: 200, from: 0 })
    const published = entries.find(({ entry }) => entry.kind === 'policy.published')
    const why = await lin.client.entries.why(published?.index ?? -1)
    expect(why.explanation.sentences.join('\n')).toContain('It is of the domain records.')
    const own = await lin.client.entries.why(0)
    expect(own.explanation).toMatchObject({ domain: null })
  })

  it('replay: what comes to the same by another rule is told apart', async () => {
    const files = CERTIFICATION.files.map(({ name, text }) => ({
      name,
      text: text.replaceAll('records:read', 'records:reads-all'),
    }))
    const renamed = put('renamed', { ...CERTIFICATION, files })
    const { said } = await remit('lin', 'policy', 'replay', renamed, '--since', '1h')
    expect(said).toMatch(/^0 of \d+ decisions would change/)
    expect(said).toMatch(/^1 more comes to the same by other rules\./m)
    expect(said).toMatch(/permit +permit +records:reads-all +1/)
  })

  it('shadow: it changes no answer, and shows what it would have answered', async () => {
    expect(await remit('lin', 'policy', 'shadow')).toMatchObject({ code: 1 })
    const closed = put('closed', CLOSED)
    const { said } = await remit('ada', 'policy', 'publish', closed, '--reason', 'To see', '--shadow')
    expect(said).toMatch(/^Version 2 of the domain records is observed from now on\./)
    expect(said).toContain('remit policy shadow --domain records. For good: remit policy rollback 2 --domain records ')
    expect((await remit('lin', 'policy', 'shadow')).said).toContain('No decision was made beside it yet')
    expect([await ask('alice', 'write', 'record-1'), await ask('alice', 'read', 'record-1')]).toEqual([true, true])
    const shown = (await remit('lin', 'policy', 'shadow')).said
    expect(shown).toMatch(/^1 of 2 decisions differs /m)
    expect(shown).toMatch(/permit +denied +records:closed +1/)
    // what is observed is observed after a restart too
    await house.stop()
    await house.start()
    await ask('alice', 'write', 'record-1')
    expect((await remit('lin', 'policy', 'shadow')).said).toMatch(/^2 of 3 decisions differ/m)
  })

  it('coverage: actions that no policy permits, and rules that decided nothing', async () => {
    const { code, said } = await remit('lin', 'policy', 'coverage')
    expect([code, said]).toEqual([0, expect.stringMatching(/^Version 1 of the domain records decides\.\n/)])
    expect(said).toContain('Every action can be permitted by some policy.')
    expect(said).toMatch(/Rules that decided nothing in the entries #0 to #\d+:\n {2}records:/)
    expect(said).not.toMatch(/^ {2}records:read$/m)
    const { unpermitted, rules } = await house.people.lin.client.domains.coverage('records')
    expect([unpermitted, rules.find(({ id }) => id === 'records:read')?.hits]).toEqual([[], expect.any(Number)])
    expect(await remit('sam', 'policy', 'coverage')).toMatchObject({ code: 1, said: expect.stringContaining('role') })
    const schema = `entity user, record; action all; action read in [all] appliesTo { principal: user, resource: record };
      action burn appliesTo { principal: user, resource: record };`
    const some =
      'permit (principal, action in Action::"all", resource); forbid (principal, action == Action::"burn", resource);'
    await publishDomain(house, 'partly', { schema, entities: null, files: [{ name: 'a.cedar', text: some }] })
    expect(await house.people.lin.client.domains.coverage('partly')).toMatchObject({
      version: 1,
      unpermitted: ['burn'],
      rules: [
        { id: 'a.cedar#1', hits: 0, lastEntry: null },
        { id: 'a.cedar#2', hits: 0, lastEntry: null },
      ],
    })
  })

  it('coverage and the doctor: a policy that cannot be evaluated is told by its domain', async () => {
    const { ada, lin } = house.people
    const errs = 'permit (principal, action, resource); forbid (principal, action, resource) when { principal.x > 1 };'
    await publishDomain(house, 'failing', { schema: null, entities: null, files: [{ name: 'a.cedar', text: errs }] })
    const [subject, resource] = [
      { type: 'user', id: 'a' },
      { type: 'record', id: 'r' },
    ]
    const asked = await lin.client.domains.of('failing').evaluate({ subject, action: { name: 'read' }, resource })
    expect(asked.decision).toBe(false)
    const { faults } = await lin.client.domains.coverage('failing')
    expect(faults).toMatchObject([{ domain: 'failing', id: 'a.cedar#2', what: 'error', times: 1 }])
    expect((await lin.client.domains.coverage('records')).faults).toEqual([])
    expect((await lin.client.policies.coverage()).faults).toEqual([])
    expect(JSON.stringify(await ada.client.doctor.check())).toContain('a.cedar#2 of the domain failing could not be')
  })

  it('what names a domain that is not there is an error, and says what lists them', async () => {
    const run = async (...words: readonly string[]) => {
      const environment = readEnvironment({
        XDG_CONFIG_HOME: folder,
        REMIT_URL: house.url,
        REMIT_SESSION: house.people.lin.session,
      })
      const lines: string[] = []
      const terminal = { print: (text: string) => lines.push(text), warn: (text: string) => lines.push(text) }
      const code = await runCommandLine(words, environment, { ...terminal, paint: (_, text) => text, columns: 160 })
      return { code, said: lines.join('\n') }
    }
    for (const words of [['history'], ['show'], ['show', '1'], ['coverage'], ['shadow'], ['replay', '--since', '1h']])
      expect(await run('policy', ...words, '--domain', 'nothing')).toEqual({
        code: 1,
        said: expect.stringContaining('`remit policy domains` lists the domains.'),
      })
    expect((await run('policy', 'domains')).said).toMatch(/^records +1 +2 +[0-9a-f]{64} +#\d+$/m)
    expect((await run('policy', 'domains')).said).toMatch(/^remit +1 /m)
  })

  it('publish and rollback: the older version decides again once people have said yes', async () => {
    const put2 = await remit('grace', 'policy', 'publish', put('closed', CLOSED), '--reason', 'A freeze')
    expect(put2).toMatchObject({ code: 0 })
    await approve(put2.said)
    expect(await ask('alice', 'write', 'record-1')).toBe(false)
    // it was observed until it decided
    expect((await remit('lin', 'policy', 'shadow', '2')).said).toMatch(/^2 of 3 decisions differ/m)
    const back = await remit('grace', 'policy', 'rollback', '1', '--reason', 'The freeze is over')
    expect(back.said).toMatch(/^Version 4 of the domain records is put up\./)
    await approve(back.said)
    expect(await ask('alice', 'write', 'record-1')).toBe(true)
    expect((await remit('lin', 'policy', 'history')).said).toMatch(/^4 +enforced +loosens .*The freeze is over/m)
    expect(await remit('grace', 'policy', 'rollback', '77', '--reason', 'x')).toMatchObject({
      code: 1,
      said: expect.stringContaining('There is no such version of a domain'),
    })
    expect(await remit('sam', 'policy', 'rollback', '1', '--reason', 'x')).toMatchObject({ code: 1 })
  })

  it.each<readonly [string, ...string[]]>([
    ['diff', 'right'],
    ['show', '1'],
    ['history'],
    ['replay', '--since', '1h'],
    ['shadow'],
  ])(
    '%s is for those who read what is published, and tells others not even that it is there',
    async (verb, ...more) => {
      const words = more.map((word) => (word === 'right' ? put('right', CERTIFICATION) : word))
      const { code, said } = await remit('sam', 'policy', verb, ...words)
      expect([code, said]).toEqual([1, expect.stringContaining('one of the roles: admin, approver, auditor')])
    },
  )
})
