import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readPackLines } from '../../sdk/pack-lines.ts'
import { verifyPack } from '../../sdk/verify-pack.ts'
import { type House, startHouse } from '../house.ts'
import { furnish, makeSummariser, openTask, register } from './cast.ts'

const ERRING = `@id("acme:erring")
@sentence("A task that asks for very much is not opened.")
forbid (principal is Remit::Identity, action == Remit::Action::"task", resource is Remit::Task)
when { resource.goal like "*much*" && resource.bytesMax * 9223372036854775807 > 0 };
`

describe('policies while they decide', () => {
  const folder = mkdtempSync(join(tmpdir(), 'remit-watched-'))
  let house: House
  let actor: ReturnType<typeof makeSummariser>
  const entries = async () => (await house.people.ada.client.entries.list({ limit: 200 })).entries
  const publish = async (text: string): Promise<void> => {
    const { ada, lin, grace } = house.people
    const put = await lin.client.policies.publish([{ name: 'own.cedar', text }], { reason: 'to see' })
    const { id = '', seats = [] } = put.approval ?? {}
    const voted = await grace.client.approvals.vote(id, 'approve', 'yes')
    const last = seats.includes('admin') ? await ada.client.approvals.vote(id, 'approve', 'yes') : voted
    expect(last.effect).toBe('policies in force')
  }

  beforeAll(async () => {
    writeFileSync(join(folder, 'own.cedar'), ERRING)
    house = await startHouse({ policiesDir: folder })
    await furnish(house)
    actor = makeSummariser(house)
    await register(house, actor)
  })
  afterAll(async () => {
    await house.end()
    rmSync(folder, { recursive: true, force: true })
  })

  it('that err deny, and people are told: in the log once a minute, by the doctor, and in the coverage', async () => {
    for (const goal of ['much', 'much', 'very much'])
      await expect(openTask(house, actor, { goal })).rejects.toThrow(/acme:erring|policy/)
    const faults = (await entries()).filter(({ entry }) => entry.kind === 'policy.faulted')
    expect(faults).toMatchObject([
      {
        entry: {
          subject: { id: 'acme:erring' },
          data: { what: 'error', sentence: expect.stringContaining('overflow') },
        },
      },
    ])
    const { checks } = await house.people.lin.client.doctor.check()
    expect(checks.find(({ name }) => name === 'policies')).toMatchObject({
      ok: false,
      sentence: expect.stringMatching(/acme:erring could not be evaluated, 3 times since the start/),
    })
    const coverage = await house.people.lin.client.policies.coverage()
    expect(coverage.faults).toMatchObject([{ id: 'acme:erring', what: 'error', times: 3 }])
  })

  it('that err are explained by their text and place: the denial, and what was noted of it', async () => {
    const all = await entries()
    const denied = all.find(({ entry }) => entry.data['code'] === 'policy_error')
    const noted = all.find(({ entry }) => entry.kind === 'policy.faulted')
    for (const [index, words] of [
      [
        denied?.index,
        /^It was denied by policy:error \(own\.cedar, line 1\): "A policy could not be evaluated: acme:erring: /,
      ],
      [noted?.index, /^What was noted of acme:erring \(own\.cedar, line 1\): "A policy could not .* overflow"/],
    ] as const) {
      const { explanation } = await house.people.lin.client.entries.why(index ?? -1)
      const said = explanation as { rules?: readonly { text: string | null }[]; sentences: readonly string[] }
      expect(said.sentences).toContainEqual(expect.stringMatching(words))
      expect(said.rules?.[0]?.text).toContain('9223372036854775807')
    }
  })

  it('are held against the tools that there are, and against what was decided', async () => {
    await openTask(house, actor)
    const { unreviewed, unreachable, rules, counted } = await house.people.lin.client.policies.coverage()
    expect(unreviewed).toContain('docs/create_directory')
    expect(unreviewed).not.toContain('docs/read_text_file')
    expect(unreachable).toEqual([])
    const hits = new Map(rules.map(({ id, hits: times }) => [id, times]))
    expect(hits.get('base:task')).toBeGreaterThan(0)
    expect(hits.get('guardrail:vendor-restricted')).toBe(0)
    expect(counted.from).toBe(0)
    await expect(house.people.sam.client.policies.coverage()).rejects.toMatchObject({ code: 'role_missing' })
  })

  it('that close a class of tools say which tools that closes', async () => {
    await publish(
      '@id("acme:closed") @sentence("Nothing is read.") forbid (principal is Remit::Identity, action in Remit::Action::"call", resource is Remit::Resource);',
    )
    const { unreachable } = await house.people.ada.client.policies.coverage()
    expect(unreachable).toContainEqual({ tool: 'docs/read_text_file', because: 'acme:closed forbids it, whoever asks' })
    const { checks } = await house.people.ada.client.doctor.check()
    expect(checks.find(({ name }) => name === 'policies')?.sentence).toMatch(
      /own\.cedar:1:1 \(acme:closed\): it forbids all/,
    )
  })

  it('that name a tool that nobody has reviewed say which, as it may be misspelt', async () => {
    await publish(
      '@id("acme:once") @sentence("x") forbid (principal, action in Remit::Action::"call", resource) when { context.tool.name == "docs/read_text_file" && context.here.permitted.hasTag("docs/read_txt_file") && context.history.permitted.hasTag("read") };',
    )
    const { unknown } = await house.people.ada.client.policies.coverage()
    expect(unknown).toEqual([{ policy: 'acme:once', tool: 'docs/read_txt_file' }])
  })

  it('that come into force while others ask are the only ones that permit from their entry on', async () => {
    await publish(
      '@id("acme:other") @sentence("x") forbid (principal, action, resource) when { principal.name == "nobody" };',
    )
    const before = await house.people.ada.client.policies.inForce()
    let isOver = false
    const ask = async (): Promise<number> => {
      let opened = 0
      while (!isOver) {
        await openTask(house, actor)
        opened += 1
      }
      return opened
    }
    const asking = Promise.all([ask(), ask(), ask(), ask()])
    for (const name of ['a', 'b', 'c'])
      await publish(
        `@id("acme:other") @sentence("x") forbid (principal, action, resource) when { principal.name == "nobody" };\n@id("acme:${name}") @sentence("x") forbid (principal, action, resource) when { principal.name == "${name}" };`,
      )
    isOver = true
    expect((await asking).every((opened) => opened > 0)).toBe(true)
    const { size } = await house.people.ada.client.entries.list({ limit: 1 })
    let inForce = before.digest
    let switched = 0
    for (let from = before.version.entry; from < size; from += 200) {
      for (const { entry } of (await house.people.ada.client.entries.list({ from, limit: 200 })).entries) {
        if (entry.kind === 'policy.published') {
          if (entry.policy !== inForce) switched += 1
          inForce = entry.policy ?? ''
        }
        if (entry.kind === 'decision.permit') expect(entry.policy).toBe(inForce)
      }
    }
    expect(switched).toBe(3)
  })

  it('are not brought into force by the yes of somebody who is not an approver any more', async () => {
    const { ada, lin, grace } = house.people
    const text =
      '@id("acme:more") @sentence("x") permit (principal, action, resource) when { principal.name == "nobody" };'
    const put = await grace.client.policies.publish([{ name: 'own.cedar', text }], { reason: 'to see' })
    expect(put.version.effect).toBe('loosens')
    const id = put.approval?.id ?? ''
    await lin.client.approvals.vote(id, 'approve', 'yes')
    await ada.client.people.setRoles(lin.id, ['auditor'])
    await expect(ada.client.approvals.vote(id, 'approve', 'yes')).rejects.toMatchObject({ code: 'approval_closed' })
    expect((await ada.client.policies.show(put.version.number)).version.state).toBe('proposed')
    await ada.client.people.setRoles(lin.id, ['approver', 'auditor'])
  })

  it('leave a log that somebody who trusts nobody can verify', async () => {
    const { client } = house.people.lin
    const report = await verifyPack(readPackLines(await client.evidence.pack()), await client.log.key())
    expect(report.failures).toEqual([])
    expect(report.policies.length).toBeGreaterThan(4)
  })
})
