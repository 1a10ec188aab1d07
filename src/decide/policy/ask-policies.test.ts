import { describe, expect, it } from 'vitest'
import { Datetime, EntityUid } from '../cedar/values/value.ts'
import { askPolicies, askWhole, explainNo, type Judging, type PolicyVerdict, weighCall } from './ask-policies.ts'
import type { PolicyAnswer, PolicyRequest } from './engine.ts'
import type { Policy } from './policy.ts'

const uid = new EntityUid('Remit::Identity', 'a')
const question: PolicyRequest = { principal: uid, action: uid, resource: uid, context: {}, entities: [] }
const yes = (...determining: string[]): PolicyAnswer => ({ allowed: true, determining, errors: [] })
const no = (...determining: string[]): PolicyAnswer => ({ allowed: false, determining, errors: [] })
const broken = (...errors: string[]): PolicyAnswer => ({ allowed: false, determining: [], errors })

const policy = (id: string, more: Partial<Policy> = {}): Policy => ({
  id,
  sentence: `${id} says so.`,
  effect: 'permit',
  text: 'permit (principal, action, resource);',
  file: 'a.cedar',
  line: 1,
  origin: 'shipped',
  ...more,
})

/** Policies that give these answers in turn, whatever is asked; `asked` gathers the questions. */
function judging(answers: readonly PolicyAnswer[], policies: readonly Policy[] = [policy('a:x'), policy('a:y')]) {
  const asked: PolicyRequest[] = []
  const policySet: Judging = {
    byId: new Map(policies.map((each) => [each.id, each])),
    engine: {
      decide: (request) => {
        asked.push(request)
        return answers[asked.length - 1] ?? expect.unreachable()
      },
    },
  }
  return { policies: policySet, asked }
}
const ask = (...answers: readonly PolicyAnswer[]): PolicyVerdict =>
  askWhole(
    judging(answers),
    answers.map(() => question),
  )

const noMatch = { rule: 'policy:no-match', sentence: 'No policy permits this.' }
const rules = ({ reasons }: Pick<PolicyVerdict, 'reasons'>): readonly string[] => reasons.map(({ rule }) => rule)

describe('the answers of the policies', () => {
  it.each([
    ['is yes where every one is', [yes('a:y'), yes('a:x')], true, ['a:x', 'a:y']],
    ['names each rule once', [yes('a:x'), yes('a:x')], true, ['a:x']],
    ['is no where one is, by the rules of that one', [yes('a:x'), no('a:y')], false, ['a:y']],
    ['is no where nothing matched', [no()], false, ['policy:no-match']],
    ['is no where nothing was asked', [], false, ['policy:no-match']],
    ['is no where a policy failed, whatever the others say', [yes('a:x'), broken('boom')], false, ['policy:no-match']],
    [
      'is no where an engine says yes beside an error',
      [{ ...yes('a:x'), errors: ['boom'] }],
      false,
      ['policy:no-match'],
    ],
  ])('together %s', (_, answers, allowed, by) => {
    const verdict = ask(...answers)
    expect([verdict.allowed, rules(verdict)]).toEqual([allowed, by])
    expect(verdict.errors).toEqual(answers.flatMap(({ errors }) => errors))
  })

  it('are told by the sentence of each policy', () => {
    expect(ask(no()).reasons).toEqual([noMatch])
    expect(ask(no('a:x', 'a:unknown')).reasons).toEqual([
      { rule: 'a:unknown', sentence: 'A policy decided.' },
      { rule: 'a:x', sentence: 'a:x says so.' },
    ])
  })

  it('are told by sixteen rules at most, those that ask the most people among them', () => {
    const ids = Array.from({ length: 20 }, (_, at) => `a:r${String(at).padStart(2, '0')}`)
    const many = ids.map((id) => policy(id, id === 'a:r19' ? { approvers: 3 } : id === 'a:r18' ? { approvers: 2 } : {}))
    const { reasons } = askWhole(judging([no(...ids)], many), [question])
    expect(reasons.map(({ rule }) => rule)).toEqual(['a:r19', 'a:r18', ...ids.slice(0, 14)])
  })

  it('bring the obligations of all that permit, each once, and of none where the answer is no', () => {
    const obligation = (id: string) => ({ id, type: 'custom', properties: { instruction: id } })
    const policies = ['a:y', 'a:x'].map((id) => policy(id, { obligation: obligation(id) }))
    const both = askWhole(judging([yes('a:y', 'a:z'), yes('a:x', 'a:y')], policies), [question, question])
    expect(both.obligations).toEqual([obligation('a:x'), obligation('a:y')])
    expect(askWhole(judging([yes('a:x'), no()], policies), [question, question]).obligations).toEqual([])
  })
})

