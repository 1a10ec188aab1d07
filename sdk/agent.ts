import { gatewayAddress } from '../src/contract/token/gateway-address.ts'
import { type AccessDesk, createAccessDesk } from './access.ts'
import { type Acting, createActing } from './acting.ts'
import type { Delegation, TaskEnded, TaskHandedOn, TaskOpened, TaskRequest, TaskShown, TokenAnswer } from './answers.ts'
import { type BaseUrl, type CallParts, createCaller, type Fetch } from './call.ts'
import type { ProofKey } from './dpop.ts'
import { type AcrossTarget, askAcross, type GrantAcross } from './grant-across.ts'
import type { Composition } from './nouns.ts'
import { isProblem } from './problem.ts'
import type { Certified, TrustBundle, TrustBundles } from './svid-answers.ts'
import { nobodyServes } from './unreachable.ts'

/** What an agent needs to work under Remit. */
export interface AgentOptions {
  /**
   * The server's public URL; assertions must name exactly this as their audience. Of several servers on one log, each, the
   * public one first.
   */
  readonly baseUrl: BaseUrl
  /** Gives a fresh assertion (OIDC JWT or JWT-SVID) of the platform that the agent runs on. Each counts once. */
  readonly assertion?: () => Promise<string>
  /** In place of assertions: the certificate that `fetch` shows at `baseUrl`, where the server asks for one. */
  readonly certificate?: CertificateProof
  /** In place of both: a static secret, of an identity of tier T0. */
  readonly secret?: ClientSecret
  /** A key to bind tokens to (RFC 9449). Required from tier T2 on. */
  readonly key?: ProofKey
  /** What runs; required where it was declared as the identity was put up for approval. */
  readonly composition?: Composition
  readonly fetch?: Fetch
}

/** A static secret, as `remit identity secret` told it. */
export interface ClientSecret {
  readonly clientId: string
  readonly secret: string
}

/** How an agent proves itself by the certificate of its connections (RFC 8705): an X.509-SVID or another one. */
export interface CertificateProof {
  /** Its SPIFFE ID or other subject of its binding, or the id of the identity. */
  readonly clientId: string
  /** The public URL of the server, of which tokens are; `baseUrl` is then the root of `mtls_endpoint_aliases`. */
  readonly publicUrl: string
}

/** An access token, ready to be used at one resource. Times in epoch milliseconds. */
export interface AccessToken {
  readonly value: string
  readonly type: 'Bearer' | 'DPoP'
  readonly taskId: string
  readonly resource: string
  readonly expiresMs: number
  /** Index of the entry that recorded the issue. */
  readonly entry: number
}

/** What an agent does with Remit. Every refusal is thrown as `RemitProblem`; a denial says what would be allowed. */
export interface Agent extends Acting<AccessToken> {
  /** Asks for a task. It is active at once, or waits for a person: then `approvalId` says for what. */
  openTask(request: TaskRequest): Promise<TaskOpened>
  /** Exchanges an assertion for a token of a task (RFC 8693). Errors: `approval_required` while the task waits. */
  exchange(taskId: string, resource: string): Promise<AccessToken>
  /**
   * Waits until a person has answered, then exchanges; gives up after `patienceMs` (default 10 minutes). Once a server has told it
   * to wait it waits also where none serves for a while.
   */
  exchangeWhenApproved(taskId: string, resource: string, patienceMs?: number): Promise<AccessToken>
  /**
   * Gets an X.509-SVID in a task, of the key that made the request (`makeCertificateKey`), where the server has a trust domain
   * of its own. It ends with the task at the latest.
   */
  certify(taskId: string, request: string): Promise<Certified>
  /**
   * Gets an ID-JAG in a task, with which it acts at another organisation as well. Errors: `target_invalid`, `scope_exceeded`.
   */
  grantAcross(taskId: string, target: AcrossTarget): Promise<GrantAcross>
  /** Gives the bundle by which its SVIDs are verified. */
  trustBundle(): Promise<TrustBundle>
  /** Gives that bundle with those of the trust domains that it is to trust, as the server is configured. */
  trustBundles(): Promise<TrustBundles>
  /** Gives a token for the API of Remit itself, kept until shortly before it expires. */
  apiToken(taskId: string): Promise<AccessToken>
  /** Hands a part of the task to another identity, which exchanges its own assertion for the child task. */
  delegate(taskId: string, delegation: Delegation): Promise<TaskHandedOn>
  showTask(taskId: string): Promise<TaskShown>
  /** Ends the task as done; its tokens and child tasks end with it. */
  complete(taskId: string, reason?: string): Promise<TaskEnded>
  /** Ends the task as failed. */
  fail(taskId: string, reason: string): Promise<TaskEnded>
  /** Evaluates in a task, and asks people for what is denied for want of an approval. */
  access(taskId: string): AccessDesk
  /** Gives the address of an MCP server behind the gateway. */
  gatewayUrl(server: string): string
}

