import type { EntitlementDraft, EntitlementUsed, UsedShown } from '../../sdk/answers.ts'
import type { Client } from '../../sdk/client.ts'
import type { Command } from '../command.ts'
import { findIdentityId } from '../lookup.ts'
import { writeScope } from '../scope-words.ts'
import { writeFacts, writeTable, writeTime } from '../terminal.ts'

/** What was granted against what was used. */
export const USED_COMMAND: Command = {
  name: 'identity used',
  sentence: 'Shows what an identity was granted against what it used of it, and proposes a narrower entitlement.',
  arguments: [{ name: 'identity', sentence: 'Name or id.' }],
  options: [
    {
      name: 'propose',
      sentence:
        'Proposes the narrower entitlements, as `remit identity entitle` does: the identity is a draft or suspended.',
    },
    {
      name: 'policy',
      sentence: 'Shows the Cedar policy that would hold the identity to what it used, and nothing else.',
    },
  ],
  run: async (input, context) => {
    const client = context.client()
    const id = await findIdentityId(client, input.text('identity'))
    const shown = await readUsed(client, id)
    if (input.has('policy')) return { data: shown, lines: shown.policy.trimEnd().split('\n') }
    if (!input.has('propose')) return { data: shown, lines: describeUsed(shown) }
    const proposed = []
    for (const draft of draftsOf(shown)) proposed.push(await client.identities.entitle(id, draft))
    const lines = proposed.map(({ entitlement, entry }) => `${entitlement.id} is proposed.  #${entry}`)
    return { data: { ...shown, proposed }, lines: [...lines, ...sayNext(shown)] }
  },
}

/** Asks until the log is read to its end, as it was when it was asked first. */
async function readUsed(client: Client, id: string): Promise<UsedShown> {
  let shown = await client.identities.used(id)
  for (const { size } = shown.counted; shown.counted.to < size; ) {
    const before = shown.counted.to
    shown = await client.identities.used(id)
    if (shown.counted.to <= before) break // a server that reads no further would be asked for ever
  }
  return shown
}

function draftsOf({ uses }: UsedShown): readonly EntitlementDraft[] {
  return uses.flatMap(({ proposal, isNarrower }) => (proposal !== null && isNarrower ? [proposal] : []))
}

function sayNext({ identity, uses }: UsedShown): readonly string[] {
  const wide = uses.filter(({ isNarrower, proposal }) => isNarrower || proposal === null)
  if (wide.length === 0) return ['Everything that was granted was used: there is nothing to narrow.']
  const ends = wide.map(
    ({ entitlement }) =>
      `  remit identity unentitle ${identity.name} ${entitlement.id} --reason 'it was wider than what is used'`,
  )
  return [
    'What was wider is to be ended, and the identity put up for approval:',
    ...ends,
    `  remit identity submit ${identity.name}`,
  ]
}

function describeUsed(shown: UsedShown): string[] {
  const { identity, uses, counted } = shown
  if (uses.length === 0) return [`${identity.name} has no entitlement in force.`]
  return [
    `${identity.name}, out of the entries ${counted.from} to ${counted.to - 1} of the log`,
    ...uses.flatMap((used) => ['', ...describeUse(identity.name, used)]),
  ]
}

function describeUse(identity: string, { entitlement, use, unused, proposal, isNarrower }: EntitlementUsed): string[] {
  const since = writeTime(entitlement.startsMs)
  return [
    ...writeFacts([
      ['entitlement', entitlement.id],
      ...writeScope(entitlement.scope).map((grant, at) => [at === 0 ? 'granted' : ' ', grant] as const),
      ['for', `${entitlement.classes.join(', ')} on data up to ${entitlement.ceiling}`],
      [
        'used',
        use.lastMs === null
          ? `never since ${since}`
          : `${use.calls} acts since ${since}, the last ${writeTime(use.lastMs)}`,
      ],
      ['tasks', `${use.tasks} were opened on it`],
      ...writeScope(unused.grants).map((grant, at) => [at === 0 ? 'never used' : ' ', grant] as const),
      ['no act of', unused.classes.join(', ')],
      ['nothing', unused.ceiling === null || use.calls === 0 ? '' : `as sensitive as ${unused.ceiling}`],
    ]),
    ...writeTable(
      ['action', 'class', 'resource', 'data', 'acts', 'last'],
      use.acts.flatMap((act) =>
        act.resources.map((resource) => [
          act.action,
          act.actionClass,
          resource,
          act.sensitivity,
          String(act.calls),
          writeTime(act.lastMs),
        ]),
      ),
      'Nothing was done under it.',
    ),
    ...sayProposal(identity, proposal, isNarrower, entitlement.id),
  ]
}

function sayProposal(identity: string, proposal: EntitlementDraft | null, isNarrower: boolean, id: string): string[] {
  if (proposal === null) return [`It can be ended: remit identity unentitle ${identity} ${id} --reason '…'`]
  if (!isNarrower) return ['All of it was used.']
  const words = [
    ...writeScope(proposal.scope).map((grant) => `--allow ${quoteForShell(grant)}`),
    ...proposal.classes.map((each) => `--class ${each}`),
    `--ceiling ${proposal.ceiling}`,
    ...(proposal.approval === 'each-call' ? ['--each-call'] : []),
    ...((proposal.approvers ?? 1) > 1 ? [`--approvers ${proposal.approvers}`] : []),
    ...(proposal.counts === true ? ['--counts'] : []),
    `--days ${proposal.days}`,
    `--reason ${quoteForShell(proposal.reason)}`,
  ]
  return ['This would have been enough:', `  remit identity entitle ${identity} ${words.join(' ')}`]
}

/** What others named is one word to a shell, whatever it holds. */
function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
