import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccessToken } from '../../sdk/agent.ts'
import type { Envelope } from '../../sdk/nouns.ts'
import { type House, startHouse } from '../house.ts'
import { type Actor, codeOf, enter, furnish, makeSummariser, openTask, register } from '../scenarios/cast.ts'
import { sayAs } from '../scenarios/say-as.ts'
import { callTool, post, verdictOn } from './intruder.ts'

let house: House
let actor: Actor

beforeAll(async () => {
  house = await startHouse()
  await furnish(house)
  const plain = makeSummariser(house, 'reads-on-request')
  actor = { ...plain, entitlements: plain.entitlements.map((row) => ({ ...row, approval: 'each-call' })) }
  await register(house, actor)
})

afterAll(async () => void (await house.end()))

const budget = { callsMax: 1_000, writesMax: 0, bytesMax: 10_000_000 }
const asked = { path: 'public/handbook.md', head: 3 }
const wide: Envelope = {
  usesMax: 5,
  lifeSeconds: 600,
  terms: [{ name: 'head', atMost: 10 }],
  resources: ['docs:public/*'],
  total: null,
}

const call = async (token: AccessToken, args: object | string): Promise<string> => {
  const text = typeof args === 'string' ? args : JSON.stringify(args)
  return verdictOn(await callTool(house, token, `{"name":"read_text_file","arguments":${text}}`))
}

/** Opens a task, has one call held, and gives the question about it. */
async function hold(args: object = asked): Promise<{ readonly token: AccessToken; readonly id: string }> {
  const { token, gateway } = await enter(actor, await openTask(house, actor, { budget }))
  await gateway.close()
  const held = await callTool(house, token, JSON.stringify({ name: 'read_text_file', arguments: args }))
  return { token, id: held.json.result?._meta?.['dev.remit/denial']?.ask?.approvalId ?? '' }
}

async function holdAndGive(envelope: Envelope = wide): Promise<{ readonly token: AccessToken; readonly id: string }> {
  const held = await hold()
  const { effect } = await house.people.lin.client.approvals.vote(held.id, 'approve', 'A few of these', envelope)
  expect(effect).toBe('call approved')
  return held
}

describe('an envelope of five', () => {
  it('lets exactly five of fifty calls at once through', async () => {
    const { token, id } = await holdAndGive()
    const verdicts = await Promise.all(Array.from({ length: 50 }, (_, at) => call(token, { ...asked, head: at % 10 })))
    expect(verdicts.filter((verdict) => verdict === 'permitted')).toHaveLength(5)
    const { use } = await house.people.lin.client.approvals.show(id)
    expect(use).toEqual({ uses: 5, spent: 0 })
    // the last of them did not know at first that it was the last
    expect(await house.people.lin.client.approvals.show(id)).toMatchObject({ approval: { state: 'used' }, over: null })
  })

  it('that is used up is told of by the answer to the next call, and is over by its state', async () => {
    const { token, id } = await holdAndGive()
    for (let at = 0; at < 5; at++) expect(await call(token, { ...asked, head: at })).toBe('permitted')
    const next = await callTool(house, token, JSON.stringify({ name: 'read_text_file', arguments: asked }))
    expect(next.text).toContain(`The envelope ${id} does not cover it: it is used up.`)
    expect(await house.people.lin.client.approvals.show(id)).toMatchObject({ approval: { state: 'used' }, over: null })
  })

  it('is told with each call that it lets through, and why names it', async () => {
    const { token, id } = await holdAndGive()
    const { json } = await callTool(house, token, JSON.stringify({ name: 'read_text_file', arguments: asked }))
    const permit = json.result?._meta?.['dev.remit/permit'] as { entry: number } | undefined
    const { explanation } = await house.people.lin.client.entries.why(permit?.entry ?? -1)
    expect(explanation['facts']).toMatchObject({ approvalId: id, envelope: { uses: [0, 5] } })
    expect(explanation.sentences.join('\n')).toContain('said yes to up to 5 calls like this in')
  })
})

describe('the total of an envelope', () => {
  it('is not passed by fifty calls at once', async () => {
    const { token, id } = await holdAndGive({ ...wide, usesMax: 50, total: { name: 'head', atMost: 20 } })
    const verdicts = await Promise.all(Array.from({ length: 50 }, () => call(token, { ...asked, head: 6 })))
    expect(verdicts.filter((verdict) => verdict === 'permitted')).toHaveLength(3)
    expect((await house.people.lin.client.approvals.show(id)).use).toEqual({ uses: 3, spent: 18_000_000 })
    expect(await call(token, { ...asked, head: 2 })).toBe('permitted')
    expect(await call(token, { ...asked, head: 1 })).toBe('approval_required')
    const { text } = await callTool(house, token, JSON.stringify({ name: 'read_text_file', arguments: asked }))
    expect(text).toMatch(/does not cover it: .*head.* comes to 20 at most all together, and 20 of that is used\./)
  })
})