const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const JWT = 'urn:ietf:params:oauth:token-type:jwt'
const PATIENCE_MS = 10 * 60_000
const POLL_MS = 1_000
/** So many times it asks again soon; then no faster than the server wants it (RFC 8628 section 3.5). */
const QUICK_POLLS = 5
const SLOW_POLL_MS = 5_000
/** A token is renewed this long before its end, so that no request is on its way when it ends. */
const MARGIN_MS = 15_000

/** Makes an agent's side of Remit. Throws where it has neither an assertion nor a certificate. */
export function createAgent(given: AgentOptions): Agent {
  const options = withWholeAssertion(given)
  const caller = createCaller(options)
  const prover = createProver(options)
  const kept = new Map<string, AccessToken>()
  const { proofFor, withNonce } = createNoncedProofs(options.key, caller.baseUrl)

  /** Shows a form at the token endpoint, made anew where the server asks for another proof. */
  const askForToken = (form: () => Promise<Readonly<Record<string, string>>>): Promise<TokenAnswer> =>
    withNonce(async () => {
      const shown = { form: await form(), headers: await proofFor('POST', '/oauth/token') }
      return caller.json<TokenAnswer>('POST', '/oauth/token', shown)
    })

  /** By what proves the workload, and no token. */
  const askAsWorkload = async <Answer>(path: string, body: object): Promise<Answer> =>
    withNonce(async () => {
      const headers = { ...(await prover.header()), ...(await proofFor('POST', path)) }
      return caller.json<Answer>('POST', path, { body: { composition: options.composition, ...body }, headers })
    })

  const exchange = async (taskId: string, resource: string): Promise<AccessToken> => {
    const [details, target] = [writeDetails(taskId, options), prover.nameOf(resource, caller.baseUrl)]
    const form = async () => ({ ...(await prover.form()), resource: target, authorization_details: details })
    return readToken(await askForToken(form), taskId, resource)
  }

  const apiToken = async (taskId: string): Promise<AccessToken> => {
    const old = kept.get(taskId)
    if (old !== undefined && old.expiresMs - MARGIN_MS > Date.now()) return old
    const fresh = await exchange(taskId, caller.baseUrl)
    kept.set(taskId, fresh)
    return fresh
  }

  const sendIn = async <Answer>(taskId: string, method: string, path: string, parts: CallParts): Promise<Answer> => {
    const { type, value } = await apiToken(taskId)
    return withNonce(async () => {
      const proof = { authorization: `${type} ${value}`, ...(await proofFor(method, path, value)) }
      return caller.json<Answer>(method, path, { ...parts, headers: { ...parts.headers, ...proof } })
    })
  }

  const inTask = <Answer>(method: string, taskId: string, verb: string, parts: CallParts): Promise<Answer> =>
    sendIn<Answer>(taskId, method, `/api/v1/tasks/${encodeURIComponent(taskId)}${verb}`, parts)

  return {
    ...createActing({ ...options, caller, apiToken, readToken, askForToken }),
    openTask: (request) => askAsWorkload('/api/v1/tasks', { ticket: null, ...request }),
    exchange,
    exchangeWhenApproved: (taskId, resource, patienceMs = PATIENCE_MS) =>
      waitFor(() => exchange(taskId, resource), patienceMs),
    certify: (taskId, request) => askAsWorkload(`/api/v1/tasks/${encodeURIComponent(taskId)}/svid`, { request }),
    grantAcross: (taskId, target) =>
      withNonce(async () => {
        const proof = { form: await prover.form(), headers: await proofFor('POST', '/oauth/token') }
        return askAcross(caller, proof, { taskId, details: writeDetails(taskId, options) }, target)
      }),
    trustBundle: () => caller.json<TrustBundle>('GET', '/spiffe/bundle'),
    trustBundles: () => caller.json<TrustBundles>('GET', '/spiffe/bundles'),
    apiToken,
    delegate: (taskId, delegation) => inTask<TaskHandedOn>('POST', taskId, '/delegations', { body: delegation }),
    showTask: (taskId) => inTask<TaskShown>('GET', taskId, '', {}),
    complete: (taskId, reason) =>
      inTask<TaskEnded>('POST', taskId, '/complete', { body: reason === undefined ? {} : { reason } }),
    fail: (taskId, reason) => inTask<TaskEnded>('POST', taskId, '/fail', { body: { reason } }),
    access: (taskId) => createAccessDesk((method, path, parts) => sendIn(taskId, method, path, parts)),
    gatewayUrl: (server) => gatewayAddress(caller.baseUrl, server),
  }
}

