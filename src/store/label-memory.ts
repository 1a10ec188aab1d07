import type { Meter } from '../contract/change.ts'
import type { TaskLabels, TaskUsage } from '../contract/task.ts'
import { Recent } from '../ground/recent.ts'

/** What was found of one identity's tasks behind a key: of each label the first that has it. */
interface Known {
  readonly after: string
  readonly found: readonly TaskLabels[]
}

/** What the tasks of identities have read, as far as it is known. Sound where it is told of each change, as `Resident` is. */
export class LabelMemory {
  readonly #known: Recent<Known>

  constructor(identitiesMax: number) {
    this.#known = new Recent(identitiesMax)
  }

  /** Of each label the first task of an identity behind a key; undefined where the store has to be asked. */
  find(identityId: string, after: string): readonly TaskLabels[] | undefined {
    const known = this.#known.get(identityId)
    const isFirst = known !== undefined && known.after <= after && known.found.every(({ taskId }) => taskId > after)
    return isFirst ? known.found : undefined
  }

  keep(identityId: string, after: string, found: readonly TaskLabels[]): void {
    this.#known.set(identityId, { after, found: Object.freeze(found) })
  }

  /** Takes in that what a task has used was begun. */
  begin(usage: TaskUsage): void {
    if (usage.confidentiality > 0 || usage.integrity > 0) this.#known.delete(usage.identityId)
  }

  /** Takes in that counters have moved: from what to what, as far as that is known. What is the same row was read behind the move. */
  move({ add, raise }: Meter<'task_usage'>, before: TaskUsage | undefined, next: TaskUsage | undefined): void {
    if (!('confidentiality' in add || 'integrity' in add || 'confidentiality' in raise || 'integrity' in raise)) return
    if (before === undefined) this.clear()
    else if (before === next || hasOtherLabels(before, next)) this.#known.delete(before.identityId)
  }

  clear(): void {
    this.#known.clear()
  }
}

function hasOtherLabels(before: TaskLabels, next: TaskLabels | undefined): boolean {
  return before.confidentiality !== next?.confidentiality || before.integrity !== next.integrity
}
