import type { Import } from '../../tools/read-imports.ts'

/** The floors of the house, lowest first. An import goes to a lower floor or stays in its room; it never goes sideways. */
export const FLOORS: readonly (readonly string[])[] = [
  ['contract'],
  ['ground'],
  ['register', 'authenticate', 'record', 'config'],
  ['decide', 'revoke', 'reconcile', 'prove'],
  ['issue', 'enforce'],
  ['flow', 'store'],
  ['http', 'mcp'],
  ['main'],
]

/** Folders of src that are rooms: they do the work, and know neither doors, nor flows, nor engines. */
export const ROOMS = FLOORS.slice(2, 5)
  .flat()
  .filter((room) => room !== 'config')

/** Imports that are refused whatever the floors say, each with the reason that its reader needs. */
export const NEVERS: readonly Never[] = [
  {
    from: ROOMS,
    to: ['http', 'mcp', 'flow', 'store'],
    because: 'a room never imports a door, a flow or a store engine',
  },
  { from: ['record', 'prove'], to: ['issue'], because: 'the witness must not know the maker' },
  {
    from: ['config'],
    to: [...ROOMS, 'flow', 'store', 'http', 'mcp'],
    because: 'config knows only contract and ground',
  },
]

type Never = { from: readonly string[]; to: readonly string[]; because: string }

/** The room of a path: the folder or file directly in src, or undefined outside of src. */
export function roomOf(path: string): string | undefined {
  return /^src\/([^/]+?)(\.ts)?(\/|$)/.exec(path)?.[1]
}

/** Says what is wrong with an import by the floors alone, or undefined. */
export function judgeByFloors(path: string, { target }: Import): string | undefined {
  const from = roomOf(path)
  const to = roomOf(target)
  if (from === undefined || to === undefined || from === to) return undefined
  const [fromFloor, toFloor] = [floorOf(from), floorOf(to)]
  if (fromFloor === -1 || toFloor === -1) return `${fromFloor === -1 ? from : to} is on no floor`
  if (fromFloor > toFloor) return undefined
  return fromFloor === toFloor ? `${from} and ${to} are neighbours on one floor` : `${to} is above ${from}`
}

/** Says which of the refused imports this is, or undefined. */
export function judgeByNevers(path: string, { target }: Import): string | undefined {
  const from = roomOf(path) ?? ''
  const to = roomOf(target) ?? ''
  return NEVERS.find((never) => never.from.includes(from) && never.to.includes(to))?.because
}

function floorOf(room: string): number {
  return FLOORS.findIndex((floor) => floor.includes(room))
}
