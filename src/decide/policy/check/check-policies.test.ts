import { describe, expect, it } from 'vitest'
import { systemClock } from '../../../ground/clock.ts'
import { LIMITS } from '../../../ground/limits.ts'
import { readShipped } from '../load-policies.ts'
import { describeSet } from '../set-text.ts'
import { createCheckApart } from './check-apart.ts'
import { type CheckedPolicies, checkPolicies } from './check-policies.ts'

const shipped = await readShipped()
const check = (...texts: readonly string[]): CheckedPolicies =>
  checkPolicies({ ...shipped, own: texts.map((text, at) => ({ name: `${at}.cedar`, text })) })
const rule = (id: string, when: string, head = 'forbid (principal is Remit::Identity, action, resource)'): string =>
  `@id("${id}") @sentence("It is so.")\n${head}${when};\n`

describe('what is wrong in policies', () => {
  it('is found all at once, of every file, each at its place and with what was perhaps meant', () => {
    const { faults, policies } = check(
      `// ü\n${rule('a:one', ' when { principal.nmae == "x" }')}\n\n  ${rule('a:two', ' when { principal.name > 3 }')}`,
      `${rule('a:three', ' when { principal.name == }')}${rule('a:four', '')}permit (principal, action;`,
      'permit (principal, action, resource);',
    )
    expect(faults.map(({ file, line, column, id, kind }) => [`${file}:${line}:${column}`, id, kind])).toEqual([
      ['0.cedar:3:64', 'a:one', 'validation'],
      ['0.cedar:7:64', 'a:two', 'validation'],
      ['1.cedar:2:82', null, 'syntax'],
      ['1.cedar:5:26', null, 'syntax'],
      ['2.cedar:1:1', null, 'form'],
    ])
    expect(faults[0]).toMatchObject({
      sentence: 'attribute `nmae` on entity type `Remit::Identity` not found',
      hint: 'did you mean `name`?',
    })
    expect(policies.filter(({ origin }) => origin === 'organisation').map(({ id, line }) => [id, line])).toEqual([
      ['a:one', 2],
      ['a:two', 6],
    ])
  })

  it.each([
    ['principal.tier == "T3"', 'ask for its `.name`, which is its word'],
    ['["T1"].contains(principal.tier)', 'ask for its `.name`'],
    ['resource.sensitivity >= 2', 'or its `.rank`, which is its place'],
    ['context.arguments.path == "x"', '`.hasTag("path")`, and then `.getTag("path")`'],
    ['context.history.permitted["a/b"] > 1', '`.hasTag("a/b")`, and then `.getTag("a/b")`'],
    ['context has source && context.source == "10.0.0.1"', '`.isInRange(ip("10.20.0.0/16"))`'],
    ['context.decimals.hasTag("a") && context.decimals.getTag("a") > decimal("1.5")', '`.greaterThan(decimal("1.5"))`'],
    ['context.task.goal == 3', 'both operands to a `==` expression'],
    ['context.source.isLoopback()', 'with `context has source'],
  ])('is told with what our words are meant to be, once for all actions: %s', (when, hint) => {
    const { faults } = check(
      rule('a:one', ` when { ${when} }`, 'forbid (principal, action in Remit::Action::"call", resource)'),
    )
    expect(new Set(faults.map(({ line, column }) => `${line}:${column}`)).size).toBe(faults.length)
    for (const fault of faults) expect(fault.hint).toContain(hint)
    expect(faults.length).toBeGreaterThan(0)
  })

  it('is told up to a bound', () => {
    const { faults } = check(Array.from({ length: LIMITS.policyNotesMax + 50 }, () => 'permit (principal);').join('\n'))
    expect(faults).toHaveLength(LIMITS.policyNotesMax + 1)
    expect(faults.at(-1)?.sentence).toBe('and more')
  })

  it('is that there are too many bytes, and nothing of them is read', () => {
    const started = check(rule('a:large', ' ').padEnd(5 * 1024 * 1024))
    expect(started).toMatchObject({
      policies: [],
      faults: [{ sentence: expect.stringMatching(/^the policies have \d+ bytes/) }],
    })
  })
})

