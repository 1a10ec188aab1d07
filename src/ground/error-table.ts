/** One row of the error table: HTTP status, OAuth error code where the token doors use it, public sentence. */
export interface ErrorRow {
  readonly status: number
  readonly oauth: string
  readonly sentence: string
}

/** Every error that leaves the process. The code is stable; the sentence is public; the cause never leaves. */
export const ERRORS = {
  // requests
  route_unknown: { status: 404, oauth: 'invalid_request', sentence: 'There is nothing at this address.' },
  method_not_allowed: { status: 405, oauth: 'invalid_request', sentence: 'This address does not take this method.' },
  content_type_unsupported: {
    status: 415,
    oauth: 'invalid_request',
    sentence: 'The body has a content type that this address does not take.',
  },
  request_malformed: { status: 400, oauth: 'invalid_request', sentence: 'This is not a well-formed HTTP request.' },
  headers_too_large: {
    status: 431,
    oauth: 'invalid_request',
    sentence: 'The headers are larger than this server takes.',
  },
  body_too_large: { status: 413, oauth: 'invalid_request', sentence: 'The body is larger than this address takes.' },
  body_malformed: { status: 400, oauth: 'invalid_request', sentence: 'The body is not well-formed.' },
  body_too_deep: { status: 400, oauth: 'invalid_request', sentence: 'The body is nested too deeply.' },
  request_invalid: {
    status: 400,
    oauth: 'invalid_request',
    sentence: 'The request does not have the form that this address asks for.',
  },
  history_unsupported: {
    status: 501,
    oauth: 'invalid_request',
    sentence: 'This address tells what is, and not what was at another time.',
  },
  rate_limited: { status: 429, oauth: 'invalid_request', sentence: 'Too many requests; wait and try again.' },
  origin_refused: { status: 403, oauth: 'invalid_request', sentence: 'Requests from this origin are not taken.' },
  request_timeout: { status: 408, oauth: 'invalid_request', sentence: 'The request took too long to arrive.' },
  // who is calling
  authentication_missing: {
    status: 401,
    oauth: 'invalid_client',
    sentence: 'Say who is calling: no credential was shown.',
  },
  assertion_malformed: {
    status: 401,
    oauth: 'invalid_request',
    sentence: 'The assertion is not a well-formed signed JWT.',
  },
  assertion_algorithm: {
    status: 401,
    oauth: 'invalid_request',
    sentence: 'The assertion is signed with an algorithm that is not allowed.',
  },
  assertion_signature: {
    status: 401,
    oauth: 'invalid_request',
    sentence: 'The signature of the assertion does not verify.',
  },
  assertion_expired: { status: 401, oauth: 'invalid_request', sentence: 'The assertion has expired.' },
  assertion_not_yet_valid: { status: 401, oauth: 'invalid_request', sentence: 'The assertion is not valid yet.' },
  assertion_audience: {
    status: 401,
    oauth: 'invalid_request',
    sentence: 'The assertion is meant for another audience.',
  },
  assertion_claims: {
    status: 401,
    oauth: 'invalid_request',
    sentence: 'The assertion lacks a claim that is required, or has a wrong one.',
  },
  assertion_misplaced: {
    status: 401,
    oauth: 'invalid_request',
    sentence: 'An assertion of this kind is not taken under the name by which it was shown.',
  },
  assertion_replayed: {
    status: 401,
    oauth: 'invalid_request',
    sentence: 'The assertion, or a proof of a key beside it, was shown before; each counts once.',
  },
  assertion_reused: {
    status: 401,
    oauth: 'invalid_request',
    sentence: 'The assertion belongs to the key that showed it first, and another one shows it now.',
  },
  issuer_unknown: {
    status: 401,
    oauth: 'invalid_request',
    sentence: 'The issuer of the assertion is not trusted here.',
  },
  issuer_unavailable: {
    status: 503,
    oauth: 'temporarily_unavailable',
    sentence: 'The keys of the issuer cannot be read now; try again.',
  },
  identity_unknown: {
    status: 401,
    oauth: 'invalid_request',
    sentence: 'This workload is not registered; it has been noted, and a person can adopt it.',
  },
  identity_ambiguous: {
    status: 401,
    oauth: 'invalid_request',
    sentence: 'More than one identity matches this proof, so none counts.',
  },
  identity_inactive: { status: 403, oauth: 'unauthorized_client', sentence: 'This identity is not active.' },
  composition_changed: {
    status: 403,
    oauth: 'access_denied',
    sentence: 'This workload is not made of what was approved.',
  },
  spiffe_id_invalid: { status: 401, oauth: 'invalid_request', sentence: 'The SPIFFE ID is not well-formed.' },
  certificate_missing: {
    status: 401,
    oauth: 'invalid_client',
    sentence: 'A client certificate is required and none was shown.',
  },
  certificate_invalid: {
    status: 401,
    oauth: 'invalid_client',
    sentence: 'The client certificate does not count here.',
  },
  attestation_invalid: {
    status: 401,
    oauth: 'invalid_client_attestation',
    sentence: 'The client attestation does not count here.',
  },
  use_fresh_attestation: {
    status: 400,
    oauth: 'use_fresh_attestation',
    sentence: 'The time of the client attestation is over; get a new one from its attester.',
  },
  use_attestation_challenge: {
    status: 400,
    oauth: 'use_attestation_challenge',
    sentence: 'The proof of the client attestation has to hold the challenge that comes with this answer.',
  },
  secret_refused: {
    status: 401,
    oauth: 'invalid_client',
    sentence: 'The client and its secret do not go together, or the secret has ended.',
  },
  secret_not_allowed: {
    status: 403,
    oauth: 'unauthorized_client',
    sentence:
      'Static secrets prove identities of tier T0 alone; bind a key, or what the platform says of the workload.',
  },
  proof_missing: {
    status: 401,
    oauth: 'invalid_dpop_proof',
    sentence: 'A proof of possession is required and none was shown.',
  },
  proof_invalid: { status: 401, oauth: 'invalid_dpop_proof', sentence: 'The proof of possession does not hold.' },
  use_dpop_nonce: {
    status: 401,
    oauth: 'use_dpop_nonce',
    sentence: 'The proof of possession has to hold the nonce that the answer names.',
  },
  token_invalid: { status: 401, oauth: 'invalid_token', sentence: 'The access token is not valid.' },
  token_expired: { status: 401, oauth: 'invalid_token', sentence: 'The access token has expired.' },
  token_revoked: { status: 401, oauth: 'invalid_token', sentence: 'The access token has been taken back.' },
  token_audience: { status: 401, oauth: 'invalid_token', sentence: 'The access token is meant for another resource.' },
  session_invalid: { status: 401, oauth: 'invalid_client', sentence: 'The session has ended; sign in again.' },
  login_unknown: {
    status: 403,
    oauth: 'invalid_grant',
    sentence: 'The token proves somebody whom nobody here is known to be; an administrator adds their login.',
  },
  login_link_invalid: {
    status: 401,
    oauth: 'invalid_client',
    sentence: 'This sign-in link is not valid: it was used, has expired, or never was.',
  },
  client_unknown: { status: 400, oauth: 'invalid_client', sentence: 'No application is known by this client_id.' },
  redirect_invalid: {
    status: 400,
    oauth: 'invalid_request',
    sentence: 'The application is not known at the address that it wants the answer sent to.',
  },
  response_unsupported: {
    status: 400,
    oauth: 'unsupported_response_type',
    sentence: 'Only codes are given here: response_type must be code.',
  },
  code_invalid: {
    status: 400,
    oauth: 'invalid_grant',
    sentence: 'The authorization code does not count: it was used, has expired, or never was.',
  },
  consent_stale: {
    status: 409,
    oauth: 'invalid_request',
    sentence: 'This page has grown old, or is not of your session; ask again from the application.',
  },
  role_missing: { status: 403, oauth: 'access_denied', sentence: 'Your roles do not allow this.' },
  // what is asked for
  not_found: { status: 404, oauth: 'invalid_request', sentence: 'There is no such thing here.' },
  rotation_wide: {
    status: 409,
    oauth: 'invalid_request',
    sentence: 'That is more than another key or issuer of the same proof.',
  },
  binding_wide: {
    status: 409,
    oauth: 'invalid_request',
    sentence: 'The binding would let in more than one workload.',
  },
  already_exists: { status: 409, oauth: 'invalid_request', sentence: 'This exists already.' },
  keys_full: {
    status: 409,
    oauth: 'invalid_request',
    sentence: 'So many keys of this use still count that none is added; the detail says when the next place is free.',
  },
  conflict: { status: 409, oauth: 'invalid_request', sentence: 'It was changed meanwhile; read it again.' },
  transition_invalid: {
    status: 409,
    oauth: 'invalid_request',
    sentence: 'The identity cannot go there from its present state.',
  },
  transition_needs: { status: 409, oauth: 'invalid_request', sentence: 'Something that this step needs is missing.' },
  self_approval: {
    status: 403,
    oauth: 'access_denied',
    sentence: 'Nobody approves what they asked for themselves, or what is done on their behalf.',
  },
  seat_missing: { status: 403, oauth: 'access_denied', sentence: 'No open seat of this approval is yours to fill.' },
  approval_closed: { status: 409, oauth: 'invalid_request', sentence: 'This approval is no longer open.' },
  policies_invalid: { status: 400, oauth: 'invalid_request', sentence: 'These policies are not valid.' },
  // asking for access (AuthZEN access-request profile)
  not_requestable: { status: 400, oauth: 'invalid_request', sentence: 'Nobody can be asked for this.' },
  expired_denial: {
    status: 410,
    oauth: 'invalid_request',
    sentence: 'The denial is too old to ask about; evaluate again.',
  },
  invalid_denial_binding: {
    status: 400,
    oauth: 'invalid_request',
    sentence: 'This is not what the denied evaluation was about.',
  },
  duplicate_request: { status: 409, oauth: 'invalid_request', sentence: 'This was asked for already.' },
  unknown_task: { status: 404, oauth: 'invalid_request', sentence: 'There is no such request for access.' },
  task_expired: { status: 410, oauth: 'invalid_request', sentence: 'The time of this request for access is over.' },
  invalid_task_state: { status: 409, oauth: 'invalid_request', sentence: 'This request for access is closed.' },
  // decisions
  denied: { status: 403, oauth: 'access_denied', sentence: 'This is not allowed.' },
  asker_refused: {
    status: 403,
    oauth: 'access_denied',
    sentence: 'Whoever asks is not entitled to ask about that.',
  },
  outcome_known: { status: 409, oauth: 'invalid_request', sentence: 'How this act ended was said before.' },
  outcome_late: {
    status: 410,
    oauth: 'invalid_request',
    sentence: 'The time in which it could be said how this act ended is over.',
  },
  scope_exceeded: { status: 403, oauth: 'invalid_scope', sentence: 'This lies outside what was granted.' },
  purpose_exceeded: { status: 403, oauth: 'access_denied', sentence: 'The purpose does not cover this.' },
  ceiling_exceeded: {
    status: 403,
    oauth: 'access_denied',
    sentence: 'The data is more sensitive than this task may touch.',
  },
  budget_exceeded: { status: 403, oauth: 'access_denied', sentence: 'The budget of the task is used up.' },
  end_exceeded: { status: 403, oauth: 'invalid_request', sentence: 'The end lies beyond what is allowed.' },
  chain_invalid: { status: 403, oauth: 'invalid_request', sentence: 'The chain of delegation is not allowed.' },
  actor_unauthorized: {
    status: 400,
    oauth: 'actor_unauthorized',
    sentence: 'No grant in force lets the one act for the other.',
  },
  task_not_active: { status: 403, oauth: 'invalid_grant', sentence: 'The task is not active.' },
  approval_required: { status: 403, oauth: 'authorization_pending', sentence: 'A person must approve this first.' },
  slow_down: {
    status: 400,
    oauth: 'slow_down',
    sentence: 'This was asked too soon again; wait a little longer each time.',
  },
  cut_off: { status: 403, oauth: 'invalid_grant', sentence: 'This has been cut off.' },
  policy_error: {
    status: 403,
    oauth: 'access_denied',
    sentence: 'A policy could not be evaluated, so the answer is no.',
  },
  target_invalid: { status: 400, oauth: 'invalid_target', sentence: 'The resource asked for is not known here.' },
  details_invalid: {
    status: 400,
    oauth: 'invalid_authorization_details',
    sentence: 'The authorization details are not acceptable.',
  },
  grant_unsupported: { status: 400, oauth: 'unsupported_grant_type', sentence: 'This grant type is not offered.' },
  revocation_unsupported: {
    status: 400,
    oauth: 'unsupported_token_type',
    sentence: 'A token of this kind cannot be taken back: it counts elsewhere until it ends.',
  },
  tool_quarantined: {
    status: 403,
    oauth: 'access_denied',
    sentence: 'This tool changed since it was reviewed, and waits for a new review.',
  },
  upstream_unavailable: {
    status: 502,
    oauth: 'temporarily_unavailable',
    sentence: 'The server behind the gateway does not answer.',
  },
  upstream_timeout: {
    status: 504,
    oauth: 'temporarily_unavailable',
    sentence: 'The server behind the gateway took too long to answer.',
  },
  result_too_large: {
    status: 502,
    oauth: 'server_error',
    sentence: 'The result is larger than the gateway lets through.',
  },
  header_mismatch: { status: 400, oauth: 'invalid_request', sentence: 'A header does not say what the body says.' },
  call_changed: { status: 403, oauth: 'access_denied', sentence: 'This is not the call that was permitted.' },
  call_cancelled: { status: 499, oauth: 'invalid_request', sentence: 'The call was cancelled by the one who made it.' },
  // the house itself
  permit_spent: {
    status: 500,
    oauth: 'server_error',
    sentence: 'A recorded permit was to be used a second time; each counts once.',
  },
  entry_too_large: { status: 413, oauth: 'invalid_request', sentence: 'This is too much for one entry of the log.' },
  log_broken: {
    status: 503,
    oauth: 'temporarily_unavailable',
    sentence: 'The log does not verify, so the answer is no.',
  },
  log_unavailable: {
    status: 503,
    oauth: 'temporarily_unavailable',
    sentence: 'The log cannot be written, so the answer is no.',
  },
  clock_behind: {
    status: 503,
    oauth: 'temporarily_unavailable',
    sentence: 'The clock is behind the log, so nothing is permitted until it has caught up.',
  },
  store_locked: { status: 503, oauth: 'temporarily_unavailable', sentence: 'Another process owns the store.' },
  standing_by: {
    status: 503,
    oauth: 'temporarily_unavailable',
    sentence: 'This server stands by while another one writes the log; ask that one.',
  },
  store_newer: { status: 503, oauth: 'temporarily_unavailable', sentence: 'The store was written by a newer version.' },
  store_edited: {
    status: 503,
    oauth: 'temporarily_unavailable',
    sentence: 'The store was changed by something that is not Remit.',
  },
  store_failed: { status: 503, oauth: 'temporarily_unavailable', sentence: 'The store does not answer.' },
  store_damaged: {
    status: 500,
    oauth: 'server_error',
    sentence:
      'A part of the store is damaged, and trying again does not help: who runs Remit has to put back a backup.',
  },
  config_invalid: { status: 500, oauth: 'server_error', sentence: 'The configuration is not valid.' },
  stopping: { status: 503, oauth: 'temporarily_unavailable', sentence: 'The server is stopping; try again.' },
  internal: { status: 500, oauth: 'server_error', sentence: 'Something went wrong here; it has been noted.' },
} as const satisfies Readonly<Record<string, ErrorRow>>
