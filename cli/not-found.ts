/** Which command shows what there is, by what a server says is not there; the first that fits counts. */
const SHOWN_BY: readonly (readonly [said: RegExp, next: string])[] = [
  [/acts on your behalf/, '`remit acting` shows what does.'],
  [/lets anybody act for you/, '`remit acting grants` shows who may.'],
  [/trust domain of our own/, '`spiffe` in the configuration of the server makes one: docs/config.md.'],
  [
    /key would sign/,
    'The configuration of the server makes one: `spiffe` for SVIDs, `federation` for clouds (docs/config.md).',
  ],
  [/tool|server behind the gateway|upstream/, '`remit tool list` shows the servers and their tools.'],
  [/vendor/, '`remit identity show <identity>` shows whose it is, where a vendor runs it.'],
  [/policy version/i, '`remit policy history` shows the versions.'],
  [/binding/, '`remit identity show <identity>` shows how it proves itself.'],
  [/entitlement/, '`remit identity show <identity>` shows what it may ask for.'],
  [/grant/, '`remit identity delegates <identity>` shows who may act for whom.'],
  [/identity/, '`remit identity list` shows the identities.'],
  [/task/, '`remit task list` shows the tasks.'],
  [/chain/, '`remit task list` shows the tasks; the first one of a chain names it.'],
  [/approval/, '`remit approvals --state all` shows all that people were asked.'],
  [/entry/, '`remit log list` shows the newest entries.'],
  [/right/, '`remit person rights <person>` shows the rights.'],
  [/login/, '`remit person logins <person>` shows the logins.'],
  [/person|owner/, '`remit person list` shows the people.'],
]

/** Says what shows what there is, where it is known of what a server says is not there. */
export function findWhatShows(detail: string): string | undefined {
  return SHOWN_BY.find(([said]) => said.test(detail))?.[1]
}
