import { type Composition, findRecomposed } from '../../contract/register/composition.ts'
import type { Identity } from '../../contract/register/identity.ts'
import type { Law } from './law.ts'

/** An identity, and what the workload that speaks for it says that it is made of now. */
export interface Composed {
  readonly identity: Pick<Identity, 'name' | 'composition'>
  /** Undefined where it says nothing. */
  readonly running: Composition | undefined
}

const WORDS = { model: 'model', promptDigest: 'prompt', toolsDigest: 'tools' } as const

const differing = ({ identity, running }: Composed): readonly string[] =>
  findRecomposed(identity.composition, running).map((part) => WORDS[part])

/** What was approved is what runs, for a task as for a token: it is asked only of an identity that declares it. */
export const COMPOSITION_LAWS: readonly Law<Composed>[] = [
  {
    rule: 'law:composition',
    code: 'composition_changed',
    holds: (facts) => differing(facts).length === 0,
    says: (facts) =>
      facts.running === undefined
        ? `${facts.identity.name} was approved as it is made, and its workload does not say what runs.`
        : `What runs is not what was approved of ${facts.identity.name}, by its ${differing(facts).join(', ')}.`,
    ask: ({ identity, running }) =>
      running === undefined
        ? 'State the composition that runs with the request.'
        : `Run what was approved, or ask the owner of ${identity.name} to suspend it and put it up for approval with what runs now (remit identity submit).`,
  },
]

/** A client says nowhere what it is made of: where that was approved, nobody could get a token in a task of its. */
export const CLIENT_COMPOSITION_LAW: Law<Pick<Composed, 'identity'>> = {
  rule: 'law:client-composition',
  code: 'composition_changed',
  holds: ({ identity }) => findRecomposed(identity.composition, undefined).length === 0,
  says: ({ identity }) => `${identity.name} was approved as it is made, and no client can say what runs.`,
  ask: () => 'Let a workload of it act for the person, which says what runs (remit acting let).',
}
