import type { Step } from '../play.ts'
import { expectRefusal, expectThat } from '../story-error.ts'

/** An AI that nobody registered acts, is refused, and is on record. */
export const DISCOVERED_STEP: Step = {
  title: 'An AI that nobody knows is found acting',
  play: async ({ shelf, tell }) => {
    const { name, agent } = shelf.take('summariser')
    const refusal = await expectRefusal('The first token request', 'identity_unknown', () =>
      agent.exchange('tsk_none', agent.gatewayUrl('docs')),
    )
    await tell(name, 'asks for a token with an assertion of its platform: refused, identity_unknown', refusal.entry)
    const { identities } = await shelf.take('ada').client.identities.list({ state: 'discovered' })
    const [found] = identities
    expectThat(found !== undefined && identities.length === 1, 'It does not stand in the register as discovered.')
    shelf.put('summariserId', found.id)
    await tell('Remit', 'lists it as discovered: inert, without owner, purpose or rights', found.entry)
  },
}
