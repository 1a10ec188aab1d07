// biome-ignore-all format: the doors are one table, a row a door

import * as access from './access-request.ts'
import { adoptDiscovered, showDiscovered } from './adopt/discovered.ts'
import * as catalogue from './api/catalogue.ts'
import * as clients from './api/clients.ts'
import * as delegations from './api/delegations.ts'
import * as domains from './api/domains.ts'
import * as identities from './api/identities.ts'
import * as issuers from './api/issuers.ts'
import * as logins from './api/logins.ts'
import * as paths from './api/paths.ts'
import * as people from './api/people.ts'
import * as policies from './api/policies.ts'
import * as record from './api/record.ts'
import * as tasks from './api/tasks.ts'
import { authorize, consent } from './authorize/authorize.ts'
import { decisionPoint, decisionPointAt, domainDecisionPoint } from './decision-point.ts'
import { evaluate, evaluateAll } from './evaluation.ts'
import { makeChallenge } from './oauth/client-attestation.ts'
import { describeDetails } from './oauth/details/describe-details.ts'
import { describeFederation, listFederationKeys } from './oauth/federation.ts'
import { introspect } from './oauth/introspect.ts'
import * as metadata from './oauth/metadata.ts'
import { revokeToken } from './oauth/revoke.ts'
import { readStatusList } from './oauth/status-list.ts'
import { issueToken } from './oauth/token.ts'
import * as operations from './operations.ts'
import { tellOutcome } from './outcome.ts'
import { inDomain, type Route, route } from './route.ts'
import { searchActions, searchResources, searchSubjects } from './search.ts'
import { signInToPage } from './sign-in.ts'
import { describeSvidIssuer, listSvidKeys, readTrustBundle, readTrustBundles } from './spiffe.ts'

/**
 * Every door of the house but its own description and the MCP gateway: method, path, who, body, status, answer, handler, what it is for.
 */