describe('what is odd in policies', () => {
  const kinds = (...texts: readonly string[]) => {
    const { faults, warnings } = check(...texts)
    expect(faults).toEqual([])
    return warnings.map(({ kind, id }) => [kind, id])
  }

  it.each([
    ['allow-all', rule('a:all', '', 'permit (principal, action, resource)')],
    [
      'allow-all',
      rule('a:all', ' when { true } unless { false }', 'permit (principal is Remit::Identity, action, resource)'),
    ],
    [
      'allow-all',
      rule('a:all', '', 'permit (principal, action in Remit::Action::"change", resource is Remit::Resource)'),
    ],
    ['deny-all', rule('a:all', '', 'forbid (principal, action, resource)')],
    ['never-matches', rule('a:all', ' when { false && principal.name == "x" }')],
    [
      'never-matches',
      rule('a:all', ' when { true }', 'forbid (principal, action == Remit::Action::"token", resource is Remit::Task)'),
    ],
  ])('is %s', (kind, text) => {
    expect(kinds(text)).toContainEqual([kind, 'a:all'])
  })

  it('is nothing where a policy says for whom or for what', () => {
    expect(
      kinds(
        rule('a:some', ' when { principal.name == "x" }', 'permit (principal, action, resource)'),
        rule('a:deploy', '', 'forbid (principal, action == Remit::Action::"deploy", resource)'),
      ),
    ).toEqual([])
  })

  it('is an id that is taken for one of Remit, or for another one', () => {
    const when = ' when { principal.name == "x" }'
    expect(kinds(rule('guardrail:mine', when), rule('a:data-ceiling', when.replace('x', 'y')))).toEqual([
      ['id-shadows', 'guardrail:mine'],
      ['id-shadows', 'a:data-ceiling'],
    ])
  })

  it.each([
    ['principal.kind == "robot"', 'kind with "robot", which is none of agent, script, service, embedded', null],
    ['"Active" != principal.state', 'state with "Active"', 'did you mean "active"?'],
    ['principal.name == "x" && !(principal.tier.name == "t3")', 'tier.name with "t3"', null],
    ['["own", "vendors"].contains(principal.runtime)', 'runtime with "vendors"', 'did you mean "vendor"?'],
  ])('is a word that nothing is, which Cedar takes for a text like any other: %s', (when, said, hint) => {
    const { faults, warnings } = check(rule('a:word', ` when { ${when} }`))
    expect(faults).toEqual([])
    expect(warnings).toMatchObject([{ kind: 'unknown-word', id: 'a:word', sentence: expect.stringContaining(said) }])
    if (hint !== null) expect(warnings[0]?.hint).toBe(hint)
  })

  it.each([
    'principal.kind == "agent" && principal.tier.name == "T3" && principal.name == "robot"',
    '["own", "vendor"].contains(principal.runtime) || principal.state like "Sus*"',
    'principal has owner && principal.owner == "robot" && principal.reach.name != "sandbox"',
  ])('is no word that something is, nor one that may be anything: %s', (when) => {
    expect(kinds(rule('a:word', ` when { ${when} }`))).toEqual([])
  })

  it('is a character that nobody sees: its text would read as what it is not', () => {
    const of = (body: string) => kinds(rule('a:one', ` when { ${body} }`)).filter(([kind]) => kind === 'unseen')
    expect(of('context.environment == "pro\u202eduction"')).toEqual([['unseen', 'a:one']])
    expect(of('context.environment == "production\u3164"')).toEqual([['unseen', 'a:one']])
    expect(of('context.environment == "production" // \u2066\n')).toEqual([['unseen', 'a:one']])
    expect(of('context.environment == "Zoë ⚠️"')).toEqual([])
  })

  it('is what says the same as another', () => {
    const when = ' when { principal.name == "x" }'
    expect(kinds(rule('a:one', when), rule('a:two', when))).toEqual([['repeated', 'a:two']])
  })
})

describe('a large set', () => {
  const large = Array.from({ length: 600 }, (_, at) => rule(`a:r${at}`, ` when { principal.name == "n${at}" }`)).join(
    '',
  )

  it('is checked apart from what else is to do, and as any other', async () => {
    const apart = createCheckApart(systemClock)
    let turns = 0
    let isDone = false
    const checking = apart({ ...shipped, own: [{ name: '0.cedar', text: large }] }).finally(() => {
      isDone = true
    })
    while (!isDone) {
      turns += 1
      await new Promise((resolve) => setImmediate(resolve))
    }
    const { checked, set } = await checking
    expect(turns).toBeGreaterThan(10)
    expect(checked).toEqual(check(large))
    expect(set).toEqual(describeSet(checked, shipped.schema))
    expect(checked.policies.at(-1)).toMatchObject({ id: 'a:r599', line: 1_199 })
  })

  it('waits for its turn, and is turned away where too many wait', async () => {
    const apart = createCheckApart(systemClock)
    const text = `${large}permit (`
    const many = Array.from({ length: LIMITS.policyChecksWaitingMax + 1 }, () =>
      apart({ ...shipped, own: [{ name: 'a.cedar', text }] }).then(
        ({ checked }) => checked.faults[0]?.kind,
        (error: unknown) => (error as { code?: string }).code,
      ),
    )
    const answers = await Promise.all(many)
    expect(answers.toSorted((a, b) => String(a).localeCompare(String(b)))).toEqual([
      'rate_limited',
      ...Array.from({ length: LIMITS.policyChecksWaitingMax }, () => 'syntax'),
    ])
  })
})
