/** A specification that is no RFC yet, and whether a house speaks it where nothing is configured. */
interface Draft {
  /** Its name with the number that it is spoken by. */
  readonly number: string
  readonly isOn: boolean
  /** What it gives, for the manual. */
  readonly sentence: string
}

/** Every draft that Remit speaks, a row each: `drafts.NAME` of the configuration switches it. */
export const DRAFTS = {
  'status-list': {
    number: 'draft-ietf-oauth-status-list-21',
    isOn: true,
    sentence: 'Tokens name a list that tells whether they still count',
  },
  'client-metadata-document': {
    number: 'draft-ietf-oauth-client-id-metadata-document-01',
    isOn: true,
    sentence:
      'An MCP client may be the address of a document about itself; it can do nothing until somebody takes it over',
  },
  'id-jag': {
    number: 'draft-ietf-oauth-identity-assertion-authz-grant-04',
    isOn: true,
    sentence:
      'An identity provider that serves people lets a client act for one of them (MCP enterprise-managed authorization)',
  },
  'client-attestation': {
    number: 'draft-ietf-oauth-attestation-based-client-auth-10',
    isOn: false,
    sentence: 'A client proves itself by what its attester says of it and of its key',
  },
  'rar-metadata': {
    number: 'draft-zehavi-oauth-rar-metadata-06',
    isOn: true,
    sentence: 'What authorization details may say is published as JSON Schema',
  },
  'transaction-tokens': {
    number: 'draft-ietf-oauth-transaction-tokens-11',
    isOn: false,
    sentence:
      'Servers behind the gateway that ask for it get a signed token with each call: who acts for whom, and what was permitted',
  },
} as const satisfies Readonly<Record<string, Draft>>

export type DraftName = keyof typeof DRAFTS

/** The names by which drafts are switched. */
export const DRAFT_NAMES = Object.keys(DRAFTS) as readonly DraftName[]

/** True where a draft is spoken: as configured, else as its row says. */
export function isSpoken(name: DraftName, configured: Readonly<Partial<Record<DraftName, boolean>>>): boolean {
  return configured[name] ?? DRAFTS[name].isOn
}
