/** Work that is done side by side, where each name has room of its own and holds up no other. */
export interface Lanes {
  /** Puts an id into the lane of a name, once. What does not fit is left out: whoever keeps the work comes back with it. */
  add(name: string, id: string): void
  /** Begins nothing more, and resolves once nothing is under way. */
  close(): Promise<void>
}

/** How much room a lane has. */
export interface LaneBounds {
  readonly atOnceMax: number
  readonly waitingMax: number
}

interface Lane {
  readonly waiting: Set<string>
  readonly underWay: Map<string, Promise<void>>
}

/** Makes lanes for `work`, which must not throw. A lane that is empty takes no room. */
export function createLanes(work: (id: string) => Promise<void>, { atOnceMax, waitingMax }: LaneBounds): Lanes {
  const lanes = new Map<string, Lane>()
  let isClosed = false
  const goOn = (name: string, lane: Lane): void => {
    for (const id of lane.waiting) {
      if (lane.underWay.size >= atOnceMax) break
      lane.waiting.delete(id)
      const done = work(id).then(() => {
        lane.underWay.delete(id)
        goOn(name, lane)
      })
      lane.underWay.set(id, done)
    }
    if (lane.underWay.size === 0 && lane.waiting.size === 0) lanes.delete(name)
  }
  return {
    add: (name, id) => {
      const lane = lanes.get(name) ?? { waiting: new Set<string>(), underWay: new Map<string, Promise<void>>() }
      if (isClosed || lane.underWay.has(id) || lane.waiting.size >= waitingMax) return
      lanes.set(name, lane)
      lane.waiting.add(id)
      goOn(name, lane)
    },
    close: async () => {
      isClosed = true
      for (const { waiting } of lanes.values()) waiting.clear()
      await Promise.all([...lanes.values()].flatMap(({ underWay }) => [...underWay.values()]))
    },
  }
}
