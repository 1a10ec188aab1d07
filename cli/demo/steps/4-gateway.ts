import { join } from 'node:path'
import type { CallOutcome } from '../gateway.ts'
import type { Step } from '../play.ts'
import { expectThat, StoryError } from '../story-error.ts'

/** A real MCP server, through the gateway, with the official client. */
export const GATEWAY_STEP: Step = {
  title: 'Through the gateway it reaches what its task needs, and no more',
  play: async (play) => {
    const { shelf, tell, stage } = play
    const machine = shelf.take('summariser')
    const token = await machine.agent.exchange(shelf.take('ownTask'), machine.agent.gatewayUrl('docs'))
    const minutes = Math.round((token.expiresMs - Date.now()) / 60_000)
    await tell(
      machine.name,
      `exchanges its assertion for a token: this task, this server, ${minutes} minutes`,
      token.entry,
    )
    const gateway = await play.connect(machine, token, 'docs')
    const tools = await gateway.list()
    expectThat(tools.toSorted().join() === 'list_directory,read_text_file', `The list shows ${tools.join(', ')}.`)
    await tell(
      machine.name,
      `lists the tools of server-filesystem by MCP ${gateway.version}: ${tools.join(', ')}; the others are not there for it`,
    )
    const path = (file: string): string => join(stage.documents, file)
    const read = expectPermit(await gateway.call('read_text_file', { path: path('public/handbook.md') }))
    expectThat(read.text.includes('brings cake'), 'The document did not come through whole.')
    await tell(
      machine.name,
      `reads public/handbook.md: permitted, ${read.text.length} characters of the real file`,
      read.entry,
    )
    const write = expectDenial(
      await gateway.call('write_file', { path: path('public/handbook.md'), content: 'x' }),
      'scope_exceeded',
    )
    await tell(machine.name, `writes: denied, ${write.code}. "${write.sentence}" ${write.ask}`, write.entry)
    const salaries = expectDenial(
      await gateway.call('read_text_file', { path: path('confidential/salaries.csv') }),
      'ceiling_exceeded',
    )
    shelf.put('denialEntry', salaries.entry)
    await tell(
      machine.name,
      `reads confidential/salaries.csv: denied, ${salaries.code}. "${salaries.sentence}"`,
      salaries.entry,
    )
  },
}

/** Gives a permitted outcome; fails the story on a denial. */
export function expectPermit(outcome: CallOutcome): CallOutcome & { readonly isPermitted: true } {
  if (outcome.isPermitted) return outcome
  throw new StoryError(`A call was denied (${outcome.code}: ${outcome.sentence}) that had to be permitted.`)
}

/** Gives a denied outcome of this code; fails the story on anything else. */
export function expectDenial(outcome: CallOutcome, code: string): CallOutcome & { readonly isPermitted: false } {
  if (outcome.isPermitted)
    throw new StoryError(`A call was permitted (entry #${outcome.entry}) that had to be denied with ${code}.`)
  if (outcome.code === code) return outcome
  throw new StoryError(`A call was denied with ${outcome.code} in place of ${code}: ${outcome.sentence}`)
}
