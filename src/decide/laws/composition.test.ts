import { describe, expect, it } from 'vitest'
import { addPolicies } from '../../../test/decide/policies-with.ts'
import { reader, taskRequest, World } from '../../../test/decide/world.ts'
import type { Composition } from '../../contract/register/composition.ts'
import { COMPOSITION_LAWS } from './composition.ts'
import { findBroken } from './law.ts'

const [one, other] = ['1'.repeat(64), '2'.repeat(64)]
const whole: Composition = { model: 'large-4', promptDigest: one, toolsDigest: one }

/** What a broken law says: its rule, its code, its sentence and the way to ask. */
function hear(composition: Composition | undefined, running: Composition | undefined): readonly string[] | undefined {
  const facts = { identity: { name: 'reader', ...(composition === undefined ? {} : { composition }) }, running }
  const broken = findBroken(COMPOSITION_LAWS, facts)
  return broken === undefined ? undefined : [broken.rule, broken.code, broken.says(facts), broken.ask(facts)]
}

const RULE = ['law:composition', 'composition_changed']
const OWNER =
  'Run what was approved, or ask the owner of reader to suspend it and put it up for approval with what runs now (remit identity submit).'
const differs = (parts: string): readonly string[] => [
  ...RULE,
  `What runs is not what was approved of reader, by its ${parts}.`,
  OWNER,
]

describe('what an identity is made of', () => {
  it.each<[string, Composition | undefined, Composition | undefined]>([
    ['is not asked of one that declares nothing', undefined, undefined],
    ['may be stated where nothing is declared', undefined, whole],
    ['is as declared', whole, { ...whole }],
    [
      'may be anything in a part that is not declared',
      { ...whole, toolsDigest: null },
      { ...whole, toolsDigest: other },
    ],
    [
      'need not be stated in a part that is not declared',
      { ...whole, toolsDigest: null },
      { ...whole, toolsDigest: null },
    ],
  ])('%s', (_, declared, running) => {
    expect(hear(declared, running)).toBeUndefined()
  })

  it.each<[string, Composition, readonly string[]]>([
    ['another model', { ...whole, model: 'large-5' }, differs('model')],
    ['a model in other letters', { ...whole, model: 'Large-4' }, differs('model')],
    ['another prompt', { ...whole, promptDigest: other }, differs('prompt')],
    ['no prompt', { ...whole, promptDigest: null }, differs('prompt')],
    ['other tools', { ...whole, toolsDigest: other }, differs('tools')],
    ['all else', { model: 'small', promptDigest: other, toolsDigest: null }, differs('model, prompt, tools')],
  ])('is not %s', (_, running, said) => {
    expect(hear(whole, running)).toEqual(said)
  })

  it('must be stated where it is declared', () => {
    expect(hear({ model: 'large-4', promptDigest: null, toolsDigest: null }, undefined)).toEqual([
      ...RULE,
      'reader was approved as it is made, and its workload does not say what runs.',
      'State the composition that runs with the request.',
    ])
  })
})

describe('a task of an identity that was approved as it is made', () => {
  const made: Composition = { model: 'large-4', promptDigest: null, toolsDigest: one }
  const ask = (world: World, composition: Composition | undefined) =>
    world.decide.task(world.workload(), { ...taskRequest, composition })

  it('is for just that, and its entry says what runs', async () => {
    const world = new World()
    world.change('identities', reader.id, { composition: made })
    const running = { ...made, promptDigest: other }
    expect(world.take(await ask(world, running)).entry.data['composition']).toEqual(running)
    for (const refused of [{ ...made, toolsDigest: other }, undefined])
      expect(world.refuse(await ask(world, refused))).toMatchObject({
        code: 'composition_changed',
        reasons: [{ rule: 'law:composition' }],
      })
  })

  it.each<[string, Composition | undefined, string]>([
    ['the model', { ...made, model: 'small-1' }, 'denied'],
    ['a digest', { ...made, toolsDigest: other }, 'denied'],
    ['that a part is not declared', { ...made, toolsDigest: null }, 'denied'],
    ['what all are content with', made, 'permitted'],
    ['that nothing is declared', undefined, 'denied'],
  ])('is judged by policies that see %s', async (_, composition, answer) => {
    const world = new World()
    const decide = world.decideWith(
      addPolicies(`
        @id("own:known") @sentence("Only what is known.")
        forbid (principal, action == Remit::Action::"task", resource)
        unless {
          principal has composition && principal.composition.model == "large-4" &&
          principal.composition has toolsDigest && principal.composition.toolsDigest == "${one}" &&
          !(principal.composition has promptDigest)
        };`),
    )
    if (composition !== undefined) world.change('identities', reader.id, { composition })
    const decision = await decide.task(world.workload(), { ...taskRequest, composition })
    expect(decision.outcome === 'permit' ? 'permitted' : decision.code).toBe(answer)
  })
})
