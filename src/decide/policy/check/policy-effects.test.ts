import { describe, expect, it } from 'vitest'
import { ACTION_CLASSES } from '../../../contract/action-class.ts'
import { systemClock } from '../../../ground/clock.ts'
import { LIMITS } from '../../../ground/limits.ts'
import { findUnreachable } from '../cover/find-unreachable.ts'
import { readShipped } from '../load-policies.ts'
import type { ReadPolicy } from '../policy.ts'
import { createCheckApart } from './check-apart.ts'
import { checkPolicies } from './check-policies.ts'
import { comparePolicies } from './compare-policies.ts'

const { schema, shipped } = await readShipped()
const rule = (id: string, body: string, more = ''): string => `@id("${id}") @sentence("It is so.") ${more} ${body};\n`

/** The policies of these texts alone, as if they had come with Remit. */
function read(...texts: readonly string[]): readonly ReadPolicy[] {
  const { policies, faults } = checkPolicies({ schema, shipped: [{ name: 'a.cedar', text: texts.join('') }], own: [] })
  expect(faults).toEqual([])
  return policies
}
const warningsOf = (...texts: readonly string[]) => {
  const { warnings, faults } = checkPolicies({ schema, shipped, own: [{ name: 'own.cedar', text: texts.join('') }] })
  expect(faults).toEqual([])
  return warnings.map(({ id, kind, sentence, hint }) => [id, kind, sentence, hint])
}
function named(name: string): string {
  return `when { principal.name == "${name}" }`
}