describe('what is kept of a question', () => {
  const source = new Datetime(0)
  const told: PolicyRequest = {
    ...question,
    context: { now: source, source },
    entities: [{ uid, attrs: { name: 'a' }, parents: [], tags: { seen: 'x', unseen: 'y' } }],
  }
  const looking = policy('a:x', { text: 'permit (principal, action, resource) when { principal.hasTag("seen") };' })
  const sourced = policy('a:y', { text: 'permit (principal, action, resource) when { context has source };' })
  const computed = policy('a:z', {
    text: 'permit (principal, action, resource) when { principal.hasTag(principal.name) };',
  })
  const kept = (policies: readonly Policy[], shadow: readonly Policy[] | null = null) => {
    const { policies: set, asked } = judging([yes()], policies)
    const verdict = askPolicies({ policies: set, shadow: shadow === null ? null : judging([], shadow).policies }, [
      told,
    ])
    expect(asked).toEqual(verdict.asked.questions)
    const [{ context, entities } = question] = asked
    return [Object.keys(context), Object.keys(entities[0]?.tags ?? {})]
  }

  it('is what the policies can look at, those in shadow as well', () => {
    expect(kept([policy('a:x')])).toEqual([['now'], []])
    expect(kept([looking])).toEqual([['now'], ['seen']])
    expect(kept([sourced])).toEqual([['now', 'source'], []])
    expect(kept([looking, sourced])).toEqual([['now', 'source'], ['seen']])
    expect(kept([policy('a:x')], [sourced, looking])).toEqual([['now', 'source'], ['seen']])
    expect(kept([looking], [policy('a:x')])).toEqual([['now'], ['seen']])
  })

  it('is all of it where a policy computes what it looks at, or cannot be read', () => {
    expect(kept([computed])).toEqual([['now'], ['seen', 'unseen']])
    expect(kept([policy('a:x', { text: 'permit (' })])).toEqual([
      ['now', 'source'],
      ['seen', 'unseen'],
    ])
  })

  it('is the same question where there is nothing to leave out', () => {
    const bare = { ...question, entities: [{ uid, attrs: {}, parents: [] }] }
    const { policies } = judging([yes()])
    const { asked } = askPolicies({ policies, shadow: null }, [bare])
    expect(asked.questions).toEqual([bare])
    expect(asked.questions[0]?.entities[0]).toBe(bare.entities[0])
    expect([asked.needs, asked.approved, asked.isPersonal]).toEqual([[], false, undefined])
  })
})

describe('a no', () => {
  it('is explained by the rules that forbid it, or by the errors alone', () => {
    expect(explainNo(ask(no('a:x')))).toEqual({ code: 'denied', reasons: [{ rule: 'a:x', sentence: 'a:x says so.' }] })
    expect(explainNo(ask(no('a:x'), broken('a:y: overflow')))).toEqual({
      code: 'policy_error',
      reasons: [{ rule: 'policy:error', sentence: 'A policy could not be evaluated: a:y: overflow' }],
    })
  })

  it('names eight errors at most', () => {
    const errors = Array.from({ length: 9 }, (_, at) => `e${at}`)
    const { reasons } = explainNo(ask(broken(...errors)))
    expect(reasons.map(({ sentence }) => sentence.at(-1))).toEqual(['0', '1', '2', '3', '4', '5', '6', '7'])
  })
})

describe('a call that a person may have to approve', () => {
  const need = { rule: 'law:entitlement-approval', sentence: 'Each call needs a yes.' }
  const verdict = (allowed: boolean, rule: string, errors: readonly string[] = []): PolicyVerdict => ({
    allowed,
    errors,
    reasons: [{ rule, sentence: rule }],
    obligations: [],
    asked: { questions: [question], needs: [], approved: false },
  })
  /** What the policies say without and with an approval. */
  const weigh = (plain: PolicyVerdict, approved: PolicyVerdict, needs: readonly (typeof need)[] = []) => {
    const asked: boolean[] = []
    const weighed = weighCall((withApproval) => {
      asked.push(withApproval)
      return withApproval ? approved : plain
    }, needs)
    return {
      allowed: weighed.verdict.allowed,
      by: rules(weighed.verdict),
      needs: rules({ reasons: weighed.needs }),
      asked,
      kept: weighed.verdict.asked,
    }
  }
  const [may, mayNot, mayThen] = [verdict(true, 'a:may'), verdict(false, 'a:not'), verdict(true, 'a:then')]

  it('passes where policies and laws permit it', () => {
    expect(weigh(may, mayThen)).toMatchObject({ allowed: true, by: ['a:may'], needs: [], asked: [false] })
  })

  it('is held where a law asks for a yes, and for that law alone', () => {
    const weighed = weigh(may, mayThen, [need])
    expect(weighed).toMatchObject({ allowed: true, by: ['a:then'], needs: [need.rule], asked: [false, true] })
    expect(weighed.kept).toEqual({ questions: [question], needs: [need.rule], approved: false })
  })

  it('is held where the policies would permit it with a yes, for their reasons', () => {
    expect(weigh(mayNot, mayThen)).toMatchObject({ allowed: true, by: ['a:then'], needs: ['a:not'] })
    expect(weigh(mayNot, mayThen, [need])).toMatchObject({ allowed: true, needs: [need.rule, 'a:not'] })
  })

  it('is denied where no yes would change anything', () => {
    expect(weigh(mayNot, mayNot)).toMatchObject({ allowed: false, by: ['a:not'], asked: [false, true] })
  })

  it('is denied where a policy failed, and nobody is asked for a yes', () => {
    const failed = weigh(verdict(false, 'a:not', ['boom']), mayThen, [need])
    expect(failed).toMatchObject({ allowed: false, by: ['a:not'], asked: [false] })
    expect(failed.kept.needs).toEqual([need.rule])
  })
})
