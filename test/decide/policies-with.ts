import { readFile } from 'node:fs/promises'
import { CLEAN_LABELS } from '../../src/contract/label.ts'
import { newUsage } from '../../src/contract/task.ts'
import type { Entity } from '../../src/decide/cedar/entities.ts'
import { createSurroundings, DEFAULT_PLACE } from '../../src/decide/facts/surroundings.ts'
import type { PolicyAnswer } from '../../src/decide/policy/engine.ts'
import { type Policies, shippedFolder } from '../../src/decide/policy/load-policies.ts'
import { askAboutAct } from '../../src/decide/policy/slice.ts'
import { newTask } from '../contract/nouns.ts'
import { compilePolicies } from './policy-set.ts'
import { reader, startMs } from './world.ts'

const schema = await readFile(`${shippedFolder}remit.cedarschema`, 'utf8')
const FILES = ['base', 'guardrails', 'tiers'].map((name) => `${name}.cedar`)
const shipped = await Promise.all(
  FILES.map(async (name) => ({ name, text: await readFile(`${shippedFolder}${name}`, 'utf8') })),
)

/** The shipped policies with more beside them. A first decision is always held against Cedar's own engine. */
export function addPolicies(text: string): Policies {
  return compilePolicies(schema, [...shipped, { name: 'own.cedar', text }])
}

/** Policies alone, and what they say to an act with these inputs; each answer is held against Cedar's own engine. */
export function policiesWith(text: string): { readonly judge: (inputs: readonly Entity[]) => PolicyAnswer } {
  const task = { ...TASK, identityId: reader.id }
  return {
    judge: (inputs) => {
      const { engine } = compilePolicies(schema, [{ name: 'own.cedar', text }]) // the first decision is checked
      return engine.decide(
        askAboutAct(
          reader,
          { task, usage: newUsage(task, CLEAN_LABELS) },
          {
            name: 'pay/transfer',
            actionClass: 'write',
            server: 'pay',
            resultUntrusted: false,
            approved: false,
            proof: { strength: 'bearer', possession: false },
            inputs,
            history: () => [],
            tags: { identity: {}, resource: {}, asked: {} },
          },
          { id: 'pay:/x', sensitivity: 'internal' },
          createSurroundings(DEFAULT_PLACE)(startMs, undefined),
        ),
      )
    },
  }
}

const TASK = newTask({
  id: 'tsk_a',
  rootId: 'tsk_a',
  chain: [{ identityId: reader.id, name: reader.name, taskId: 'tsk_a' }],
  purpose: 'summarise',
  createdMs: startMs,
  endsMs: startMs + 1_000,
})
