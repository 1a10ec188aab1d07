import type { Context, Reply } from '../../route.ts'
import { admitClient, refuseAs } from '../client.ts'
import type { Form } from '../form.ts'
import { answerClient, readClientAsk } from './answer-client.ts'
import type { Grant } from './grant.ts'

/** RFC 6749 section 4.4: the client's own proof in, an access token of one of its tasks out. */
export const clientCredentials: Grant = { type: 'client_credentials', run: takeClientProof }

async function takeClientProof(context: Context<Form, null>): Promise<Reply> {
  const asked = readClientAsk(context)
  const caller = await admitClient(context, { takesOwn: true })
  return await answerClient(context, caller, asked).catch(refuseAs('invalid_client'))
}