describe('what is odd is said in words', () => {
  const hint = 'add a when that says for whom or for what'
  it.each([
    [
      'permit (principal, action, resource)',
      'allow-all',
      'it permits everything, whoever asks and whatever it is about',
    ],
    [
      'forbid (principal, action, resource)',
      'deny-all',
      'it forbids everything, whoever asks and whatever it is about',
    ],
    [
      'forbid (principal is Remit::Identity, action in Remit::Action::"call", resource is Remit::Resource)',
      'deny-all',
      'it forbids all such actions, whoever asks and whatever it is about',
    ],
    [
      'permit (principal, action, resource) when { true } unless { false }',
      'allow-all',
      'it permits everything, whoever asks and whatever it is about',
    ],
  ])('%s', (body, kind, sentence) => {
    expect(warningsOf(rule('own:all', body))).toContainEqual(['own:all', kind, sentence, hint])
  })

  it.each([
    'permit (principal == Remit::Identity::"a", action, resource)',
    'permit (principal, action == Remit::Action::"read", resource)',
    'permit (principal, action, resource == Remit::Resource::"x")',
    `permit (principal is Remit::Identity, action in Remit::Action::"call", resource) ${named('x')}`,
    `permit (principal is Remit::Identity, action in Remit::Action::"call", resource) when { true } ${named('x')}`,
  ])('is nothing about %s', (body) => {
    expect(warningsOf(rule('own:some', body)).filter(([, kind]) => kind === 'allow-all')).toEqual([])
  })

  it('is what is called like another, what looks as if it were ours, and what says the same twice', () => {
    const body = (name: string) => `forbid (principal is Remit::Identity, action, resource) ${named(name)}`
    expect(
      warningsOf(
        rule('own:data-ceiling', body('a')),
        rule('tier:mine', body('b')),
        rule('base:other', body('c')),
        rule('guardrail:another', body('d')),
        rule('own:e', body('e')),
        rule('own:f', body('e')),
        rule('own:g', body('g')),
        rule('mine:g', body('h')),
      ),
    ).toEqual([
      [
        'own:data-ceiling',
        'id-shadows',
        'it is called like guardrail:data-ceiling, and people will take one for the other',
        null,
      ],
      ['tier:mine', 'id-shadows', 'its id looks as if it came with Remit', 'call it acme:mine'],
      ['base:other', 'id-shadows', 'its id looks as if it came with Remit', 'call it acme:other'],
      ['guardrail:another', 'id-shadows', 'its id looks as if it came with Remit', 'call it acme:another'],
      ['own:f', 'repeated', 'it says the same as own:e', null],
      ['own:g', 'id-shadows', 'it is called like mine:g, and people will take one for the other', null],
      ['mine:g', 'id-shadows', 'it is called like own:g, and people will take one for the other', null],
    ])
  })

  it('is never what came with Remit, whatever it says', () => {
    const all = rule('base:all', 'permit (principal, action, resource)')
    const { warnings } = checkPolicies({
      schema,
      shipped: [{ name: 'a.cedar', text: `${all}${all.replace('base:', 'tier:')}` }],
      own: [],
    })
    expect(warnings).toEqual([])
  })

  it.each([
    ['principal.tier.rank > 3 && principal.tier.rank < 2', 'principal.tier.rank is to be > 3 and < 2, and is 0 to 4'],
    ['principal.tier.rank > 3 && 4 != principal.tier.rank', 'principal.tier.rank is to be > 3 and != 4, and is 0 to 4'],
    ['resource.sensitivity.rank >= 4', 'resource.sensitivity.rank is to be >= 4, and is 0 to 3'],
    ['context.local.weekday == 0', 'context.local.weekday is to be == 0, and is 1 to 7'],
    ['principal.kind == "agent" && principal.kind == "script"', 'principal.kind is to be == "agent" and == "script"'],
    ['principal.name == "a" && "a" != principal.name', 'principal.name is to be == "a" and != "a"'],
    ['context.approved && !context.approved', 'context.approved is to be == true and == false'],
    ['!(context.task.calls <= 5 || context.task.calls > -2)', 'context.task.calls is to be > 5 and <= -2'],
    ['context.task.calls > 5 && context.task.calls < 6', 'context.task.calls is to be > 5 and < 6'],
    [
      '(context.task.calls > 9 || context.task.writes > 9) && context.task.calls < 9 && context.task.writes < 9',
      'context.task.calls is to be > 9 and < 9',
    ],
    [
      'context.numbers.hasTag("n") && context.numbers.getTag("n") > 2 && context.numbers.getTag("n") == 1',
      'context.numbers.getTag("n") is to be > 2 and == 1',
    ],
    [
      'principal == Remit::Identity::"a" && principal == Remit::Identity::"b"',
      'principal is to be == Remit::Identity::"a" and == Remit::Identity::"b"',
    ],
  ])('is told of conditions that exclude each other: %s', (condition, said) => {
    const body = `forbid (principal, action == Remit::Action::"read", resource) when { ${condition} }`
    expect(warningsOf(rule('a:dead', body))).toEqual([['a:dead', 'never-matches', `it can never match: ${said}`, null]])
  })

  it.each([
    'when { principal.tier.rank > 1 && principal.tier.rank < 3 }',
    'when { principal.tier.rank > 3 || principal.tier.rank < 2 }',
    'when { principal.tier.rank > 3 && context.task.ceiling.rank < 2 }',
    'when { principal.kind == "agent" || principal.kind == "script" }',
    'when { context.task.calls > 5 } unless { context.task.calls > 7 }',
    'when { context.numbers.hasTag("a") && context.numbers.hasTag("b") && context.numbers.getTag("a") > 2 && context.numbers.getTag("b") < 2 }',
  ])('is not told of conditions that can be met: %s', (conditions) => {
    const body = `forbid (principal, action == Remit::Action::"read", resource) ${conditions}`
    expect(warningsOf(rule('a:alive', body))).toEqual([])
  })

  it('is read of a chain of many operators, whose parts stand deep inside each other', () => {
    const chain = Array.from({ length: 80 }, () => 'context.task.calls > 7').join(' && ')
    const body = (when: string): string =>
      `forbid (principal, action == Remit::Action::"read", resource) when { ${when} }`
    expect(warningsOf(rule('a:alive', body(chain)))).toEqual([])
    expect(warningsOf(rule('a:alive', body(`(if ${chain} then true else false)`)))).toEqual([])
    expect(warningsOf(rule('a:dead', body(`${chain} && context.task.calls < 7`)))).toMatchObject([
      ['a:dead', 'never-matches', expect.any(String), null],
    ])
  })

  it('is told of what an unless takes back', () => {
    const body =
      'forbid (principal, action == Remit::Action::"read", resource) when { context.task.calls > 7 } unless { context.task.calls > 5 }'
    expect(warningsOf(rule('a:dead', body))).toMatchObject([['a:dead', 'never-matches', expect.any(String), null]])
  })

  it('is told once of a policy that never matches, and not of one that is wrong anyway', () => {
    const dead = warningsOf(
      rule(
        'own:dead',
        `forbid (principal is Remit::Identity, action == Remit::Action::"token", resource is Remit::Task) ${named('x')}`,
      ),
    )
    expect(dead.map(([id, kind]) => [id, kind])).toEqual([['own:dead', 'never-matches']])
    const mixed = named('\u0430dmin') // its first letter is Cyrillic
    const body = `forbid (principal is Remit::Identity, action, resource) ${mixed}`
    expect(warningsOf(rule('own:mixed', `${body} ${mixed}`)).map(([id, kind]) => [id, kind])).toEqual([
      ['own:mixed', 'odd'],
    ])
    const texts = [{ name: 'own.cedar', text: rule('own:wrong', `${body} when { principal.shoe }`) }]
    expect(checkPolicies({ schema, shipped, own: texts })).toMatchObject({
      faults: [{ id: 'own:wrong' }],
      warnings: [],
    })
  })
})

