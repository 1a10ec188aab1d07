import { describeEnvelope, findEnvelopeFault } from '../src/contract/envelope.ts'

/** What the contract says of envelopes, for programs that know Remit through this client only. */
export const envelopes = {
  /** Says in plain words what one covers, a sentence a line. */
  describe: describeEnvelope,
  /** Says why one cannot be given for a call, or null where it can. */
  findFault: findEnvelopeFault,
} as const
