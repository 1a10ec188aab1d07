import { describeEnvelope, type Envelope, findEnvelopeFault } from '../src/contract/approval/envelope.ts'
import { findEnvelopeWidening } from '../src/contract/approval/narrower.ts'

/** What the contract says of envelopes, for programs that know Remit through this client only. */
export const envelopes = {
  /** Says in plain words what one covers, a sentence a line. */
  describe: describeEnvelope,
  /** Says why one cannot be given for a call, or null where it can. */
  findFault: findEnvelopeFault,
  /** Says how one is wider than what was proposed, or null where it is not. */
  findEnvelopeWidening,
  /** Gives the `_meta` of an MCP tool call that proposes one, should the call be held, with why. */
  propose: (envelope: Envelope, justification?: string): Readonly<Record<string, unknown>> => ({
    'dev.remit/envelope': envelope,
    ...(justification === undefined ? {} : { 'dev.remit/justification': justification }),
  }),
} as const