/** A file that a platform writes may end in a line break, which a header loses and a form would keep. */
function withWholeAssertion(options: AgentOptions): AgentOptions {
  const { assertion: read } = options
  if (read === undefined) return options
  const assertion = async (): Promise<string> => {
    const text = (await read()).trim()
    if (/^[\x21-\x7e]+$/.test(text)) return text
    throw new TypeError('The assertion is empty, or holds white space or other characters that no token has.')
  }
  return { ...options, assertion }
}

/** The task that a token is for (RFC 9396), and what runs in it. */
function writeDetails(taskId: string, { composition }: AgentOptions): string {
  return JSON.stringify([{ type: 'urn:remit:task', task_id: taskId, composition }])
}

/** How an agent says who it is: to open a task, and to get a token. */
interface Prover {
  header(): Promise<Record<string, string>>
  form(): Promise<Record<string, string>>
  /** Gives the name by which tokens know what is at an address: that of the public URL, wherever certificates are shown. */
  nameOf(address: string, baseUrl: string): string
}

function createProver({ assertion, certificate, secret }: AgentOptions): Prover {
  if (assertion !== undefined)
    return {
      header: async () => ({ authorization: `Bearer ${await assertion()}` }),
      form: async () => ({ grant_type: TOKEN_EXCHANGE, subject_token: await assertion(), subject_token_type: JWT }),
      nameOf: (address) => address,
    }
  if (secret !== undefined) return proveBySecret(secret)
  if (certificate === undefined) throw new TypeError('An agent needs an assertion, a certificate or a secret.')
  const form = { grant_type: 'client_credentials', client_id: certificate.clientId }
  return {
    header: () => Promise.resolve({}),
    form: () => Promise.resolve(form),
    nameOf: (address, baseUrl) =>
      address.startsWith(baseUrl) ? `${certificate.publicUrl}${address.slice(baseUrl.length)}` : address,
  }
}

function proveBySecret({ clientId, secret }: ClientSecret): Prover {
  const authorization = `Basic ${btoa(`${encodeURIComponent(clientId)}:${encodeURIComponent(secret)}`)}`
  const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: secret }
  return {
    header: () => Promise.resolve({ authorization }),
    form: () => Promise.resolve(form),
    nameOf: (address) => address,
  }
}

/** Makes proofs for requests, with the nonce that the server asked for last; where it asks for another, a request is made again. */
function createNoncedProofs(key: ProofKey | undefined, baseUrl: string) {
  let nonce: string | undefined
  const proofFor = async (method: string, path: string, token?: string): Promise<Record<string, string>> =>
    key === undefined ? {} : { dpop: await key.prove(method, `${baseUrl}${path}`, token, nonce) }
  const withNonce = async <Answer>(ask: () => Promise<Answer>): Promise<Answer> => {
    try {
      return await ask()
    } catch (error) {
      if (!isProblem(error, 'use_dpop_nonce') || typeof error.facts['nonce'] !== 'string') throw error
      nonce = error.facts['nonce']
      return await ask()
    }
  }
  return { proofFor, withNonce }
}

function readToken(answer: TokenAnswer, taskId: string, resource: string): AccessToken {
  const expiresMs = Date.now() + answer.expires_in * 1000
  return { value: answer.access_token, type: answer.token_type, taskId, resource, expiresMs, entry: answer.entry }
}

async function waitFor(attempt: () => Promise<AccessToken>, patienceMs: number): Promise<AccessToken> {
  const untilMs = Date.now() + patienceMs
  let isToldToWait = false
  for (let tries = 1; ; tries += 1) {
    const pauseMs = tries < QUICK_POLLS ? POLL_MS : SLOW_POLL_MS
    try {
      return await attempt()
    } catch (error) {
      isToldToWait ||= isWaiting(error)
      const waitsOn = isWaiting(error) || (isToldToWait && nobodyServes(error))
      if (!waitsOn || Date.now() + pauseMs > untilMs) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
}

function isWaiting(error: unknown): boolean {
  return ['approval_required', 'authorization_pending', 'slow_down'].some((code) => isProblem(error, code))
}
