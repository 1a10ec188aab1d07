import { createAgent } from '../../../sdk/agent.ts'
import { createClient } from '../../../sdk/client.ts'
import { createProofKey, type ProofKey } from '../../../sdk/dpop.ts'
import type { ActionClass, Role, Sensitivity } from '../../../sdk/nouns.ts'
import { createTokenFetch } from '../../../sdk/token-fetch.ts'
import type { Machine, Play, Player, Step } from '../play.ts'
import { expectRefusal, expectThat } from '../story-error.ts'
import { askUntilUp } from '../until-up.ts'

const PEOPLE: readonly {
  readonly key: 'grace' | 'lin' | 'sam'
  readonly name: string
  readonly roles: readonly Role[]
}[] = [
  { key: 'grace', name: 'Grace', roles: ['owner', 'approver'] },
  { key: 'lin', name: 'Lin', roles: ['approver', 'auditor'] },
  { key: 'sam', name: 'Sam', roles: ['responder'] },
]

const PURPOSES: readonly {
  readonly code: string
  readonly title: string
  readonly classes: readonly ActionClass[]
  readonly ceiling: Sensitivity
}[] = [
  { code: 'summarise-documents', title: 'Summarise documents for the team', classes: ['read'], ceiling: 'internal' },
  {
    code: 'publish-release',
    title: 'Write and publish release notes',
    classes: ['read', 'write', 'execute'],
    ceiling: 'internal',
  },
]

const RESOURCES: readonly { readonly pattern: string; readonly sensitivity: Sensitivity }[] = [
  { pattern: 'docs:public/*', sensitivity: 'public' },
  { pattern: 'docs:internal/*', sensitivity: 'internal' },
  { pattern: 'docs:confidential/*', sensitivity: 'confidential' },
  { pattern: 'jobs:*', sensitivity: 'internal' },
]

const FILE_TOOLS: readonly { readonly tool: string; readonly actionClass: ActionClass }[] = [
  { tool: 'read_text_file', actionClass: 'read' },
  { tool: 'list_directory', actionClass: 'read' },
  { tool: 'write_file', actionClass: 'write' },
]

const LONG_TOOL = {
  server: 'everything',
  tool: 'trigger-long-running-operation',
  actionClass: 'execute',
  resourceArgument: null,
  resourceKind: 'text',
  resourcePrefix: 'jobs:release-build',
  resourceRoot: '',
  resultIntegrity: 'trusted',
} as const

/** Before the story: the first administrator signs in, adds people, and says what is what. */
export const HOUSE_STEP: Step = {
  title: 'The house is set',
  play: async (play) => {
    await signInAda(play)
    await addPeople(play)
    await writeLists(play)
    await reviewTools(play)
    makeMachines(play, await createProofKey())
  },
}

async function signInAda(play: Play): Promise<void> {
  const link = play.stage.server.listening.firstLink
  expectThat(link !== undefined, 'A first start offers no sign-in link.')
  const { player: ada, entry } = await signIn(play, link)
  play.shelf.put('ada', ada)
  await play.tell('Ada', 'is the first administrator: she signs in by the one-time link of the first start', entry)
  await expectRefusal('The link, used again,', 'login_link_invalid', () => signIn(play, link))
  await play.tell('Remit', 'refuses the same link a second time')
  const named = await ada.client.people.rename(ada.id, { name: 'Ada', email: 'ada@example.org' })
  await play.tell('Ada', 'says by which name the register knows her', named.entry)
}

async function signIn(play: Play, link: string) {
  const { baseUrl } = play.stage
  const { session, person, entry } = await createClient({ baseUrl }).sessions.open(link)
  const player: Player = { id: person.id, name: person.name, session, client: createClient({ baseUrl, session }) }
  return { player, entry }
}

async function addPeople(play: Play): Promise<void> {
  const { client } = play.shelf.take('ada')
  for (const { key, name, roles } of PEOPLE) {
    const added = await client.people.add({ name, email: `${key}@example.org`, roles })
    const { player } = await signIn(play, added.link)
    play.shelf.put(key, player)
    await play.tell('Ada', `adds ${name} (${roles.join(', ')}), who signs in`, added.entry)
  }
}

async function writeLists(play: Play): Promise<void> {
  const { catalogue } = play.shelf.take('ada').client
  for (const purpose of PURPOSES) {
    const { entry } = await catalogue.definePurpose(purpose)
    const classes = purpose.classes.join(', ')
    await play.tell('Ada', `defines the purpose ${purpose.code}: ${classes}, up to ${purpose.ceiling} data`, entry)
  }
  const entries: number[] = []
  for (const rule of RESOURCES) entries.push((await catalogue.classifyResource(rule)).entry)
  const words = RESOURCES.map(({ pattern, sensitivity }) => `${pattern} is ${sensitivity}`)
  await play.tell('Ada', `says how sensitive data is: ${words.join(', ')}`, entries.at(-1))
}

async function reviewTools(play: Play): Promise<void> {
  const { catalogue } = play.shelf.take('ada').client
  const files = {
    server: 'docs',
    resourceArgument: 'path',
    resourceKind: 'path',
    resourcePrefix: 'docs:',
    resourceRoot: play.stage.documents,
    resultIntegrity: 'trusted',
  } as const
  for (const row of FILE_TOOLS) await askUntilUp(() => catalogue.classifyTool({ ...files, ...row }))
  const { entry } = await askUntilUp(() => catalogue.classifyTool(LONG_TOOL))
  const { servers } = await catalogue.servers()
  const offered = servers.reduce((sum, { tools }) => sum + tools.length, 0)
  const reviewed = FILE_TOOLS.length + 1
  await play.tell(
    'Ada',
    `reviews ${reviewed} of the ${offered} tools of two MCP servers and pins their definitions; the others stay closed`,
    entry,
  )
}

function makeMachines(play: Play, key: ProofKey): void {
  const { baseUrl, issuer, trust } = play.stage
  const summariser = (): Promise<string> =>
    issuer.mint({ sub: 'workload:docs-summariser', aud: baseUrl, repository: 'example/docs' })
  const releaser = (): Promise<string> =>
    trust.mint('/ns/release/sa/release-agent', { aud: [baseUrl], jti: crypto.randomUUID() })
  play.shelf.put('summariser', makeMachine('docs-summariser', baseUrl, summariser))
  play.shelf.put('releaser', makeMachine('release-agent', baseUrl, releaser, key))
}

function makeMachine(name: string, baseUrl: string, assertion: () => Promise<string>, key?: ProofKey): Machine {
  const bound = key === undefined ? {} : { key }
  return {
    name,
    key,
    agent: createAgent({ baseUrl, assertion, ...bound }),
    fetchWith: (token) => createTokenFetch({ token: async () => token, ...bound }),
  }
}
