import { createDecide, type Decide } from '../../src/decide/decide.ts'
import type { DomainShelf } from '../../src/decide/domain/domain-shelf.ts'
import { systemClock } from '../../src/ground/clock.ts'
import { createIds } from '../../src/ground/ids.ts'
import { shelve } from '../decide/policy-set.ts'
import type { World } from '../decide/world.ts'

/** One call that a decision made to something that it is made of. */
export interface Step {
  /** Part, method, and which call of it this is, from 1: `store.tasks 2`. */
  readonly name: string
  readonly asked: readonly unknown[]
  /** What it gave, once it has. */
  answer: unknown
}

/** What a step does instead; `answer` does what it would have done, and gives a promise where the step is a read. */
export type Fault = (answer: () => unknown) => unknown

/** A decision point that notes its steps, in order. */
export interface Watched {
  readonly decide: Decide
  readonly steps: readonly Step[]
}

/** Makes the decision point of a world, of which one step goes wrong. */
export function watchDecide(world: World, faulty = '', fault: Fault = (answer) => answer()): Watched {
  const steps: Step[] = []
  const call = (method: string, asked: readonly unknown[], run: () => unknown): unknown => {
    const nth = steps.filter(({ name }) => name.startsWith(`${method} `)).length + 1
    const step: Step = { name: `${method} ${nth}`, asked, answer: undefined }
    steps.push(step)
    const answer = step.name === faulty ? fault(run) : run()
    step.answer = answer
    if (answer instanceof Promise) answer.then((value: unknown) => (step.answer = value)).catch(() => undefined)
    return answer
  }
  const watch = <T extends object>(name: string, part: T): T =>
    new Proxy(part, {
      get: (target, key) => {
        const member: unknown = Reflect.get(target, key)
        if (typeof member !== 'function') return member
        return (...asked: unknown[]) =>
          call(`${name}.${String(key)}`, asked, () => Reflect.apply(member, target, asked))
      },
    })
  const enforced = world.shelf.enforced()
  const decide = createDecide({
    store: watch('store', world.store),
    policies: watch('policies', shelve({ ...enforced, engine: watch('engine', enforced.engine) })),
    domains: watch('domains', {
      find: (name) => {
        const shelved = world.domains.find(name)
        if (shelved === undefined) return undefined
        return { ...shelved, domain: { ...shelved.domain, engine: watch('engine', shelved.domain.engine) } }
      },
    } satisfies DomainShelf),
    clock: watch('clock', { ...systemClock, nowMs: () => world.nowMs }),
    ids: watch(
      'ids',
      createIds(() => world.nowMs),
    ),
    noteError: (error) => world.errors.push(error),
  })
  return { decide, steps }
}
