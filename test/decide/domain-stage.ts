import { compileDomain } from '../../src/decide/domain/compile-domain.ts'
import type { DomainTexts } from '../../src/decide/domain/domain.ts'
import type { EvaluationRequest } from '../../src/decide/requests.ts'
import { CERTIFICATION } from '../authzen/certification.ts'
import { personOf, World } from './world.ts'

const fail = (): never => {
  throw new Error('the engines differ')
}
/** The domain of the certification scenario, with other texts in the place of some of its own. */
export const compile = (texts: Partial<DomainTexts>): ReturnType<typeof compileDomain> =>
  compileDomain('app', { ...CERTIFICATION, ...texts }, fail)
/** One file of policies, and nothing else. */
export const policies = (text: string): Partial<DomainTexts> => ({ files: [{ name: 'a.cedar', text }], entities: null })

/** Alice reads a record, unless something else is said. */
export const question = (
  subject: object = {},
  action: object = {},
  resource: object = {},
  context: Readonly<Record<string, unknown>> = {},
): EvaluationRequest => ({
  subject: { type: 'user', id: 'alice', properties: {}, ...subject },
  action: { name: 'read', properties: {}, ...action },
  resource: { type: 'record', id: 'record-1', properties: {}, ...resource },
  context,
})

/** A world with one domain in it, and how a person asks it. */
export function stage(texts: Partial<DomainTexts> = {}): {
  readonly world: World
  readonly ask: (...parts: Parameters<typeof question>) => ReturnType<World['decide']['evaluation']>
} {
  const world = new World()
  world.domains.put({ domain: compile(texts), guards: [] })
  const by = personOf(world)
  return { world, ask: (...parts) => world.decide.evaluation(question(...parts), by, 'app') }
}
