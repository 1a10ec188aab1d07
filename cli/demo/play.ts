import type { AccessToken, Agent } from '../../sdk/agent.ts'
import type { Client } from '../../sdk/client.ts'
import type { ProofKey } from '../../sdk/dpop.ts'
import type { StandardFetch } from '../../sdk/token-fetch.ts'
import type { Gateway } from './gateway.ts'
import type { Shelf } from './shelf.ts'
import type { Stage } from './stage.ts'

/** A person of the story, with a session of their own. */
export interface Player {
  readonly id: string
  readonly name: string
  readonly session: string
  readonly client: Client
}

/** An AI of the story: what its platform and its own program give it. It holds no secret of ours. */
export interface Machine {
  readonly name: string
  readonly agent: Agent
  readonly key: ProofKey | undefined
  /** Gives a fetch that shows a token, as its MCP client uses it. */
  readonly fetchWith: (token: AccessToken) => StandardFetch
}

/** What steps hand on. */
export interface Keepsakes {
  ada: Player
  grace: Player
  lin: Player
  sam: Player
  summariser: Machine
  releaser: Machine
  summariserId: string
  releaserId: string
  /** The task of the summariser on its own, and the one that it was handed. */
  ownTask: string
  parentTask: string
  childTask: string
  parentToken: AccessToken
  childToken: AccessToken
  /** Entries that are explained at the end. */
  permitEntry: number
  denialEntry: number
  /** The pack and the key, as files. */
  packFile: string
  keyFile: string
}

/** What every step plays with. */
export interface Play {
  readonly stage: Stage
  readonly shelf: Shelf<Keepsakes>
  /** Says one thing that happened, and the entry of the log that proves it. */
  readonly tell: (actor: string, sentence: string, entry?: number) => Promise<void>
  /** Opens an MCP session through the gateway; it is closed with the story. */
  readonly connect: (machine: Machine, token: AccessToken, server: string) => Promise<Gateway>
}

/** One step of the story. */
export interface Step {
  readonly title: string
  readonly play: (play: Play) => Promise<void>
}