describe('a class of actions', () => {
  const forbids = (body: string) => rule('a:no', `forbid ${body}`)
  const permits = rule('a:yes', 'permit (principal, action, resource)')
  const reasons = (...texts: readonly string[]) =>
    Object.fromEntries(ACTION_CLASSES.map((each) => [each, findUnreachable(read(...texts), each)]))
  const everywhere = (reason: string | null) => Object.fromEntries(ACTION_CLASSES.map((each) => [each, reason]))
  const onlyRead = Object.fromEntries(
    ACTION_CLASSES.map((each) => [each, each === 'read' ? null : `no policy permits the class ${each}`]),
  )

  it('is out of reach where no policy permits it', () => {
    expect(reasons(rule('a:x', 'permit (principal, action == Remit::Action::"read", resource)'))).toEqual(onlyRead)
    expect(
      reasons(rule('a:x', 'permit (principal, action in [Remit::Action::"read", Remit::Action::"task"], resource)')),
    ).toEqual(onlyRead)
    expect(reasons(forbids(`(principal is Remit::Identity, action, resource) ${named('x')}`))['read']).toBe(
      'no policy permits the class read',
    )
  })

  it('is not where one might', () => {
    const might = [
      'permit (principal, action, resource)',
      'permit (principal, action in Remit::Action::"call", resource is Remit::Resource)',
      `permit (principal is Remit::Identity, action in Remit::Action::"call", resource) ${named('x')}`,
      'permit (principal == Remit::Identity::"x", action in [Remit::Action::"call"], resource)',
    ]
    for (const body of might) expect([body, reasons(rule('a:x', body))]).toEqual([body, everywhere(null)])
  })

  it('is a change, but for reading', () => {
    const change = reasons(rule('a:x', 'permit (principal, action in Remit::Action::"change", resource)'))
    expect(change).toEqual({ ...everywhere(null), read: 'no policy permits the class read' })
  })

  it('is about resources: what permits tasks or tokens permits no act', () => {
    const token = rule('a:x', 'permit (principal, action, resource is Remit::Audience)')
    expect(reasons(token)['read']).toBe('no policy permits the class read')
  })

  it('is out of reach where a policy forbids it whoever asks', () => {
    expect(reasons(permits, forbids('(principal, action, resource)'))).toEqual(
      everywhere('a:no forbids it, whoever asks'),
    )
    expect(
      reasons(permits, forbids('(principal is Remit::Identity, action, resource is Remit::Resource) when { true }')),
    ).toEqual(everywhere('a:no forbids it, whoever asks'))
    expect(reasons(permits, forbids('(principal, action == Remit::Action::"write", resource)'))).toEqual({
      ...everywhere(null),
      write: 'a:no forbids it, whoever asks',
    })
  })

  it.each([
    '(principal == Remit::Identity::"x", action, resource)',
    '(principal, action, resource == Remit::Resource::"x")',
    `(principal is Remit::Identity, action, resource) ${named('x')}`,
    '(principal, action, resource is Remit::Task)',
    '(principal, action == Remit::Action::"token", resource)',
  ])('is not where it forbids only some: %s', (body) => {
    expect(reasons(permits, forbids(body))).toEqual(everywhere(null))
  })
})

