import { describe, expect, it } from 'vitest'
import { setUpBench } from '../test/cli-bench.ts'

const bench = setUpBench()
const { run } = bench

const call = {
  action: {
    name: 'shop/refund',
    actionClass: 'write',
    resources: [{ id: 'shop:customers/c-17', sensitivity: 'internal' }],
    resultIntegrity: 'trusted',
    definitionDigest: null,
  },
  ruleVersion: 1,
  naming: ['customer'],
  arguments: [
    { name: 'customer', digest: 'a' },
    { name: 'amount', digest: 'b', number: 40 },
    { name: 'currency', digest: 'c' },
    { name: 'note', digest: 'd' },
  ],
  policyVersion: 'p',
  needs: ['law:each-call'],
}
const approval = {
  id: 'apr_1',
  subject: 'call',
  state: 'pending',
  seats: ['security'],
  expiresMs: 0,
  asked: { action: 'shop/refund' },
  call,
  effect: 'call approved',
}
const approve = (...words: string[]) => run(['approve', 'apr_1', '--reason', 'Known customer', ...words])

describe('remit approve', () => {
  it('sends an envelope in the words of the contract, and says first in plain words what it covers', async () => {
    bench.answer.body = { approval, openSeats: ['security'], effect: 'call approved', entry: 7 }
    const said = ['--uses', '5', '--for', '2h', '--max', 'amount=500', '--one-of', 'currency=USD', '--any', 'note']
    const { code, out } = await approve(...said, '--on', 'shop:customers/*', '--total', 'amount=2000.50')
    expect(code).toBe(0)
    expect(JSON.parse(bench.asked.at(-1)?.body ?? '')).toEqual({
      verdict: 'approve',
      reason: 'Known customer',
      envelope: {
        usesMax: 5,
        lifeSeconds: 7200,
        terms: [
          { name: 'amount', atMost: 500 },
          { name: 'currency', oneOf: ['USD'] },
          { name: 'note', any: true },
        ],
        resources: ['shop:customers/*'],
        total: { name: 'amount', atMost: 2000.5 },
      },
    })
    const [before, after] = out.split('Your yes is recorded')
    for (const part of ['Up to 5 calls of "shop/refund"', '2 hours', '"amount" is a number from 0 to 500', '2000.5'])
      expect(before).toContain(part)
    expect(after).toContain('call approved')
  })

  it('previews without sending anything', async () => {
    bench.answer.body = { approval, openSeats: ['security'] }
    const { code, out } = await approve('--uses', '2', '--preview')
    expect([code, bench.asked.at(-1)?.method]).toEqual([0, 'GET'])
    expect(out).toContain('Exactly as asked: "customer", "amount", "currency", "note"')
    const plain = await approve('--preview')
    expect([plain.out.trim().split('\n').at(-1), bench.asked.at(-1)?.method]).toEqual([
      '  Exactly what is asked, once.',
      'GET',
    ])
  })

  it('sends a plain yes as it was said, without asking what it is about', async () => {
    bench.answer.body = { approval: { ...approval, state: 'approved' }, effect: 'call approved', entry: 7 }
    bench.asked.length = 0
    await approve()
    expect(bench.asked.map(({ method, body }) => [method, body])).toEqual([
      ['POST', '{"verdict":"approve","reason":"Known customer"}'],
    ])
  })

  it.each([
    [['--uses', '0'], 'from 1 to 1000'],
    [['--uses', '2', '--for', 'soon'], 'such as 90s, 30m or 2h'],
    [['--uses', '2', '--for', '9h', '--preview'], 'at most, not 9h'],
    [['--uses', '1001', '--preview'], 'from 1 to 1000'],
    [['--max', 'amount'], 'is not a pair'],
    [['--max', 'amount=lots'], 'is a number such as 500'],
    [['--max', 'amount=1e3'], 'is a number such as 500'],
    [['--max', 'amount=39'], 'was 40 when it was asked'],
    [['--max', 'sum=5'], 'has no argument "sum"'],
    [['--any', 'customer'], 'say the resources'],
    [['--on', 'shop:orders/*'], 'is not among the resources'],
    [['--total', 'note=5'], 'is no amount'],
  ])('sends nothing that cannot be given: %j', async (words, sentence) => {
    bench.answer.body = { approval, openSeats: ['security'] }
    bench.asked.length = 0
    const { code, err } = await approve(...words)
    expect([code, bench.asked.filter(({ method }) => method === 'POST')]).toEqual([2, []])
    expect(err).toContain(sentence)
  })

  it('gives what the asker proposed, as it was proposed and alone', async () => {
    const proposed = { usesMax: 3, lifeSeconds: 60, terms: [], resources: [], total: null }
    bench.answer.body = { approval: { ...approval, proposed }, effect: 'call approved', entry: 7 }
    await approve('--as-proposed')
    expect(JSON.parse(bench.asked.at(-1)?.body ?? '')).toMatchObject({ verdict: 'approve', envelope: proposed })
    expect(await approve('--as-proposed', '--uses', '9')).toMatchObject({
      code: 2,
      err: expect.stringContaining('That is more than was proposed: 3 uses were proposed, not 9.'),
    })
    bench.answer.body = { approval, effect: 'call approved', entry: 7 }
    expect(await approve('--as-proposed')).toMatchObject({ code: 2, err: expect.stringContaining('proposed nothing') })
  })

  it('gives less than what was proposed, and nothing that was not', async () => {
    const terms = [{ name: 'amount', atMost: 500 }]
    const proposed = { usesMax: 9, lifeSeconds: 3600, terms, resources: ['shop:customers/*'], total: null }
    bench.answer.body = { approval: { ...approval, proposed }, effect: 'call approved', entry: 7 }
    await approve('--as-proposed', '--uses', '2', '--for', '10m', '--max', 'amount=100', '--total', 'amount=150')
    expect(JSON.parse(bench.asked.at(-1)?.body ?? '')).toMatchObject({
      envelope: {
        usesMax: 2,
        lifeSeconds: 600,
        terms: [{ name: 'amount', atMost: 100 }],
        resources: ['shop:customers/*'],
        total: { name: 'amount', atMost: 150 },
      },
    })
    bench.asked.length = 0
    for (const words of [
      ['--for', '2h'],
      ['--max', 'amount=501'],
      ['--any', 'note'],
      ['--on', 'shop:*'],
    ])
      expect(await approve('--as-proposed', ...words)).toMatchObject({
        code: 2,
        err: expect.stringContaining('That is more than was proposed'),
      })
    expect(bench.asked.filter(({ method }) => method === 'POST')).toEqual([])
  })

  it('says where nothing came of a yes, and how to find out why', async () => {
    const { call: _call, ...policy } = approval
    bench.answer.body = {
      approval: { ...policy, subject: 'policy' },
      openSeats: [],
      effect: 'policies refused',
      entry: 7,
    }
    const { out } = await approve()
    for (const part of ['is recorded: policies refused.', 'Nothing came of the yes: ', '`remit why <entry>`'])
      expect(out).toContain(part)
    expect((await run(['deny', 'apr_1', '--reason', 'No'])).out).not.toContain('Nothing came')
  })

  it('refuses an envelope around what is no call', async () => {
    const { call: _call, ...identity } = approval
    bench.answer.body = { approval: { ...identity, subject: 'identity' }, openSeats: ['owner'] }
    expect(await approve('--uses', '2')).toMatchObject({ code: 2, err: expect.stringContaining('Only a call') })
  })
})

it('remit approvals shows in plain words what was said yes to', async () => {
  const envelope = { usesMax: 5, lifeSeconds: 600, terms: [], resources: [], total: null }
  bench.answer.body = {
    approvals: [{ ...approval, state: 'approved', envelope, requestedBy: [], votes: [] }],
    next: null,
    people: [],
  }
  const { out } = await run(['approvals', '--state', 'approved'])
  expect(out).toContain('Yes is said to:')
  expect(out).toContain('Up to 5 calls of "shop/refund" in this task, about "shop:customers/c-17", within 10 minutes')
})
