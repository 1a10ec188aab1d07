import type { ActionClass } from '../../../contract/action-class.ts'
import { CLEAN_LABELS } from '../../../contract/label.ts'
import type { Identity } from '../../../contract/register/identity.ts'
import type { Sensitivity } from '../../../contract/sensitivity.ts'
import { newUsage, type Task } from '../../../contract/task.ts'
import type { TaskFacts } from '../slice.ts'

/** When every case happens that does not say otherwise: a Monday noon. */
export const storyMs = Date.UTC(2026, 2, 2, 12)

/** An active agent of tier T2 with a team's reach. */
export const storyIdentity: Identity = {
  id: 'idn_story',
  name: 'agent',
  kind: 'agent',
  runtime: 'own',
  vendor: null,
  state: 'active',
  owner: 'psn_owner',
  sponsor: 'psn_sponsor',
  purpose: 'work',
  autonomy: 'supervised',
  reach: 'team',
  tier: 'T2',
  tierReasons: [],
  requestedBy: null,
  authors: [],
  createdMs: 0,
  activatedMs: 0,
  rehearsedMs: 0,
  suspendedBecause: null,
}

/** Another agent, to which part of a task is handed. */
export const storyHelper: Identity = { ...storyIdentity, id: 'idn_helper', name: 'helper' }

/** A task of an identity that has touched nothing yet, with an hour left. */
export function storyTask(id: string, identity: Identity, parent: Task | null): TaskFacts {
  const link = { identityId: identity.id, name: identity.name, taskId: id }
  const task: Task = {
    id,
    identityId: identity.id,
    parentId: parent?.id ?? null,
    rootId: parent?.rootId ?? id,
    chain: [...(parent?.chain ?? []), link],
    purpose: 'work',
    goal: 'work',
    ticket: null,
    scope: [],
    ceiling: 'internal',
    budget: { callsMax: 100, writesMax: 10, bytesMax: 1_000_000 },
    labels: CLEAN_LABELS,
    delegationDepthLeft: 1,
    onBehalfOf: null,
    approvalId: null,
    bindingId: null,
    state: 'active',
    createdMs: storyMs,
    endsMs: storyMs + 3_600_000,
    endedMs: null,
    endedBecause: null,
  }
  return { task, usage: newUsage(task, CLEAN_LABELS) }
}

/** What a case acts on where it does not say. */
export const storyResource: { readonly id: string; readonly sensitivity: Sensitivity } = {
  id: 'docs:/notes.md',
  sensitivity: 'internal',
}

/** What a case acts with where it does not say. */
export function storyTool(actionClass: ActionClass): { readonly name: string; readonly server: string } {
  return { name: `docs/${actionClass}`, server: 'docs' }
}
