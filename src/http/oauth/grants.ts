import { authorizationCode } from './authorization-code.ts'
import { clientCredentials } from './client-credentials.ts'
import { tokenExchange } from './exchange.ts'
import type { Grant } from './grant.ts'

/** Every grant that the token endpoint takes, and that its metadata names: one row each. */
export const GRANTS: readonly Grant[] = [tokenExchange, clientCredentials, authorizationCode]
