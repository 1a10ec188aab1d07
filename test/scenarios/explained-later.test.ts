import { copyFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { PolicyFile } from '../../sdk/policy-answers.ts'
import { systemClock } from '../../src/ground/clock.ts'
import { createIds } from '../../src/ground/ids.ts'
import type { Explanation } from '../../src/prove/explanation.ts'
import { explainEntry } from '../../src/prove/why.ts'
import { COLUMNS } from '../../src/store/schema.ts'
import { openStore } from '../../src/store/store.ts'
import { type House, startHouse } from '../house.ts'
import { searchBy } from '../prove/memory-cards.ts'
import { type Actor, codeOf, enter, furnish, makeSummariser, openTask, register, verdictOf } from './cast.ts'
import { sayAs } from './say-as.ts'

const noPlans = (lead: string, sentence: string): PolicyFile => ({
  name: 'plans.cedar',
  text: `${lead}@id("acme:no-plans")\n@sentence("${sentence}")\nforbid (principal is Remit::Identity, action == Remit::Action::"read", resource is Remit::Resource)\nwhen { resource.name like "docs:internal/*" };\n`,
})

describe('an entry that is explained long after', () => {
  let house: House
  let actor: Actor
  let denied: number
  let permitted: number

  const publish = async (file: PolicyFile): Promise<void> => {
    const { ada, lin } = house.people
    const { approval } = await ada.client.policies.publish([file], { reason: 'a rule' })
    for (const seat of approval?.seats ?? [])
      await (seat === 'admin' ? house.people.grace : lin).client.approvals.vote(approval?.id ?? '', 'approve', 'right')
  }
  const explain = async (entry: number): Promise<Explanation> =>
    (await house.people.lin.client.entries.why(entry)).explanation as unknown as Explanation
  const run = (...words: readonly string[]) => sayAs(house, house.people.lin, words)

  beforeAll(async () => {
    house = await startHouse()
    await furnish(house)
    actor = makeSummariser(house)
    await register(house, actor)
    await publish(noPlans('// Plans are secret.\n\n', 'Nobody reads plans.'))
    const { gateway } = await enter(actor, await openTask(house, actor))
    const verdicts = [
      verdictOf(await gateway.call('read_text_file', { path: 'internal/plans.md' })),
      verdictOf(await gateway.call('read_text_file', { path: 'public/handbook.md' })),
    ]
    await gateway.close()
    if (verdicts.join() !== 'denied,permitted') throw new Error(`the calls were ${verdicts.join()}`)
    const { entries } = await house.people.lin.client.entries.list({ limit: 200 })
    const calls = entries.filter(({ entry }) => entry.data['decision'] === 'call')
    ;[denied = -1, permitted = -1] = calls.map(({ index }) => index)
    await publish(noPlans('', 'Plans are read by nobody.'))
    await publish(noPlans('// Anew.\n// And anew.\n', 'Plans are not read.'))
    await house.stop()
    await house.start()
  })
  afterAll(() => house.end(30))

  it('shows the rule as it was, with the file and the line where it stood, and not as it is', async () => {
    const why = await explain(denied)
    expect(why.rules).toEqual([
      {
        rule: 'acme:no-plans',
        sentence: 'Nobody reads plans.',
        text: expect.stringContaining('Nobody reads plans.'),
        file: 'plans.cedar',
        line: 3,
      },
    ])
    const { ada, lin } = house.people
    expect(why.version).toEqual({ number: 2, publishedBy: [ada.id], approvedBy: [lin.id], reason: 'a rule' })
    expect(why.sentences).toContain(
      `The policy set that decided has the digest ${why.policy}: version 2, published by person ${ada.id} ("a rule") with a yes of person ${lin.id}.`,
    )
    expect(why.policy).not.toBe((await house.people.lin.client.policies.inForce()).digest)
    expect(why.sentences).toContain('It was denied by acme:no-plans (plans.cedar, line 3): "Nobody reads plans."')
    const [, shipped] = (await explain(permitted)).rules
    expect(shipped).toMatchObject({ rule: 'base:call', file: 'base.cedar', line: expect.any(Number) })
  })

  it('shows all that the policies saw, the chain with its bounds, and budget and labels before and after', async () => {
    const why = await explain(permitted)
    if (!why.asked.told) throw new Error(why.asked.because)
    const [question, ...others] = why.asked.questions
    expect(others).toEqual([])
    expect(question).toMatchObject({
      principal: { type: 'Remit::Identity' },
      action: { type: 'Remit::Action', id: 'read' },
      resource: { type: 'Remit::Resource', id: 'docs:public/handbook.md' },
    })
    expect(question?.entities.find(({ uid }) => uid.type === 'Remit::Resource')?.attrs).toMatchObject({
      sensitivity: { name: 'public', rank: 0 },
    })
    const [hop] = why.chain
    expect(hop?.stand).toMatchObject({ ceiling: 'internal', confidentiality: 'public', integrity: 'trusted' })
    expect(hop?.stand?.budget).toContainEqual({ what: 'calls', before: 0, after: 1, max: expect.any(Number) })
    expect(hop?.stand?.budget).toContainEqual({ what: 'writes', before: 0, after: 0, max: expect.any(Number) })
    expect(why.labels).toMatchObject({ before: { confidentiality: 'public' }, after: { confidentiality: 'public' } })
    expect([why.nearest, why.ask, why.shadow]).toEqual([[], null, null])
    expect(why.sentences.join('\n')).toMatch(
      /The bounds of docs-summariser in tsk_\w+: up to internal data, .*calls 0 before it and 1 after it of \d+/,
    )
  })

  it('says of a denial how to ask, and that nothing was spent', async () => {
    const why = await explain(denied)
    expect(why.ask).toEqual({ sentence: expect.stringContaining('keep the policies'), approvalId: null })
    expect(why.chain[0]?.stand?.budget).toContainEqual({ what: 'calls', before: 0, after: 0, max: expect.any(Number) })
    expect(why.labels?.after).toEqual(why.labels?.before)
  })

  it('says which version it was also where the same set came into force anew, and where nobody published it', async () => {
    const { entries } = await house.people.lin.client.entries.list({ limit: 200 })
    const opened = entries.findLast(({ entry }) => entry.data['decision'] === 'task')
    expect((await explain(opened?.index ?? -1)).version).toMatchObject({ number: 2 })
    const first = entries.find(({ entry }) => entry.kind === 'policy.loaded')
    expect((await explain(first?.index ?? -1)).version).toBeNull()
  })

  it('is readable in a terminal, and as JSON', async () => {
    const { code, said } = await run('why', `#${denied}`)
    expect(code).toBe(0)
    expect(said).toContain('\nacme:no-plans  plans.cedar:3\n  @id("acme:no-plans")\n')
    expect(said).toMatch(
      /\nThe policies were asked about Identity::"idn_\w+" Action::"read" Resource::"docs:internal\/plans.md"\n {2}.*environment: "production"/,
    )
    expect(said).toMatch(/They were told of Resource::"docs:internal\/plans.md"\n {2}.*sensitivity: internal/)
    expect(said).toMatch(/ now: \d{4}-\d\d-\d\dT[\d:.]+Z, /)
    expect(said).not.toMatch(/ history: | here: |done before/) // no policy looks at it
    const { explanation } = JSON.parse((await run('why', String(denied), '--json')).said) as {
      explanation: Explanation
    }
    const { sentences, ...rest } = await explain(denied)
    expect(explanation).toEqual({ ...rest, sentences: expect.arrayContaining([sentences[0]]) })
    expect(explanation.sentences.join('\n')).toMatch(
      / is active, owner "First administrator" \(psn_\w+\), sponsor grace \(psn_/,
    )
    expect(explanation.sentences).toHaveLength(sentences.length)
  })

  it('says why it does not tell what was asked where a law decided, and of what is no decision', async () => {
    const { gateway } = await enter(actor, await openTask(house, actor))
    expect(verdictOf(await gateway.call('read_text_file', { path: 'confidential/salaries.csv' }))).toBe(
      'ceiling_exceeded',
    )
    await gateway.close()
    const { entries } = await house.people.lin.client.entries.list({ limit: 200 })
    const last = entries.findLast(({ entry }) => entry.data['decision'] === 'call')
    const why = await explain(last?.index ?? -1)
    expect(why.asked).toEqual({ told: false, because: 'law' })
    expect(why.rules).toMatchObject([{ rule: 'law:ceiling', text: null, file: null, line: null }])
    expect(why.chain[0]?.stand).toMatchObject({ ceiling: 'internal' })
    expect((await run('why', String(last?.index))).said).toContain('No policy was asked: a law decided.')
    expect((await explain(0)).asked).toEqual({ told: false, because: 'no-decision' })
    expect(await codeOf(house.people.lin.client.entries.why(999_999))).toBe('not_found')
  })

  it('is explained alike a year later from the log alone, with everything else gone', async () => {
    const [one, other] = [await explain(denied), await explain(permitted)]
    expect(one).toMatchObject({ outcome: 'denial', asked: { told: true }, ask: { sentence: expect.any(String) } })
    const { client } = house.people.lin
    const [log = ''] = (await client.log.key()).split('+', 1)
    const { org } = (await client.entries.show(0)).entry
    await house.stop()
    const file = join(house.dataDir, 'remit.db')
    copyFileSync(file, `${file}.whole`)
    const database = new DatabaseSync(file)
    for (const name of STATE) database.exec(`delete from ${name}`)
    database.close()
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 366 * 24 * 3_600_000 })
    const ids = createIds(systemClock.nowMs)
    const store = await openStore({ kind: 'sqlite', path: file }, { org, log }, systemClock, ids)
    const desk = { store: store.prove, policies: store.policies, search: searchBy(store.prove).search }
    const explained = [await explainEntry(desk, denied), await explainEntry(desk, permitted)]
    await store.close()
    vi.useRealTimers()
    renameSync(`${file}.whole`, file)
    expect(explained).toEqual([one, other])
  })
})

/** All state: everything but the log, and what it names by its digest: the texts of policies, and what these were asked. */
const STATE = Object.keys(COLUMNS).filter((name) => name !== 'payloads')
