import { DRAFTS } from '../contract/token/drafts.ts'
import { LIMITS } from '../ground/limits.ts'

/** One row of the manual: the key, its environment name, type, default, bounds, and what it does. */
export interface ConfigRow {
  readonly key: string
  readonly env: string | null
  readonly type: string
  readonly default: string
  readonly bounds: string
  readonly sentence: string
}

/** The manual of the configuration; `docs/config.md` is written from it. */
export const CONFIG_MANUAL: readonly ConfigRow[] = [
  {
    key: 'org',
    env: 'REMIT_ORG',
    type: 'name',
    default: 'main',
    bounds: '1 to 63 of a-z, 0-9, -',
    sentence: 'The organisation that all state belongs to.',
  },
  {
    key: 'address.host',
    env: 'REMIT_HOST',
    type: 'text',
    default: '127.0.0.1',
    bounds: 'an address of this machine',
    sentence: 'Where the doors listen.',
  },
  {
    key: 'address.port',
    env: 'REMIT_PORT',
    type: 'integer',
    default: '7460',
    bounds: '0 to 65535; 0 takes a free one',
    sentence: 'The port of the doors.',
  },
  {
    key: 'publicUrl',
    env: 'REMIT_PUBLIC_URL',
    type: 'URL',
    default: 'the address itself',
    bounds: 'http or https, without user, query and fragment',
    sentence:
      'How others name this server: issuer of tokens and the only audience of assertions. A slash at its end, capitals of its host and a port that goes without saying are left out.',
  },
  {
    key: 'trustedProxies[]',
    env: null,
    type: 'addresses or networks',
    default: 'none',
    bounds: 'at most 100; IPv4 or IPv6, such as 10.0.0.0/8',
    sentence:
      'Proxies before this server: what they say of a client’s address (`X-Forwarded-For`) counts in its limits, and is what policies see in `context.source`.',
  },
  {
    key: 'dataDir',
    env: 'REMIT_DATA_DIR',
    type: 'path',
    default: '.remit',
    bounds: 'a folder that Remit may write',
    sentence: 'Store, master key and head file live here.',
  },
  {
    key: 'store.kind',
    env: null,
    type: 'sqlite | postgres',
    default: 'sqlite',
    bounds: '',
    sentence: 'The engine that keeps state and log.',
  },
  {
    key: 'store.url',
    env: 'REMIT_STORE_URL',
    type: 'URL',
    default: '',
    bounds: 'postgres://…',
    sentence: 'Where PostgreSQL is; setting the environment name also chooses the engine.',
  },
  {
    key: 'masterKey.file',
    env: 'REMIT_MASTER_KEY_FILE',
    type: 'path',
    default: 'master.key in dataDir',
    bounds: '32 bytes, base64url, mode 0600',
    sentence:
      "The key under which signing keys are sealed. The default one is made at the first start; another one is made by you: `(umask 077; node -p \"require('crypto').randomBytes(32).toString('base64url')\" > master.key)`.",
  },
  {
    key: 'masterKey.pkcs11',
    env: null,
    type: 'object',
    default: 'none',
    bounds: 'in place of `masterKey.file`; all four; Node.js 26.1 or newer',
    sentence:
      'A hardware security module that opens the master key once at each start: `library`, the PKCS#11 library of its maker; `tokenLabel`; `keyLabel` of an AES key of 256 bits in it; `pinFile`, which holds the PIN, mode 0600. What it opens lies in the data folder as `master.key.wrapped`. A house moves there with `remit key wrap`.',
  },
  {
    key: 'masterKey.other',
    env: null,
    type: 'object',
    default: 'none',
    bounds: '`file` or `pkcs11`, beside the one that seals',
    sentence:
      'A master key that opens this house as well, while one replaces the other: a start seals anew what it had sealed. What a module of it opens lies in the data folder as `master.key.wrapped.other`.',
  },
  {
    key: 'issuers[]',
    env: null,
    type: 'list',
    default: 'none',
    bounds: 'at most 1,000',
    sentence:
      'OIDC issuers whose assertions count: `issuer`; `preset`, its platform (kubernetes, github, gitlab, aws, google, azure, spire; `vendor` for the agents that a vendor hosts), which fills in what else is not said of `algorithms` (RS256, ES256), `liveness`, `maxAgeSeconds` (60 to 86,400; 3,600) and `requireJti` (true). `liveness` is `single-use`, or `cached` for tokens that a platform hands out again: these count until their end, only with a proof of a key, and for the first key that shows them. `audiences` of which an assertion names one, in place of our own address; `claimRules` that all of its assertions must meet (of one that serves people for several tenants, its `tenant` too: a token that names one counts only where they say which is ours; of one whose workloads act for each other, `/act/sub`: an assertion with `act` counts only where they say who acts); `serves` `workloads`, or `people`: its ID tokens prove the people whose logins were added (`remit person login add`), and no workload (`audiences` is then the client that they are issued to, and `requireJti` false); `vendor` whose agents it speaks for (a name of a-z, 0-9, ., _, -); `discoveredMax` (200) unknown workloads that may wait for a person; `adoption` what one is adopted as where nobody says otherwise (`sponsor`, a mail address; `purpose`; `kind`, `autonomy` and `reach`, by default agent, bounded and team); `jwksUri` (else discovery); `attests` where it vouches for where a workload runs (T4 asks for that, together with a key that the assertion or the binding names), `allowInternal` where it, or the address of its keys, lies inside (loopback, link-local, private), and `allowInsecureHttp` for loopback tests.',
  },
  {
    key: 'trustDomains[]',
    env: null,
    type: 'list',
    default: 'none',
    bounds: 'at most 1,000',
    sentence:
      'SPIFFE trust domains whose JWT-SVIDs and X.509-SVIDs count: `name`, `bundleFile`, `bundleUrl` or `workloadApi` (the socket of an agent of SPIRE, `unix:///run/spire/sockets/agent.sock`, which tells its own trust domain and those federated with it), `profile` (`https_web`; or `https_spiffe` with `endpointSpiffeId`, whose X.509-SVID the address shows; where that is of the same trust domain, `bundleFile` holds the first bundle), `liveness` of its JWT-SVIDs (`single-use`; `cached` where an agent hands the same one out again, as that of SPIRE does: see `issuers[]`), `forgetSequence` for one start after the domain was set up anew (else a bundle older than the newest that was taken is refused, after a restart too), `allowInternal` where that address lies inside, and `allowInsecureHttp` for loopback tests.',
  },
  {
    key: 'spiffe.trustDomain',
    env: null,
    type: 'name',
    default: 'none',
    bounds: 'a-z, 0-9, ., -, _; none of `trustDomains`',
    sentence:
      'A trust domain of our own, for identities that have no SPIRE: `GET /spiffe/bundle` serves its bundle (`https_web`), and its JWT-SVIDs name `spiffe://DOMAIN/identity/ID`.',
  },
  {
    key: 'spiffe.audiences[]',
    env: null,
    type: 'list',
    default: 'none',
    bounds: 'at most 100',
    sentence:
      'For whom JWT-SVIDs are made: an identity of tier T0 or T1 that asks for a token with one of these as its `resource` gets one, in a task and no longer than that.',
  },
  {
    key: 'spiffe.federates[]',
    env: null,
    type: 'list',
    default: 'none',
    bounds: 'at most 100; names of `trustDomains`',
    sentence:
      'Trust domains of others that our workloads are to trust: their bundles are told to anyone at `GET /spiffe/bundles`, beside our own, and to workloads by `remit svid serve`. Without this, what counts here is passed on to nobody.',
  },
  {
    key: 'federation.audiences[]',
    env: null,
    type: 'list',
    default: 'none',
    bounds: '1 to 100',
    sentence:
      'Clouds that know OIDC alone, as each names itself (`api://AzureADTokenExchange`, `sts.amazonaws.com`, the provider of Google): an identity of tier T0 or T1 that asks for a token with one of these as its `resource` gets an ID token of `/federation`, signed by RS256, in a task and no longer than that (docs/identity.md).',
  },
  {
    key: 'resourceServers[]',
    env: null,
    type: 'list',
    default: 'none',
    bounds: 'at most 1,000',
    sentence:
      'Servers of others that take our access tokens (docs/resource-servers.md): `resource`, the URL that a token for it names as its audience, and `identity`, the name of an identity of its own, which may ask whether a token for it still counts (`POST /oauth/introspect`).',
  },
  {
    key: 'targets[]',
    env: null,
    type: 'list',
    default: 'none',
    bounds: 'at most 1,000',
    sentence:
      'Authorization servers of other domains for which workloads get grants (ID-JAG, docs/identity.md): `issuer`; `clientId`, as which whoever shows the grant is known there; `resources`, the addresses that it may be for; and `scopes`, each of theirs with the class of action that it is here (`{ "chat.read": "read" }`), so that a task must allow that class on the resource.',
  },
  {
    key: 'upstreams[]',
    env: null,
    type: 'list',
    default: 'none',
    bounds: 'at most 1,000',
    sentence:
      'MCP servers behind the gateway: `name`, and `transport` (of the `kind` `stdio`, with command, args, cwd, env; or `http`, with url, headers; redirects are not followed). Commands come from this file only, never over the API. With `authzen` (`domain`, and `subject`: `identity`, the default, or `person`) that domain decides on each request to the server too. `credential.kind` is `static` (the default: headers or env, the same whoever calls); `none`, which refuses to start where there are any; or `exchanged`, over http: a token for each agent from the authorization server of that server (`tokenEndpoint`, its `issuer`, `clientId` of the gateway there, `resource`, `scope`, `allowInternal`), by RFC 8693 with a JWT of ours as the subject, whose keys are at our `jwks_uri`; no token of an agent goes there. `transactionToken` sends a transaction token in the header `Txn-Token` with each call. Of the `_meta` of agents a server gets the trace (`traceparent`, `tracestate`), and the members that `passMeta` lists: list none by which it would tell who is asking.',
  },
  {
    key: 'accessCallbacks[]',
    env: null,
    type: 'list',
    default: 'none',
    bounds: `at most ${LIMITS.callbacksMax}`,
    sentence:
      'Where those who ask for access may be told what became of it: `endpoint` (https, compared letter by letter), `secretFile` (mode 0600, 32 characters or more: it signs what is sent), `identities` (names of those who may name it; none: everybody), `allowInternal` (it may lie at a loopback, link-local or private address), `caFile`.',
  },
  {
    key: 'browserOrigins[]',
    env: null,
    type: 'origins',
    default: 'none',
    bounds: 'at most 100; such as https://app.example',
    sentence:
      'Origins whose pages may call the MCP gateway from a browser (CORS), each with a token of its own; no cookie counts there.',
  },
  {
    key: 'clientDocuments.allowInternal',
    env: null,
    type: 'boolean',
    default: 'false',
    bounds: 'true or false',
    sentence: 'The documents of MCP clients may lie at a loopback, link-local or private address.',
  },
  {
    key: 'clientDocuments.caFile',
    env: null,
    type: 'path',
    default: 'none',
    bounds: 'a PEM file',
    sentence: 'Authorities that are believed for these documents instead of the public ones.',
  },
  {
    key: 'policiesDir',
    env: 'REMIT_POLICIES_DIR',
    type: 'path',
    default: 'none',
    bounds: 'a folder of *.cedar',
    sentence:
      "The organisation's own policies, beside the shipped ones. Once a version was published, the folder counts only at a start that finds other files in it.",
  },
  ...Object.entries(DRAFTS).map(([name, { number, isOn, sentence }]) => ({
    key: `drafts.${name}`,
    env: null,
    type: 'boolean',
    default: String(isOn),
    bounds: 'true or false',
    sentence: `${sentence} (${number}).`,
  })),
  {
    key: 'dpopNonces',
    env: null,
    type: 'word',
    default: 'token',
    bounds: 'off, token, all',
    sentence:
      'Where DPoP proofs have to hold a nonce of this server (RFC 9449 section 8), so that none is made in advance: at the token endpoint, at every door, or nowhere. Clients are told the nonce and ask again.',
  },
  {
    key: 'timeZone',
    env: null,
    type: 'time zone',
    default: 'UTC',
    bounds: 'an IANA name, such as Europe/Berlin',
    sentence: 'Whose clock and calendar policies see in `context.local`.',
  },
  {
    key: 'transactionTokens.trustDomain',
    env: null,
    type: 'text',
    default: 'the host of publicUrl',
    bounds: 'at most 255 characters',
    sentence:
      'For whom transaction tokens are (their `aud`): the domain inside which calls go on from service to service.',
  },
  {
    key: 'environment',
    env: null,
    type: 'name',
    default: 'production',
    bounds: '1 to 63 of a-z, 0-9, -',
    sentence: 'What this installation is; policies see it in `context.environment`.',
  },
  {
    key: 'log.origin',
    env: null,
    type: 'text',
    default: 'org and a fingerprint of the log key',
    bounds: 'no white space, no control character, no +',
    sentence: 'The name of the log in its checkpoints.',
  },
  {
    key: 'log.witnesses[]',
    env: null,
    type: 'list',
    default: 'none',
    bounds: 'at most 16',
    sentence:
      'Those elsewhere who sign that the log only grows (C2SP tlog-witness): `url`, which `/add-checkpoint` is put behind; `vkey`, the public key of the witness (type 4); `allowInternal` where it lies inside, `caFile`. Each knows this log by the key of `remit log key`.',
  },
  {
    key: 'log.public',
    env: null,
    type: 'boolean',
    default: 'false',
    bounds: '',
    sentence: 'Lets anyone read /log; else a session is needed.',
  },
  {
    key: 'limits.connections',
    env: null,
    type: 'integer',
    default: String(LIMITS.connectionsDefault),
    bounds: '16 to 1,000,000',
    sentence: 'How many connections may be open at once; one address may have half, other than `trustedProxies`.',
  },
  {
    key: 'limits.requestsPerSecond',
    env: null,
    type: 'integer',
    default: String(LIMITS.requestsPerSecondDefault),
    bounds: '1 to 1,000,000',
    sentence: `How many requests a second one address may make; ${LIMITS.requestBurstSeconds} seconds' worth may come at once.`,
  },
  {
    key: 'limits.requestSeconds',
    env: null,
    type: 'integer',
    default: String(LIMITS.requestSecondsDefault),
    bounds: '1 to 300',
    sentence:
      'How long the handshake of TLS may take, how long a request to arrive, headers and body, and how long a client may take nothing of its answer, in seconds.',
  },
  {
    key: 'tls.certFile',
    env: null,
    type: 'path',
    default: 'none',
    bounds: 'PEM',
    sentence: 'Certificate chain of the doors; with `tls.keyFile` they speak TLS.',
  },
  {
    key: 'tls.keyFile',
    env: null,
    type: 'path',
    default: 'none',
    bounds: 'PEM',
    sentence: 'Private key of the certificate.',
  },
  {
    key: 'devTls',
    env: null,
    type: 'boolean',
    default: 'false',
    bounds: 'not together with `tls`',
    sentence: 'Speaks TLS with a certificate from a certificate authority made for this data folder. For development.',
  },
  {
    key: 'mtls.port',
    env: null,
    type: 'integer',
    default: 'none',
    bounds: '0 to 65535; 0 takes a free one',
    sentence:
      'A listener of its own that asks for client certificates (RFC 8705) and opens to workloads and agents only. It speaks with the certificate of `mtls.certFile`, else with that of `tls` or `devTls`.',
  },
  {
    key: 'mtls.certFile',
    env: null,
    type: 'path',
    default: 'as the other doors',
    bounds: 'PEM; together with `mtls.keyFile`',
    sentence: 'Certificate chain of that listener.',
  },
  {
    key: 'mtls.keyFile',
    env: null,
    type: 'path',
    default: 'as the other doors',
    bounds: 'PEM',
    sentence: 'Private key of that certificate.',
  },
  {
    key: 'mtls.publicUrl',
    env: null,
    type: 'URL',
    default: 'the address itself',
    bounds: 'https, without user, query and fragment',
    sentence: 'How others name that listener: the root of `mtls_endpoint_aliases` in the metadata.',
  },
  {
    key: 'mtls.clientCertHeader',
    env: null,
    type: 'boolean',
    default: 'false',
    bounds: 'with `trustedProxies`',
    sentence:
      'Believes what `trustedProxies` say of client certificates in `Client-Cert` and `Client-Cert-Chain` (RFC 9440). Such a proxy asks for certificates itself, and must take these headers out of what its clients send.',
  },
  {
    key: 'clientAuthorities[]',
    env: null,
    type: 'list',
    default: 'none',
    bounds: 'at most 100; with `mtls`',
    sentence:
      'Authorities whose certificates prove clients by the names in them (RFC 8705, `tls_client_auth`): `name`, by which bindings know it, `caFile` (PEM), and `crlFile` (PEM: its lists of revoked certificates, read again each minute; with it, nobody counts of whom no list in its time says that they were not revoked).',
  },
]