describe('an argument cannot be smuggled past an envelope', () => {
  const path = JSON.stringify(asked.path)
  const rows: readonly (readonly [string, string, string])[] = [
    ['a larger number', `{"path":${path},"head":11}`, 'approval_required'],
    ['a number written with an exponent', `{"path":${path},"head":1e2}`, 'approval_required'],
    ['a number as a text', `{"path":${path},"head":"3"}`, 'approval_required'],
    ['a number in a list', `{"path":${path},"head":[3]}`, 'approval_required'],
    ['a number in an object', `{"path":${path},"head":{"value":3}}`, 'approval_required'],
    ['a number that others read as another one', `{"path":${path},"head":9007199254740993}`, 'request_invalid'],
    ['a number beyond all numbers', `{"path":${path},"head":1e999}`, 'request_invalid'],
    ['a name twice', `{"path":${path},"head":3,"head":100}`, 'body_malformed'],
    ['a name that looks alike', `{"path":${path},"h\\u0435ad":3}`, 'approval_required'],
    ['one more argument', `{"path":${path},"head":3,"tail":3}`, 'approval_required'],
    ['a member of every object', `{"path":${path},"head":3,"__proto__":{"head":100}}`, 'body_malformed'],
    ['another folder', `{"path":"internal/plans.md","head":3}`, 'approval_required'],
    ['another folder by climbing', `{"path":"public/../internal/plans.md","head":3}`, 'request_invalid'],
    ['another folder by letters that look alike', `{"path":"\\uff50ublic/handbook.md","head":3}`, 'ceiling_exceeded'],
  ]
  it.each(rows)('as %s', async (_, text, code) => {
    const { token, id } = await holdAndGive()
    expect(await call(token, text)).toBe(code)
    expect((await house.people.lin.client.approvals.show(id)).use?.uses).toBe(0)
  })

  it('but the same number however it is written is the same', async () => {
    const { token } = await holdAndGive()
    for (const head of ['3.0', '0.3e1', '1e1'])
      expect(await call(token, `{"head":${head},"path":${path}}`)).toBe('permitted')
  })
})

describe('an envelope counts nowhere', () => {
  it('in another task of the same identity', async () => {
    const { token } = await holdAndGive()
    const other = await hold()
    expect(await call(token, asked)).toBe('permitted')
    expect(await call(other.token, asked)).toBe('approval_required')
  })

  it('once its tool was reviewed anew, even in the same words', async () => {
    const { token } = await holdAndGive()
    expect(await call(token, asked)).toBe('permitted')
    await furnish(house)
    expect(await call(token, asked)).toBe('approval_required')
  })

  it('once one of those who gave it has left, or approves nothing any more', async () => {
    for (const leave of ['left', 'demoted'] as const) {
      const { people } = house.people.ada.client
      const name = `giver-${leave}`
      const giver = await house.signIn(
        (await people.add({ name, email: `${name}@example.org`, roles: ['approver'] })).link,
      )
      const { token, id } = await hold()
      await giver.client.approvals.vote(id, 'approve', 'A few of these', wide)
      expect(await call(token, asked)).toBe('permitted')
      await (leave === 'left' ? people.leave(giver.id) : people.setRoles(giver.id, ['auditor']))
      expect(await call(token, asked)).toBe('approval_required')
      const { approvals } = house.people.ada.client
      const because = expect.stringContaining('somebody who gave it has left')
      expect((await approvals.list({ state: 'approved' })).over).toContainEqual({ approvalId: id, because })
      expect((await approvals.show(id)).over).toEqual(because)
      if (leave === 'left') continue
      await people.setRoles(giver.id, ['approver'])
      expect(await call(token, asked)).toBe('approval_required')
      const again = await hold()
      await giver.client.approvals.vote(again.id, 'approve', 'Anew', wide)
      await people.setRoles(giver.id, ['approver', 'auditor'])
      expect(await call(again.token, asked)).toBe('permitted')
    }
  })

  it('once it was taken back, by whichever approver, and that is on record', async () => {
    const { token, id } = await holdAndGive()
    const { grace, ada, sam } = house.people
    const { over = [] } = await ada.client.approvals.list({ state: 'approved' })
    expect(over.map(({ approvalId }) => approvalId)).not.toContain(id)
    expect(await call(token, asked)).toBe('permitted')
    for (const who of [ada, sam]) expect(await codeOf(who.client.approvals.withdraw(id, 'no'))).toBe('role_missing')
    const { entry } = await grace.client.approvals.withdraw(id, 'It read too much')
    expect(await call(token, asked)).toBe('approval_required')
    expect((await ada.client.entries.show(entry)).entry).toMatchObject({
      kind: 'approval.cancelled',
      actor: { id: grace.id },
      data: { approvalId: id, before: 'approved', reason: 'It read too much' },
    })
    expect(await codeOf(grace.client.approvals.withdraw(id, 'again'))).toBe('approval_closed')
  })

  it('lets nothing through that is decided after it was taken back, in a race of both', async () => {
    const { token, id } = await holdAndGive({ ...wide, usesMax: 30 })
    const taking = house.people.grace.client.approvals.withdraw(id, 'enough')
    const verdicts = await Promise.all(Array.from({ length: 20 }, () => call(token, asked)))
    const { entry } = await taking
    const permitted = verdicts.filter((verdict) => verdict === 'permitted').length
    expect((await house.people.lin.client.approvals.show(id)).use?.uses).toBe(permitted)
    const after = await house.people.ada.client.entries.list({ from: entry + 1 })
    expect(
      after.entries.filter(({ entry: { data } }) => data['approvalId'] === id && data['outcome'] === 'permit'),
    ).toEqual([])
  })

  it('once its task has ended, or was cut off', async () => {
    const { ada } = house.people
    const [ended, cut] = [await holdAndGive(), await holdAndGive()]
    await ada.client.tasks.revoke(ended.token.taskId, 'enough')
    await ada.client.cutoffs.make({ target: 'task', targetId: cut.token.taskId, because: 'enough' })
    for (const { token, id } of [ended, cut]) {
      expect(await call(token, asked)).not.toBe('permitted')
      expect((await ada.client.approvals.show(id)).approval.state).toBe('expired')
    }
  })
})