describe('a change of one policy, and why it counts as it does', () => {
  const body = (effect: string, conditions = '') =>
    `${effect} (principal is Remit::Identity, action in Remit::Action::"call", resource is Remit::Resource) ${conditions}`
  const [x, y] = [named('x'), 'unless { context.approved }']
  const errs = 'when { context.task.calls + 9223372036854775807 > 0 }'
  const one = (before: string | null, after: string | null) => {
    const texts = [before, after].map((text) => (text === null ? [] : read(text)))
    const [change] = comparePolicies(texts[0] ?? [], texts[1] ?? []).changes
    return [change?.effect, change?.because]
  }
  const r = (conditions: string, effect = 'permit', more = '') => rule('a:r', body(effect, conditions), more)

  it.each<[string, string | null, string | null, string, string]>([
    ['a new permit', null, r(x), 'loosens', 'it permits more'],
    ['a new forbid', null, r(x, 'forbid'), 'tightens', 'it only forbids'],
    ['no permit', r(x), null, 'tightens', 'it permits nothing any more'],
    ['no permit that may err', r(errs), null, 'loosens', 'where it erred everything was denied'],
    ['no forbid', r(x, 'forbid'), null, 'loosens', 'nothing forbids this any more'],
    ['another sentence', r(x), r(x).replace('so.', 'not so.'), 'words', 'only its words are others'],
    ['a permit to a forbid', r(x), r(x, 'forbid'), 'tightens', 'it forbids what it permitted'],
    ['a permit that may err to a forbid', r(errs), r(x, 'forbid'), 'loosens', 'it permits what it forbade'],
    ['a forbid to a permit', r(x, 'forbid'), r(x), 'loosens', 'it permits what it forbade'],
    ['one more condition of a permit', r(x), r(`${x} ${y}`), 'tightens', 'it permits only under further conditions'],
    ['one less of a permit', r(`${x} ${y}`), r(x), 'loosens', 'it cannot be shown to allow nothing new'],
    ['one less of a forbid', r(`${x} ${y}`, 'forbid'), r(x, 'forbid'), 'tightens', 'it forbids under fewer conditions'],
    [
      'one more of a forbid',
      r(x, 'forbid'),
      r(`${x} ${y}`, 'forbid'),
      'loosens',
      'it cannot be shown to allow nothing new',
    ],
    ['another order', r(`${x} ${y}`), r(`${y} ${x}`), 'loosens', 'it cannot be shown to allow nothing new'],
    ['another scope', r(x), r(x).replace('call', 'change'), 'loosens', 'it cannot be shown to allow nothing new'],
    [
      'more approvers',
      r(x, 'forbid'),
      r(x, 'forbid', '@approvers("2")'),
      'tightens',
      'more people approve what it holds',
    ],
    [
      'fewer approvers',
      r(x, 'forbid', '@approvers("3")'),
      r(x, 'forbid', '@approvers("2")'),
      'loosens',
      'fewer people approve what it holds',
    ],
    [
      'fewer approvers and a tighter rule',
      r(x, 'permit', '@approvers("2")'),
      r(`${x} ${y}`),
      'loosens',
      'fewer people approve what it holds',
    ],
    [
      'more approvers and a looser rule',
      r(`${x} ${y}`),
      r(x, 'permit', '@approvers("2")'),
      'loosens',
      'it cannot be shown to allow nothing new',
    ],
    [
      'more approvers and a tighter rule',
      r(x),
      r(`${x} ${y}`, 'permit', '@approvers("2")'),
      'tightens',
      'it permits only under further conditions',
    ],
  ])('%s', (_, before, after, effect, because) => {
    expect(one(before, after)).toEqual([effect, because])
  })

  it('is one of words where the same stays under another id, and only where the same number approves it', () => {
    const [a, b] = [r(x), rule('a:s', body('permit', x))]
    const { effect, changes } = comparePolicies(read(a), read(b))
    expect(changes.map((change) => [change.id, change.change, change.effect, change.because])).toEqual([
      ['a:r', 'removed', 'words', 'the same stays under another id'],
      ['a:s', 'added', 'words', 'the same stood under another id'],
    ])
    expect(effect).toBe('words')
    const held = comparePolicies(read(r(x, 'forbid', '@approvers("2")')), read(rule('a:s', body('forbid', x))))
    expect(held.effect).toBe('loosens')
  })

  it('is gravest where anything loosens', () => {
    const [a, b] = [r(x, 'forbid'), rule('b:s', body('permit', y))]
    expect(comparePolicies([], read(a, b)).effect).toBe('loosens')
    expect(comparePolicies(read(b), read(a)).effect).toBe('tightens')
    expect(comparePolicies(read(a), read(a)).effect).toBe('words')
  })

  /** What a permit may hold that errs although it validates: to take such a one away may allow what was denied. */
  const RISKS: readonly (readonly [condition: string, canErr: boolean])[] = [
    ['principal.name == "x"', false],
    ['principal.tier.rank > 1', false],
    ['context.task == context.task', false],
    ['context.proof.possession', false],
    ['context.task.calls > 1', false],
    ['context.task.identity.name == "x"', true],
    ['context.task.ceiling.rank > 1', true],
    ['context.task.calls + 1 > 1', true],
    ['context.task.calls - 1 > 1', true],
    ['context.task.calls * 2 > 1', true],
    ['-context.task.calls > 1', true],
    ['context.now.offset(duration("1d")) > context.now', true],
    ['context.now.durationSince(context.now) > duration("1d")', true],
    ['context.now.toDate() == context.now', true],
    ['context.now.toTime() == duration("1d")', false],
    ['context.asked.hasTag("x")', false],
    ['context.asked.hasTag("x") && context.asked.getTag("x") == "y"', true],
    ['["+", "-"].contains(principal.name)', false],
    ['[context.task.calls + 1].contains(1)', true],
    ['if true then true else context.task.calls + 1 == 2', true],
    ['(if true then principal else principal).name == "x"', true],
    ['{a: principal}.a.name == "x"', true],
  ]
  it.each(RISKS)('when { %s } can err: %s', (condition, canErr) => {
    expect(one(r(`when { ${condition} }`), null)[0]).toBe(canErr ? 'loosens' : 'tightens')
  })
})

describe('a set that takes too long to be checked', () => {
  const own = [
    {
      name: 'a.cedar',
      text: rule('a:r', 'permit (principal, action, resource)'),
    },
  ]
  it('is given up, so that others get their turn', async () => {
    const slept: number[] = []
    const hurried = { sleep: async (ms: number) => void slept.push(ms) }
    const apart = createCheckApart(hurried)
    await expect(apart({ schema, shipped, own })).rejects.toMatchObject({
      code: 'policies_invalid',
      detail: 'These policies take too long to be checked; publish fewer.',
    })
    expect(slept).toEqual([LIMITS.policyCheckMsMax])
  })

  it('keeps nobody out for ever: the next one is checked after one that was given up', async () => {
    let calls = 0
    const apart = createCheckApart({
      sleep: (ms, signal) => (calls++ === 0 ? Promise.resolve() : systemClock.sleep(ms, signal)),
    })
    const [first, second] = await Promise.allSettled([apart({ schema, shipped, own }), apart({ schema, shipped, own })])
    expect([first.status, second.status]).toEqual(['rejected', 'fulfilled'])
  })
})
