import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { afterAll, describe, expect, it } from 'vitest'
import { compilePolicies, loadPolicies } from '../../../test/decide/policy-set.ts'
import { digestText } from '../../ground/digest.ts'
import { EntityUid, type Value } from '../cedar/values/value.ts'
import type { PolicyRequest } from './engine.ts'
import { shippedFolder } from './load-policies.ts'

const folder = await mkdtemp(`${tmpdir()}/remit-policies-`)
afterAll(() => rm(folder, { recursive: true }))

const schema =
  'namespace Remit { entity Identity = { name: String }; action "task" appliesTo { principal: [Identity], resource: [Identity] }; }'
const policy = (id: string, body = ''): string =>
  `@id("${id}") @sentence("It is so.") permit(principal, action, resource)${body};`
const compile = (...texts: string[]) =>
  compilePolicies(
    schema,
    texts.map((text, at) => ({ name: `${at}.cedar`, text })),
  )

describe('the shipped policies', () => {
  it('load, validate strictly and have nothing odd', async () => {
    const policies = await loadPolicies()
    expect(policies.warnings).toEqual([])
    expect([...policies.byId.keys()].sort()).toEqual([
      'base:call',
      'base:delegation',
      'base:task',
      'base:token',
      'guardrail:active-only',
      'guardrail:administer',
      'guardrail:data-ceiling',
      'guardrail:untrusted-outflow',
      'guardrail:vendor-restricted',
      'tier:critical-each-action',
      'tier:critical-no-delegation',
      'tier:observer-reads',
      'tier:operator-deploys',
      'tier:possession',
      'tier:sandbox-public',
    ])
    expect(policies.byId.get('guardrail:data-ceiling')).toMatchObject({
      effect: 'forbid',
      file: 'guardrails.cedar',
      sentence: 'A task touches no data above its ceiling.',
    })
    expect(policies.version).toBe(digestText(policies.text))
    expect(JSON.parse(policies.text)).toMatchObject({ texts: { 'base:call': policies.byId.get('base:call')?.text } })
  })

  it('take the own policies of an organisation beside them, under another version', async () => {
    await writeFile(
      `${folder}/own.cedar`,
      '@id("acme:no-friday")\n@sentence("Not on Fridays.")\nforbid (principal is Remit::Identity, action in Remit::Action::"change", resource) when { context.task.goal like "*friday*" };',
    )
    await writeFile(`${folder}/notes.txt`, 'not a policy')
    const [own, shipped] = await Promise.all([loadPolicies(folder), loadPolicies()])
    expect(own.byId.size).toBe(shipped.byId.size + 1)
    expect(own.version).not.toBe(shipped.version)
    expect((await loadPolicies(folder)).version).toBe(own.version)
  })

  it.each([
    ['missing', '/nonexistent/policies'],
    ['a file', `${shippedFolder}base.cedar`],
  ])('refuse a folder that is %s', async (_, path) => {
    await expect(loadPolicies(path)).rejects.toMatchObject({
      code: 'config_invalid',
      detail: expect.stringContaining(path),
    })
  })
})