describe('an envelope is given', () => {
  it('by nobody who asked, and once', async () => {
    const { ada, lin, grace } = house.people
    const { id } = await hold()
    const give = (who: typeof ada): Promise<string> => codeOf(who.client.approvals.vote(id, 'approve', 'Fine', wide))
    expect(await give(ada)).toBe('self_approval')
    expect(await give(lin)).toBe('answered')
    expect(await give(grace)).toBe('approval_closed')
  })

  const odd: readonly (readonly [string, unknown])[] = [
    ['no uses', { ...wide, usesMax: 0 }],
    ['half a use', { ...wide, usesMax: 1.5 }],
    ['uses without end', { ...wide, usesMax: 100_000 }],
    ['no time', { ...wide, lifeSeconds: 0 }],
    ['a day', { ...wide, lifeSeconds: 86_400 }],
    ['a misspelt bound', { ...wide, most: 5 }],
    ['a most below nothing', { ...wide, terms: [{ name: 'head', atMost: -1 }] }],
    ['a term with two bounds', { ...wide, terms: [{ name: 'head', atMost: 5, any: true }] }],
    ['an argument that the call has not', { ...wide, terms: [{ name: 'tail', atMost: 5 }] }],
    ['a pattern with a star inside', { ...wide, resources: ['docs:*/a'] }],
    ['resources without the one asked about', { ...wide, resources: ['docs:internal/*'] }],
    ['terms without end', { ...wide, terms: Array.from({ length: 21 }, (_, at) => ({ name: `a${at}`, any: true })) }],
    [
      'values that fill the log',
      { ...wide, terms: [{ name: 'head', oneOf: ['x'.repeat(2_000), 'y'.repeat(2_000), 'z'] }] },
    ],
  ]
  it.each(odd)('never with %s', async (_, envelope) => {
    const { id } = await hold()
    const body = JSON.stringify({ verdict: 'approve', reason: 'Fine', envelope })
    const heard = await post(house, `/api/v1/approvals/${id}/votes`, house.people.lin.session, body)
    expect([heard.status, heard.json.code]).toEqual([400, 'request_invalid'])
    expect((await house.people.lin.client.approvals.show(id)).approval.state).toBe('pending')
  })
})

describe('a question about a call', () => {
  it('takes no yes once other policies decide, a no still, and is put anew when the call is sent again', async () => {
    const { lin, grace } = house.people
    const [first, other] = [await hold(), await hold()]
    const text = `@id("acme:calm") @sentence("Nobody is hurt.") forbid (principal is Remit::Identity, action == Remit::Action::"deploy", resource is Remit::Resource) when { principal.name == "nobody" };`
    const put = await lin.client.policies.publish([{ name: 'own.cedar', text }], { reason: 'calm' })
    await grace.client.approvals.vote(put.approval?.id ?? '', 'approve', 'yes')
    expect(await grace.client.approvals.show(first.id)).toMatchObject({ isOutdated: true })
    const { outdated } = await grace.client.approvals.list({ state: 'pending' })
    expect(outdated).toEqual(expect.arrayContaining([first.id, other.id]))
    const listed = (await sayAs(house, grace, ['approvals'], 400)).said
    expect(listed).toMatch(new RegExp(`${first.id} .*\\n +Other policies decide than when this was asked`))
    for (const envelope of [undefined, wide])
      expect(await codeOf(grace.client.approvals.vote(first.id, 'approve', 'yes', envelope))).toBe('approval_closed')
    expect(await grace.client.approvals.show(first.id)).toMatchObject({ approval: { state: 'pending', votes: [] } })
    await grace.client.approvals.vote(other.id, 'deny', 'no')
    expect(await call(first.token, asked)).toBe('approval_required')
    const { approvals } = await grace.client.approvals.list({ state: 'pending' })
    const anew = approvals.find(({ id, subjectId }) => subjectId === first.token.taskId && id !== first.id)
    expect(await grace.client.approvals.show(anew?.id ?? '')).toMatchObject({ isOutdated: false })
    await grace.client.approvals.vote(anew?.id ?? '', 'approve', 'yes')
    expect(await call(first.token, asked)).toBe('permitted')
  })
})
