import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readEnvironment } from '../../cli/environment.ts'
import { runCommandLine } from '../../cli/main.ts'
import { CERTIFICATION, filesOf } from '../authzen/certification.ts'
import { type House, startHouse } from '../house.ts'

const POLICY = `@id("acme:no-friday-deploys")
@sentence("Nothing is deployed on behalf of the weekly release after it has begun.")
forbid (
  principal is Remit::Identity,
  action == Remit::Action::"deploy",
  resource is Remit::Resource
)
when { context.task.goal like "*weekly release*" };
`
const CASE = {
  name: 'the weekly release is left alone',
  action: 'deploy',
  principal: { tier: 'T3' },
  task: { goal: 'after the weekly release' },
  expect: 'denial',
  by: ['acme:no-friday-deploys'],
}

describe('the commands of policies', () => {
  let house: House
  const folder = mkdtempSync(join(tmpdir(), 'remit-policy-commands-'))
  const policies = join(folder, 'policies')
  const put = (name: string, text: string): void => writeFileSync(join(policies, name), text)
  const putCases = (...cases: readonly object[]): void => put('deploys.test.json', JSON.stringify({ cases }))

  async function remit(who: keyof House['people'], ...words: readonly string[]) {
    const lines: string[] = []
    const { session } = house.people[who]
    const environment = readEnvironment({ XDG_CONFIG_HOME: folder, REMIT_URL: house.url, REMIT_SESSION: session })
    const code = await runCommandLine(words, environment, {
      print: (text) => lines.push(text),
      warn: (text) => lines.push(text),
      paint: (_, text) => text,
      columns: 100,
    })
    return { code, said: lines.join('\n') }
  }

  beforeAll(async () => {
    mkdirSync(policies)
    house = await startHouse()
  })
  afterAll(async () => {
    await house.end()
    rmSync(folder, { recursive: true, force: true })
  })

  it('say that a folder holds nothing, or is none', async () => {
    expect(await remit('sam', 'policy', 'validate', policies)).toMatchObject({
      code: 1,
      said: expect.stringMatching(/holds no \*\.cedar file/),
    })
    expect(await remit('sam', 'policy', 'validate', join(folder, 'nowhere'))).toMatchObject({
      code: 1,
      said: expect.stringMatching(/cannot be read/),
    })
  })

  it('validate: every fault at its place, then that all is well', async () => {
    put('deploys.cedar', POLICY.replace('goal', 'gaol'))
    put('more.cedar', POLICY.replace('no-friday', 'no-monday').replace('Remit::Resource', 'Remit::Resuorce'))
    const { code, said } = await remit('sam', 'policy', 'validate', policies)
    expect(code).toBe(1)
    expect(said).toMatch(/^more\.cedar:6:\d+: fault \(validation\): acme:no-monday-deploys: .*\n {4}did you mean/m)
    expect(said).toMatch(/^deploys\.cedar:8:\d+: fault \(validation\).*\n {4}did you mean `goal`/m)
    rmSync(join(policies, 'more.cedar'))
    put('deploys.cedar', POLICY)
    expect(await remit('sam', 'policy', 'validate', policies)).toMatchObject({
      code: 0,
      said: expect.stringMatching(/^\d+ policies are valid/),
    })
    put('deploys.test.json', '{"cases": [], "cases": []}')
    expect(await remit('sam', 'policy', 'validate', policies)).toMatchObject({
      code: 1,
      said: expect.stringMatching(/^deploys\.test\.json:1:\d+: fault \(test\): "cases" stands twice/),
    })
  })

  it('test: what was expected and what came, and publish refuses what fails', async () => {
    putCases(CASE, { ...CASE, name: 'others', principal: { tier: 'T2' }, by: [] })
    const { code, said } = await remit('sam', 'policy', 'test', policies)
    expect(code).toBe(1)
    expect(said).toMatch(
      /expected denial by no policy\n {4}came {5}denial by acme:no-friday-deploys, tier:operator-deploys/,
    )
    const refused = await remit('ada', 'policy', 'publish', policies, '--reason', 'x')
    expect(refused).toMatchObject({
      code: 1,
      said: expect.stringMatching(/^remit: deploys\.test\.json:1:\d+: "others"/),
    })
    expect(refused.said).toMatch(/`remit policy test <folder>` shows every case that fails\.$/)
    put('deploys.test.json', '{"cases": [{ }, ]}')
    const broken = await remit('sam', 'policy', 'test', policies)
    expect(broken).toMatchObject({ code: 1, said: expect.stringContaining('this is no JSON') })
    expect(broken.said).not.toContain('remit policy test') // it is what was run
    putCases(CASE)
    expect(await remit('sam', 'policy', 'test', policies)).toEqual({
      code: 0,
      said: '1 case came out as expected.',
    })
  })

  it('diff, publish and approve: then they decide', async () => {
    expect(await remit('grace', 'policy', 'diff', policies)).toMatchObject({
      code: 0,
      said: expect.stringMatching(/^added acme:no-friday-deploys: tightens[\s\S]*one approver must say yes\.$/),
    })
    const { code, said } = await remit('ada', 'policy', 'publish', policies, '--reason', 'The release is sacred')
    expect(code).toBe(0)
    const [, approval = ''] = /remit approve (apr_\w+)/.exec(said) ?? []
    expect(await remit('grace', 'approvals')).toMatchObject({ said: expect.stringContaining('The release is sacred') })
    expect(await remit('ada', 'approve', approval, '--reason', 'Mine')).toMatchObject({ code: 1 })
    expect(await remit('grace', 'approve', approval, '--reason', 'Agreed')).toMatchObject({
      code: 0,
      said: expect.stringMatching(/policies in force/),
    })
    expect((await remit('sam', 'policy')).said).toMatch(/^version 2 {2}[0-9a-f]{64} {2}since/)
    expect((await remit('grace', 'policy', 'diff', policies)).said).toBe('Nothing differs from version 2.')
    expect((await remit('grace', 'policy', 'show')).said).toContain(`// deploys.cedar:1\n${POLICY.trim()}`)
  })

  it('rollback and history: who, who said yes, and why', async () => {
    const { said } = await remit('grace', 'policy', 'rollback', '1', '--reason', 'It was too strict')
    const [, approval = ''] = /remit approve (apr_\w+)/.exec(said) ?? []
    expect(said).toContain('an administrator and an approver')
    await remit('ada', 'approve', approval, '--reason', 'So it was')
    await remit('lin', 'approve', approval, '--reason', 'Yes')
    const history = (await remit('sam', 'policy', 'history')).said
    expect(history).toMatch(/^1 +superseded .* the folder/m)
    expect(history).toMatch(
      /^2 +superseded +tightens .* First administrator +grace \(security\) +The release is sacred/m,
    )
    expect(history).toMatch(/^3 +enforced +loosens .* grace +First administrator \(admin\), lin \(security\)/m)
  })

  it('publish in shadow waits for nobody', async () => {
    const { said } = await remit('ada', 'policy', 'publish', policies, '--reason', 'To see', '--shadow')
    expect(said).toMatch(
      /^Version 4 is observed from now on\. {2}#\d+[\s\S]*: remit policy shadow\. .*remit policy rollback 4 /,
    )
    expect((await remit('sam', 'policy')).said).toMatch(/in shadow: version 4/)
  })

  it('publish --domain puts a whole folder up for another application, and observes nothing beside nothing', async () => {
    const records = join(folder, 'records')
    mkdirSync(records)
    for (const { name, text } of filesOf(CERTIFICATION)) writeFileSync(join(records, name), text)
    const publish = ['policy', 'publish', records, '--domain', 'records', '--reason', 'For the records'] as const
    expect(await remit('ada', ...publish, '--shadow')).toMatchObject({
      code: 1,
      said: expect.stringContaining('No version of the domain records decides'),
    })
    const { code, said } = await remit('ada', ...publish)
    expect([code, said]).toEqual([0, expect.stringMatching(/^Version 1 of the domain records is put up\. {2}#\d+/)])
    const { approvals } = await house.people.lin.client.approvals.list({ state: 'pending' })
    const approval = approvals.find(({ subjectId }) => subjectId === 'records/000001')
    expect(approval?.asked).toMatchObject({ domain: 'records', policies: 4, entities: 6, hasSchema: false })
    // whoever answers for it reads what it says
    expect((await remit('lin', 'approvals')).said).toContain('remit policy show 1 --domain records')
    const shown = (await remit('lin', 'policy', 'show', '1', '--domain', 'records')).said
    expect(shown).toMatch(/^version +1, proposed/)
    for (const { name, text } of filesOf(CERTIFICATION)) expect(shown).toContain(`// ${name}\n${text.trimEnd()}`)
    expect((await remit('lin', 'policy', 'history', '--domain', 'records')).said).toMatch(/^1 +proposed +loosens/m)
    expect(await remit('lin', 'policy', 'show', '--domain', 'records')).toMatchObject({
      code: 1,
      said: expect.stringContaining('No version of a domain records decides.'),
    })
    for (const words of [
      ['2', '--domain', 'records'],
      ['1', '--domain', 'nothing'],
    ])
      expect((await remit('lin', 'policy', 'show', ...words)).said).toContain('There is no such version of a domain')
    writeFileSync(join(records, 'entities.json'), '[{]')
    const broken = (await remit('ada', ...publish)).said
    expect(broken).toMatch(/The entities are no JSON/)
    expect(broken).toContain('`remit policy validate <folder> --domain records` shows every fault')
  })

  it('say no to what is too large, here and at the door', async () => {
    put('large.cedar', `// ${'x'.repeat(5 * 1024 * 1024)}`)
    expect(await remit('ada', 'policy', 'validate', policies)).toMatchObject({
      code: 1,
      said: expect.stringMatching(/have \d+ bytes, and 1048576 are the most/),
    })
    rmSync(join(policies, 'large.cedar'))
    const body = JSON.stringify({ files: [{ name: 'a.cedar', text: 'x'.repeat(5 * 1024 * 1024) }] })
    const headers = { authorization: `Bearer ${house.people.ada.session}`, 'content-type': 'application/json' }
    const answer = await house.fetch(`${house.url}/api/v1/policies/validate`, { method: 'POST', headers, body })
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([413, 'body_too_large'])
  })
})