export const ROUTES: readonly Route[] = [
  route('POST', '/api/v1/sessions', 'anyone', 'session', 201, 'session', people.signIn, 'Exchanges a one-time link for a session.'),
  route('DELETE', '/api/v1/sessions/current', 'any person', 'none', 200, 'entry', people.signOut, 'Ends the session.'),
  route('GET', '/api/v1/me', 'any person', 'none', 200, 'me', people.readMe, 'Says who is signed in.'),
  route('POST', '/api/v1/me/links', 'any person', 'nothing', 201, 'link', people.makeOwnLink, 'Makes a one-time sign-in link for yourself, for a browser; its session ends with yours.'),
  route('GET', '/api/v1/me/acting', 'any person', 'none', 200, 'acting', delegations.listActingForMe, 'Lists what acts on behalf of who is signed in.'),
  route('POST', '/api/v1/me/acting/:id/end', 'any person', 'reason', 200, 'endedTree', delegations.endActingForMe, 'Ends what acts on behalf of who is signed in, with all below it.'),
  route('GET', '/api/v1/me/delegates', 'any person', 'none', 200, 'lettings', delegations.listLetActForMe, 'Lists by what identities may act for who is signed in.'),
  route('POST', '/api/v1/me/delegates', 'any person', 'delegationGrant', 201, 'personGrant', delegations.letAct, 'Lets an identity act for who is signed in.'),
  route('POST', '/api/v1/me/delegates/:id/end', 'any person', 'reason', 200, 'entry', delegations.endLetAct, 'Ends that an identity acts for who is signed in, with all that it does so.'),
  route('GET', '/api/v1/people', 'person', 'none', 200, 'people', people.listPeople, 'Lists people.'),
  route('POST', '/api/v1/people', 'person', 'person', 201, 'personAdded', people.addPerson, 'Adds a person, with a one-time sign-in link.'),
  route('GET', '/api/v1/people/:id', 'person', 'none', 200, 'personWhole', people.readPerson, 'Shows a person, and how many identities they own.'),
  route('POST', '/api/v1/people/:id/links', 'person', 'nothing', 201, 'link', people.makeLink, 'Makes a one-time sign-in link for a person.'),
  route('POST', '/api/v1/people/:id/roles', 'person', 'roles', 200, 'person', people.setRoles, 'Gives a person other roles.'),
  route('POST', '/api/v1/people/:id/profile', 'person', 'profile', 200, 'person', people.renamePerson, "Changes a person's name or mail address."),
  route('GET', '/api/v1/people/:id/logins', 'person', 'none', 200, 'logins', logins.listLogins, 'Lists by which subjects identity providers know a person.'),
  route('POST', '/api/v1/people/:id/logins', 'person', 'login', 201, 'login', logins.addLogin, 'Says by which subject an identity provider knows a person.'),
  route('POST', '/api/v1/people/:id/logins/:part/end', 'any person', 'reason', 200, 'entry', logins.endLogin, 'Ends a login of a person: tokens with its subject prove nobody any more.'),
  route('GET', '/api/v1/people/:id/rights', 'person', 'none', 200, 'rights', people.listRights, 'Lists what a person may do, which bounds what agents do on their behalf.'),
  route('POST', '/api/v1/people/:id/rights', 'person', 'right', 201, 'right', people.grantRight, 'Gives another person a right.'),
  route('POST', '/api/v1/people/:id/rights/:part/end', 'any person', 'reason', 200, 'entry', people.endRight, 'Ends a right of a person.'),
  route('POST', '/api/v1/people/:id/leave', 'person', 'nothing', 200, 'left', people.removePerson, 'Records that a person left; what they own is suspended: 202 where that of more than fits into the answer follows. Asked again it says what is left.'),

  route('GET', '/api/v1/purposes', 'person', 'none', 200, 'purposes', catalogue.listPurposes, 'Lists the purposes.'),
  route('POST', '/api/v1/purposes', 'person', 'purpose', 201, 'purpose', catalogue.definePurpose, 'Defines a purpose, or replaces it.'),
  route('GET', '/api/v1/resources', 'person', 'none', 200, 'resources', catalogue.listResources, 'Lists how sensitive resources are.'),
  route('POST', '/api/v1/resources', 'person', 'resource', 201, 'resource', catalogue.classifyResource, 'Says how sensitive the resources of a pattern are.'),
  route('GET', '/api/v1/limits', 'person', 'none', 200, 'limits', catalogue.listLimits, 'Lists how often what may be done at most.'),
  route('POST', '/api/v1/limits', 'person', 'limit', 201, 'limit', catalogue.setLimit, 'Says how often something may be done at most, or ends a limit.'),
  route('GET', '/api/v1/tools', 'person', 'none', 200, 'tools', catalogue.listTools, 'Lists the reviewed tools.'),
  route('POST', '/api/v1/tools', 'person', 'tool', 201, 'tool', catalogue.classifyTool, 'Reviews a tool and pins its definition.'),
  route('GET', '/api/v1/servers', 'person', 'none', 200, 'servers', catalogue.listServers, 'Shows what the servers behind the gateway offer.'),

  route('GET', '/api/v1/issuers', 'person', 'none', 200, 'issuers', issuers.listIssuers, 'Shows the issuers and trust domains: what they are trusted with, and how they do.'),
  route('GET', '/api/v1/presets', 'person', 'none', 200, 'presets', issuers.listPresets, 'Lists the platforms whose tokens are known, and what pins a workload of each down.'),

  route('GET', '/api/v1/identities', 'person', 'none', 200, 'identities', identities.listIdentities, 'Lists identities.'),
  route('POST', '/api/v1/identities', 'person', 'identity', 201, 'identity', identities.draftIdentity, 'Drafts an identity.'),
  route('GET', '/api/v1/identities/:id', 'person', 'none', 200, 'identityWhole', identities.readIdentity, 'Shows an identity, by id or name.'),
  route('GET', '/api/v1/identities/:id/used', 'person', 'none', 200, 'used', identities.readUsed, 'Shows what an identity was granted against what it used, with a narrower proposal.'),
  route('POST', '/api/v1/identities/:id/adopt', 'person', 'adoption', 200, 'identity', identities.adoptIdentity, 'Adopts a discovered identity.'),
  route('POST', '/api/v1/identities/:id/bindings', 'person', 'binding', 201, 'binding', identities.addBinding, 'Adds a way to prove an identity.'),
  route('POST', '/api/v1/identities/:id/secrets', 'person', 'secret', 201, 'secret', identities.addSecret, 'Makes a static secret of an identity of tier T0, told once; it is approved with it.'),
  route('POST', '/api/v1/identities/:id/bindings/:part/rotate', 'person', 'rotation', 202, 'rotation', identities.rotateBinding, 'Asks for another key, certificate or issuer of an active identity, with overlap.'),
  route('POST', '/api/v1/identities/:id/bindings/:part/end', 'person', 'reason', 200, 'entry', identities.endBinding, 'Ends a binding.'),
  route('GET', '/api/v1/clients', 'person', 'none', 200, 'clients', clients.listClients, 'Lists the OAuth and MCP clients.'),
  route('POST', '/api/v1/clients', 'person', 'client', 201, 'client', clients.addClient, 'Registers a client that speaks for an identity; it is approved with it.'),
  route('POST', '/api/v1/identities/:id/entitlements', 'person', 'entitlement', 201, 'entitlement', identities.proposeEntitlement, 'Proposes what an identity may ask for.'),
  route('POST', '/api/v1/identities/:id/entitlements/:part/end', 'person', 'reason', 200, 'entry', identities.endEntitlement, 'Ends an entitlement.'),
  route('POST', '/api/v1/identities/:id/entitlements/:part/narrow', 'person', 'narrowing', 200, 'entitlementNarrowed', identities.narrowEntitlement, 'Narrows an entitlement at once; it is never widened so.'),
  route('GET', '/api/v1/identities/:id/delegates', 'person', 'none', 200, 'delegationGrants', delegations.listDelegations, 'Lists who may act for an identity, and for whom it may act.'),
  route('POST', '/api/v1/identities/:id/delegates', 'person', 'delegationGrant', 201, 'delegationGrant', delegations.askForDelegation, 'Asks who answers for another identity whether it may act for this one.'),
  route('POST', '/api/v1/identities/:id/delegates/:part/end', 'person', 'reason', 200, 'entry', delegations.endDelegation, 'Ends a grant to act for another, with all that was handed on under it.'),
  route('POST', '/api/v1/identities/:id/rehearse', 'person', 'nothing', 200, 'rehearsal', identities.rehearseIdentity, 'Rehearses the revocation path of an identity on a canary.'),
  route('POST', '/api/v1/identities/:id/submit', 'person', 'submission', 200, 'submitted', identities.submitIdentity, 'Puts an identity up for approval.'),
  route('POST', '/api/v1/identities/:id/return', 'person', 'reason', 200, 'identity', identities.returnIdentity, 'Sends a pending identity back to draft.'),
  route('POST', '/api/v1/identities/:id/suspend', 'person', 'reason', 200, 'identity', identities.suspendIdentity, 'Suspends an identity.'),
  route('POST', '/api/v1/identities/:id/retire', 'person', 'reason', 200, 'identity', identities.retireIdentity, 'Retires an identity for good.'),
  route('POST', '/api/v1/identities/:id/reassign', 'person', 'reassignment', 200, 'identity', identities.reassignIdentity, 'Gives an identity another owner; an active one is suspended until it is approved again.'),
  route('POST', '/api/v1/identities/:id/hear', 'person', 'reason', 200, 'identity', identities.hearIdentity, 'Lets an identity have people asked again, whatever they said no to before.'),

  route('GET', '/api/v1/approvals', 'person', 'none', 200, 'approvals', identities.listApprovals, 'Lists approvals.'),
  route('GET', '/api/v1/approvals/:id', 'person', 'none', 200, 'approval', identities.readApproval, 'Shows an approval and its open seats.'),
  route('POST', '/api/v1/approvals/:id/votes', 'person', 'vote', 200, 'vote', identities.answerApproval, 'Answers an approval.'),
  route('POST', '/api/v1/approvals/:id/withdraw', 'person', 'reason', 200, 'withdrawn', identities.withdrawYes, 'Takes back a yes to a call.'),

  route('POST', '/api/v1/tasks', 'workload', 'task', 201, 'task', tasks.openTask, 'Opens a task; 202 where it waits for a person.'),
  route('POST', '/api/v1/identities/:id/tasks', 'any person', 'behalfTask', 201, 'task', tasks.openTaskFor, 'Opens a task of an identity on behalf of the person who asks; 202 where it waits for another one.'),
  route('GET', '/api/v1/tasks', 'person', 'none', 200, 'tasks', tasks.listTasks, 'Lists tasks.'),
  route('GET', '/api/v1/tasks/:id', 'person or agent', 'none', 200, 'taskWhole', tasks.readTask, 'Shows a task with what it has used.'),
  route('POST', '/api/v1/tasks/:id/delegations', 'agent', 'delegation', 201, 'child', tasks.delegate, 'Hands part of a task to another identity.'),
  route('POST', '/api/v1/tasks/:id/svid', 'workload', 'certification', 201, 'certified', tasks.certify, 'Certifies a key of a workload in our own trust domain, in one of its tasks (X.509-SVID).'),
  route('POST', '/api/v1/tasks/:id/complete', 'agent', 'maybeReason', 200, 'endedTree', tasks.completeTask, 'Completes a task; all below it ends.'),
  route('POST', '/api/v1/tasks/:id/fail', 'agent', 'maybeReason', 200, 'endedTree', tasks.failTask, 'Gives a task up; all below it ends.'),
  route('POST', '/api/v1/tasks/:id/revoke', 'person', 'reason', 200, 'endedTree', tasks.revokeTask, 'Takes a task back; all below it ends.'),
  route('GET', '/api/v1/access/paths', 'person', 'none', 200, 'paths', paths.listPaths, 'Lists every way by which an identity reaches a resource now, or that leads to a task; for an admin or auditor.'),
  route('GET', '/api/v1/cutoffs', 'person', 'none', 200, 'cutoffs', tasks.listCutoffs, 'Lists cutoffs.'),
  route('POST', '/api/v1/cutoffs', 'person', 'cutoff', 201, 'cutoff', tasks.makeCutoff, 'Cuts off; answers with the clock.'),
  route('POST', '/api/v1/keys/rotate', 'person', 'keyRotation', 201, 'keyRotated', operations.rotateKeys, 'Replaces the key that signs tokens, or SVIDs; where it leaked, all that was signed before counts no more.'),

  route('GET', '/api/v1/policies', 'person', 'none', 200, 'policyVersions', policies.listPolicyVersions, 'Lists policy versions.'),
  route('GET', '/api/v1/policies/in-force', 'person', 'none', 200, 'policiesInForce', policies.readPoliciesInForce, 'Says which policy version decides, and what is odd in it.'),
  route('GET', '/api/v1/policies/coverage', 'person', 'none', 200, 'policyCoverage', policies.coverPolicies, 'Holds the policies against the tools and the decisions; for an admin or auditor.'),
  route('GET', '/api/v1/policies/:number', 'person', 'none', 200, 'policyVersionWhole', policies.readPolicyVersion, 'Shows a policy version with its texts; for an admin, approver or auditor.'),
  route('POST', '/api/v1/policies', 'person', 'publication', 201, 'policiesPublished', policies.publishVersion, 'Puts policies up for approval by what they may do, or under observation.'),
  route('POST', '/api/v1/policies/validate', 'person', 'policyFiles', 200, 'policyValidation', policies.validatePolicies, 'Validates policies: every fault and every oddity, at its place.'),
  route('POST', '/api/v1/policies/test', 'person', 'policyFiles', 200, 'policyTests', policies.testPolicies, 'Asks policies what test files expect of them.'),
  route('POST', '/api/v1/policies/diff', 'person', 'policyDiff', 200, 'policyDifference', policies.diffPolicies, 'Says how policies differ from a version, and what that may do.'),
  route('POST', '/api/v1/policies/replay', 'person', 'policyReplay', 200, 'policyReplay', policies.replayDecisions, 'Decides again what the log holds, and says what would come out otherwise; changes nothing.'),
  route('GET', '/api/v1/policies/shadow', 'person', 'none', 200, 'policyShadow', policies.readShadow, 'Says where the version in shadow would have decided otherwise.'),
  route('GET', '/api/v1/domains', 'person', 'none', 200, 'domains', domains.listDomains, 'Lists domains and which version of each decides.'),
  route('GET', '/api/v1/domains/:domain/versions', 'person', 'none', 200, 'policyVersions', domains.listDomainVersions, 'Lists the versions of a domain.'),
  route('GET', '/api/v1/domains/:domain/versions/:number', 'person', 'none', 200, 'domainVersionWhole', domains.readDomainVersion, 'Shows a version of a domain with its files.'),
  route('POST', '/api/v1/domains/:domain/versions', 'person', 'domainPublication', 201, 'domainPublished', domains.publishDomainVersion, 'Puts a version of a domain up for approval, or under observation: policies, schema and entities.'),
  route('POST', '/api/v1/domains/:domain/versions/:number/rollback', 'person', 'rollback', 201, 'domainPublished', domains.rollBackDomainVersion, 'Publishes an older version of a domain anew, by the same rules.'),
  route('POST', '/api/v1/domains/:domain/validate', 'person', 'domainFiles', 200, 'policyValidation', domains.validateDomain, 'Validates what could be published as a domain.'),
  route('POST', '/api/v1/domains/:domain/test', 'person', 'domainFiles', 200, 'policyTests', domains.testDomain, 'Asks the files of a domain what test files expect of them.'),
  route('POST', '/api/v1/domains/:domain/diff', 'person', 'domainDiff', 200, 'policyDifference', domains.diffDomain, 'Says how files differ from a version of a domain: policies, schema and entities.'),
  route('GET', '/api/v1/domains/:domain/coverage', 'person', 'none', 200, 'domainCoverage', domains.coverDomain, 'Holds the policies of a domain against its actions and the decisions; for an admin or auditor.'),
  route('POST', '/api/v1/domains/:domain/replay', 'person', 'domainReplay', 200, 'policyReplay', domains.replayDomain, 'Decides again what the log holds of a domain, and says what would come out otherwise; changes nothing.'),
  route('GET', '/api/v1/domains/:domain/shadow', 'person', 'none', 200, 'policyShadow', domains.readDomainShadow, 'Says where the version of a domain in shadow would have answered otherwise.'),
  route('POST', '/api/v1/policies/:number/rollback', 'person', 'rollback', 201, 'policiesPublished', policies.rollBackVersion, 'Publishes an older policy version anew, by the same rules.'),

  route('GET', '/api/v1/entries', 'person', 'none', 200, 'entries', record.listEntries, 'Lists log entries.'),
  route('GET', '/api/v1/entries/:index', 'person', 'none', 200, 'entryWhole', record.readEntry, 'Shows a log entry and its exact text.'),
  route('GET', '/api/v1/entries/:index/why', 'person', 'none', 200, 'why', record.explain, 'Explains an entry: rule, facts, chain, approvals.'),
  route('GET', '/api/v1/entries/:index/receipt', 'person', 'none', 200, 'text', record.readReceipt, 'Gives the receipt of an entry (c2sp.org/tlog-proof).'),
  route('POST', '/api/v1/evidence', 'person', 'evidence', 200, 'pack', record.packEvidence, 'Writes an evidence pack.'),
  route('GET', '/api/v1/doctor', 'person', 'none', 200, 'doctor', operations.examine, 'Examines configuration, clock, store, log, servers, issuers and authorities of clients; for an admin or auditor.'),

  route('GET', '/oauth/authorize', 'anyone', 'none', 200, 'page', authorize, 'Authorization endpoint: asks the person who is signed in (RFC 6749 section 3.1).', 'page'),
  route('POST', '/oauth/authorize', 'anyone', 'form', 303, 'page', consent, 'Takes what a person says to that question.', 'page'),
  route('POST', '/oauth/sign-in', 'anyone', 'form', 303, 'page', signInToPage, 'Signs a person in with a one-time link, and leads back to the page that they came for.', 'page'),
  route('POST', '/oauth/token', 'anyone', 'form', 200, 'token', issueToken, 'Token endpoint (RFC 8693).', 'oauth'),
  route('POST', '/oauth/introspect', 'any client', 'form', 200, 'introspection', introspect, 'Introspection (RFC 7662).', 'oauth'),
  route('POST', '/oauth/challenge', 'anyone', 'none', 200, 'challenge', makeChallenge, 'Gives a challenge for the proof of a client attestation (draft).', 'oauth'),
  route('POST', '/oauth/revoke', 'any client', 'form', 200, 'revocation', revokeToken, 'Revocation (RFC 7009).', 'oauth'),
  route('GET', '/oauth/jwks', 'anyone', 'none', 200, 'keys', metadata.listKeys, 'Public keys of the tokens (RFC 7517).'),
  route('GET', '/oauth/details', 'anyone', 'none', 200, 'detailsTypes', describeDetails, 'What authorization details may say, as JSON Schema (OAuth RAR Metadata).'),
  route('GET', '/spiffe/.well-known/openid-configuration', 'anyone', 'none', 200, 'oidcIssuer', describeSvidIssuer, 'Our own trust domain as an OIDC issuer, for clouds that federate to it.'),
  route('GET', '/spiffe/keys', 'anyone', 'none', 200, 'keys', listSvidKeys, 'Its keys (RFC 7517).'),
  route('GET', '/spiffe/bundle', 'anyone', 'none', 200, 'trustBundle', readTrustBundle, 'The bundle of our own SPIFFE trust domain.'),
  route('GET', '/spiffe/bundles', 'anyone', 'none', 200, 'trustBundles', readTrustBundles, 'That bundle, and those of the trust domains that our workloads are to trust.'),
  route('GET', '/federation/.well-known/openid-configuration', 'anyone', 'none', 200, 'oidcIssuer', describeFederation, 'The OIDC issuer of tokens for clouds that take RS256 alone.'),
  route('GET', '/federation/keys', 'anyone', 'none', 200, 'keys', listFederationKeys, 'Its keys (RFC 7517).'),
  route('GET', '/oauth/status/:list', 'anyone', 'none', 200, 'statusList', readStatusList, 'Which tokens of a list count no more (OAuth Token Status List).'),
  route('GET', '/.well-known/oauth-authorization-server', 'anyone', 'none', 200, 'authorizationServer', metadata.authorizationServer, 'Authorization server metadata (RFC 8414).'),
  route('GET', '/.well-known/oauth-authorization-server/*', 'anyone', 'none', 200, 'authorizationServer', metadata.authorizationServerAt, 'The same where the issuer has a path (RFC 8414 section 3.1).'),
  route('GET', '/.well-known/openid-configuration', 'anyone', 'none', 200, 'authorizationServer', metadata.openidConfiguration, 'The same for clients that look there; there are no ID tokens.'),
  route('GET', '/.well-known/openid-configuration/*', 'anyone', 'none', 200, 'authorizationServer', metadata.openidConfigurationAt, 'The same for clients that look there where the issuer has a path.'),
  route('GET', '/.well-known/oauth-protected-resource/*', 'anyone', 'none', 200, 'protectedResource', metadata.protectedResourceAt, 'Protected resource metadata where the issuer has a path (RFC 9728 section 3.1).'),
  route('GET', '/.well-known/oauth-protected-resource', 'anyone', 'none', 200, 'protectedResource', metadata.protectedResource, 'Protected resource metadata (RFC 9728).'),
  route('GET', '/.well-known/oauth-protected-resource/mcp/:server', 'anyone', 'none', 200, 'protectedResource', metadata.protectedServer, 'Protected resource metadata of one server (RFC 9728).'),
  route('GET', '/.well-known/authzen-configuration', 'anyone', 'none', 200, 'decisionPoint', decisionPoint, 'Decision point metadata (AuthZEN 1.0).'),
  route('GET', '/.well-known/authzen-configuration/:domain', 'anyone', 'none', 200, 'decisionPoint', domainDecisionPoint, 'Decision point metadata of a domain (AuthZEN 1.0).'),
  route('GET', '/.well-known/authzen-configuration/*', 'anyone', 'none', 200, 'decisionPoint', decisionPointAt, 'The same where the public URL has a path (AuthZEN 1.0 section 9.2).'),
  route('POST', '/access/v1/evaluation', 'person or agent', 'evaluation', 200, 'evaluation', evaluate, 'Access evaluation (AuthZEN 1.0).', 'plain'),
  route('POST', '/access/v1/evaluations', 'person or agent', 'evaluations', 200, 'evaluations', evaluateAll, 'Several access evaluations at once (AuthZEN 1.0).', 'plain'),
  route('POST', '/access/v1/outcome', 'agent', 'outcome', 200, 'entry', tellOutcome, 'Says how an act ended that counted when it was permitted; once, by the enforcement point that was told yes.'),
  route('POST', '/access/v1/search/subject', 'person or agent', 'searchSubject', 200, 'subjects', searchSubjects, 'Subject search (AuthZEN 1.0).', 'plain'),
  route('POST', '/access/v1/search/resource', 'person or agent', 'searchResource', 200, 'subjects', searchResources, 'Resource search (AuthZEN 1.0).', 'plain'),
  route('POST', '/access/v1/search/action', 'person or agent', 'searchAction', 200, 'actions', searchActions, 'Action search (AuthZEN 1.0).', 'plain'),
  route('POST', '/access/v1/domains/:domain/evaluation', 'person or agent', 'evaluation', 200, 'evaluation', inDomain(evaluate), 'Access evaluation by a domain (AuthZEN 1.0).', 'plain'),
  route('POST', '/access/v1/domains/:domain/evaluations', 'person or agent', 'evaluations', 200, 'evaluations', inDomain(evaluateAll), 'Several access evaluations by a domain (AuthZEN 1.0).', 'plain'),
  route('POST', '/access/v1/domains/:domain/search/subject', 'person or agent', 'searchSubject', 200, 'subjects', inDomain(searchSubjects), 'Subject search in a domain (AuthZEN 1.0).', 'plain'),
  route('POST', '/access/v1/domains/:domain/search/resource', 'person or agent', 'searchResource', 200, 'subjects', inDomain(searchResources), 'Resource search in a domain (AuthZEN 1.0).', 'plain'),
  route('POST', '/access/v1/domains/:domain/search/action', 'person or agent', 'searchAction', 200, 'actions', inDomain(searchActions), 'Action search in a domain (AuthZEN 1.0).', 'plain'),

  route('POST', '/access/v1/requests', 'person or agent', 'accessRequest', 202, 'accessTask', access.submitAccess, 'Asks people for what an evaluation was denied for want of (AuthZEN access-request profile).'),
  route('GET', '/access/v1/requests/:id', 'person or agent', 'none', 200, 'accessTask', access.readAccess, 'Says where an access request stands.'),
  route('POST', '/access/v1/requests/:id/cancel', 'person or agent', 'accessCancel', 200, 'accessTask', access.withdrawAccess, 'Takes an access request back.'),

  route('GET', '/log/checkpoint', 'person', 'none', 200, 'text', record.readCheckpoint, 'The newest signed checkpoint (C2SP tlog-checkpoint).'),
  route('GET', '/log/key', 'person', 'none', 200, 'text', record.readLogKey, "The log's public key, as C2SP verifier key."),
  route('GET', '/log/tile/*', 'person', 'none', 200, 'tile', record.readTile, 'Tiles and entry bundles (C2SP tlog-tiles).'),
  route('GET', '/log/proof/inclusion', 'person', 'none', 200, 'inclusionProof', record.proveInclusion, 'Proves an entry in the tree of a size (RFC 6962 section 2.1.1).'),
  route('GET', '/log/proof/consistency', 'person', 'none', 200, 'consistencyProof', record.proveConsistency, 'Proves that a tree begins a larger one (RFC 6962 section 2.1.2).'),

  route('GET', '/healthz', 'anyone', 'none', 200, 'health', operations.readHealth, 'True while the process lives.'),
  route('GET', '/readyz', 'anyone', 'none', 200, 'readiness', operations.readReadiness, 'True while it can answer yes.'),
  route('GET', '/metrics', 'anyone', 'none', 200, 'text', operations.readMetrics, 'Counters, in Prometheus text.'),
  route('GET', '/', 'anyone', 'none', 200, 'page', operations.readConsole, 'The console.', 'page'),
  route('GET', '/discovered', 'anyone', 'none', 200, 'page', showDiscovered, 'Shows what was seen and has no owner, to a person who is signed in and may adopt it.', 'page'),
  route('POST', '/discovered', 'anyone', 'form', 303, 'page', adoptDiscovered, 'Adopts one of them: who is signed in answers for it.', 'page'),
]