describe('a policy set', () => {
  it('says the line of each policy', () => {
    expect(compile(`// one\n${policy('a:x')}\n\n${policy('a:y')}`).byId.get('a:y')).toMatchObject({
      file: '0.cedar',
      line: 4,
    })
  })

  it('has the same version whatever stands between its policies, and another for any other text or place', () => {
    const both = compile(`${policy('a:x')} // one\n${policy('a:y')}`)
    expect(compile(`${policy('a:x')}\n${policy('a:y')} // two`).version).toBe(both.version)
    expect(compile(`${policy('a:x')}\n\n${policy('a:y')}`).version).not.toBe(both.version)
    expect(JSON.parse(both.text)).toMatchObject({ places: { 'a:x': '0.cedar:1', 'a:y': '0.cedar:2' } })
    expect(compile(policy('a:x')).version).not.toBe(compile(policy('a:x', ' when { true }')).version)
  })

  it.each([
    ['no policy', [], 'no policy'],
    ['only comments', ['// nothing'], 'no policy'],
    ['one that does not parse', [policy('a:x'), 'permit (principal, action'], '1.cedar:1:26: unexpected end of input'],
    ['one without an id', ['@sentence("x") permit(principal, action, resource);'], '0.cedar:1'],
    ['one with an id without a layer', [policy('x')], '"x"'],
    ['one with an id of ours', [policy('law:active')], '"law:active"'],
    ['one with a script as id', [policy('a:<b>')], '"a:<b>"'],
    ['one without a sentence', ['@id("a:x") permit(principal, action, resource);'], 'a:x'],
    ['an id twice in a file', [`${policy('a:x')}\n${policy('a:x')}`], 'a:x already'],
    ['an id twice in two files', [policy('a:x'), policy('a:x')], '1.cedar:1:1 (a:x): 0.cedar:1'],
    ['an attribute that the schema has not', [policy('a:x', ' when { principal.nothing == 1 }')], '0.cedar:1:78 (a:x)'],
    ['a wrong type', [policy('a:x', ' when { principal.name > 1 }')], '(a:x)'],
    [
      'an action that the schema has not',
      ['@id("a:x") @sentence("x") permit(principal, action == Remit::Action::"fly", resource);'],
      '(a:x)',
    ],
    ['a template', ['@id("a:x") @sentence("x") permit(principal == ?principal, action, resource);'], 'template'],
    ['too many bytes', [policy('a:x') + ' '.repeat(5 * 1024 * 1024)], 'bytes'],
  ])('is refused with %s, and the fault is named', (_, texts, named) => {
    expect(() => compile(...texts)).toThrow(
      expect.objectContaining({ code: 'config_invalid', detail: expect.stringContaining(named) }),
    )
  })

  it('is refused with a schema that does not parse', () => {
    expect(() => compilePolicies('namespace {', [{ name: 'a', text: policy('a:x') }])).toThrow(
      expect.objectContaining({ code: 'config_invalid' }),
    )
  })
})

describe('an engine', () => {
  const uid = new EntityUid('Remit::Identity', 'a')
  const request = (name: Value = 'x'): PolicyRequest => ({
    principal: uid,
    action: new EntityUid('Remit::Action', 'task'),
    resource: uid,
    context: {},
    entities: [{ uid, attrs: { name }, parents: [] }],
  })

  it('judges by its own set, also where another was made after it', () => {
    const yes = compile(policy('a:x')).engine
    const no = compile(policy('a:y', ' when { principal.name == "y" }')).engine
    expect(yes.decide(request())).toEqual({ allowed: true, determining: ['a:x'], errors: [] })
    expect(no.decide(request())).toEqual({ allowed: false, determining: [], errors: [] })
    expect(yes.decide(request())).toEqual({ allowed: true, determining: ['a:x'], errors: [] })
  })

  it('says no where a policy errs, even where another permits', () => {
    const { engine } = compile(
      policy('a:x'),
      '@id("a:no") @sentence("x") forbid(principal, action, resource) when { 9223372036854775807 + 1 > 0 };',
    )
    const answer = engine.decide(request())
    expect(answer).toMatchObject({ allowed: false, errors: [expect.stringContaining('overflow')] })
  })

  it.each([
    ['a fact has the wrong type', request(7)],
    ['a fact is missing', { ...request(), entities: [{ uid, attrs: {}, parents: [] }] }],
    ['a fact is not declared', { ...request(), entities: [{ uid, attrs: { name: 'x', other: 1 }, parents: [] }] }],
    ['the action is unknown', { ...request(), action: new EntityUid('Remit::Action', 'fly') }],
    ['the type of the principal is unknown', { ...request(), principal: new EntityUid('Remit::Ghost', 'a') }],
    ['the context is not declared', { ...request(), context: { x: 1 } }],
    [
      'the same entity comes twice with other facts',
      { ...request(), entities: [...request('x').entities, ...request('y').entities] },
    ],
    ['the entities go in a circle', { ...request(), entities: [{ uid, attrs: { name: 'x' }, parents: [uid] }] }],
  ])('says no and why where %s', (_, asked) => {
    const answer = compile(policy('a:x')).engine.decide(asked)
    expect(answer.allowed).toBe(false)
    expect(answer.errors).not.toEqual([])
  })
})
