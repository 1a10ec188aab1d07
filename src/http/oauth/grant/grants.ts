import { authorizationCode } from './authorization-code.ts'
import { clientCredentials } from './client-credentials.ts'
import { tokenExchange } from './exchange.ts'
import type { Grant } from './grant.ts'
import { jwtBearer } from './jwt-bearer.ts'

/** Every grant that the token endpoint takes, and that its metadata names: one row each. */
export const GRANTS: readonly Grant[] = [tokenExchange, clientCredentials, jwtBearer, authorizationCode]
