import type { Client } from '../../sdk/client.ts'
import type { EntitlementUsed, UsedShown } from '../../sdk/used-answers.ts'
import type { Command } from '../command.ts'
import { findIdentityId } from '../lookup.ts'
import { writeScope } from '../scope-words.ts'
import { type Layout, type Line, writeCount, writeFacts, writeTable, writeTime } from '../terminal.ts'

/** What was granted against what was used. */
export const USED_COMMAND: Command = {
  name: 'identity used',
  sentence: 'Shows what an identity was granted against what it used of it, and a narrower entitlement.',
  arguments: [{ name: 'identity', sentence: 'Name or id.' }],
  options: [
    {
      name: 'narrow',
      sentence:
        'Narrows each entitlement to what was used of it, at once; what servers of others let happen by a token is in no entry, and so falls away. One that was never used stays: end it.',
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
    if (!input.has('narrow')) return { data: shown, lines: describeUsed(shown) }
    const narrowed = []
    const lines = shown.uses.length === 0 ? describeUsed(shown) : []
    for (const { used, draft } of draftsOf(shown)) {
      const done = await client.identities.narrow(id, used.entitlement.id, draft)
      narrowed.push(done)
      lines.push(`${done.entitlement.id} is narrowed.  #${done.entry}`, ...sayElsewhere(shown, used), sayOpening(shown))
    }
    return { data: { ...shown, narrowed }, lines: [...lines, ...sayUnused(shown)] }
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

/** The end stays as it is, as a proposal says it in whole days; so does whether questions count. */
function draftsOf({ uses }: UsedShown) {
  return uses.flatMap((used) => {
    if (used.proposal === null || !used.isNarrower) return []
    const { days: _days, counts: _counts, ...draft } = used.proposal
    return [{ used, draft }]
  })
}

function sayUnused(shown: UsedShown): readonly string[] {
  const { uses } = shown
  const unused = uses.filter(({ proposal }) => proposal === null)
  if (uses.length > 0 && uses.every(({ proposal, isNarrower }) => proposal !== null && !isNarrower))
    return ['Everything that was granted was used: there is nothing to narrow.']
  return unused.flatMap((used) => sayEnd(shown, used))
}

/** Servers of others judge by themselves, and tell nobody: what is used there alone falls out of what is proposed. */
function sayElsewhere({ elsewhere }: UsedShown, { use, entitlement: { scope } }: EntitlementUsed): string[] {
  if (!elsewhere || use.tasks === 0) return []
  const granted = writeScope(scope).join(', ')
  return [
    `  What its tokens did at servers of others is in no entry here: what of ${granted} was used there alone is left out.`,
  ]
}

/** Acts are counted, and not what tasks were opened for: one that was opened for everything, and did little, is refused. */
function sayOpening({ identity: { name } }: UsedShown): string {
  return `  A task that asks for more than this is refused from then on: let ${name} open its tasks for no more.`
}

/** Of who only gets tokens for servers of others no act is on record. */
function sayEnd({ identity, elsewhere }: UsedShown, { entitlement: { id }, use }: EntitlementUsed): string[] {
  const end = `${id} was not used since it came into force as it is, and can be ended: remit identity unentitle ${identity.name} ${id} --reason '…'`
  if (!elsewhere || use.tasks === 0) return [end]
  return [end, 'Tasks were opened on it all the same: what their tokens did at servers of others is in no entry here.']
}

function describeUsed(shown: UsedShown): Line[] {
  const { identity, uses, counted } = shown
  if (uses.length === 0) return [`${identity.name} has no entitlement in force.`]
  return [
    `${identity.name}, out of the entries ${counted.from} to ${counted.to - 1} of the log`,
    ...uses.flatMap((used) => ['', ...describeUse(shown, used)]),
  ]
}

function describeUse(shown: UsedShown, used: EntitlementUsed): Line[] {
  const { entitlement, use, unused, sinceMs } = used
  const since = writeTime(sinceMs)
  return [
    writeFacts([
      ['entitlement', entitlement.id],
      ...writeScope(entitlement.scope).map((grant, at) => [at === 0 ? 'granted' : ' ', grant] as const),
      ['for', `${entitlement.classes.join(', ')} on data up to ${entitlement.ceiling}`],
      [
        'used',
        use.lastMs === null
          ? `never since ${since}`
          : `${writeCount(use.calls, 'act')} since ${since}, the last ${writeTime(use.lastMs)}`,
      ],
      ['tasks', `${use.tasks} opened on it`],
      ...writeScope(unused.grants).map((grant, at) => [at === 0 ? 'never used' : ' ', grant] as const),
      ['no act of', unused.classes.join(', ')],
      ['nothing', unused.ceiling === null || use.calls === 0 ? '' : `as sensitive as ${unused.ceiling}`],
    ]),
    writeActs(use.acts),
    ...sayProposal(shown, used),
  ]
}

/** What was done under one grant is counted together, in the row of its first resource; each row can be read by itself. */
function writeActs(acts: EntitlementUsed['use']['acts']): Layout {
  const rows = acts.flatMap(({ action, actionClass, resources, sensitivity, calls, lastMs }) =>
    resources.map((resource, at) =>
      at === 0
        ? [action, actionClass, resource, sensitivity, String(calls), writeTime(lastMs)]
        : [action, actionClass, resource, '', 'as above', ''],
    ),
  )
  return writeTable(['action', 'class', 'resource', 'data up to', 'acts', 'last'], rows, 'Nothing was done under it.')
}

function sayProposal(shown: UsedShown, used: EntitlementUsed): string[] {
  const { proposal, isNarrower, entitlement } = used
  if (proposal === null) return sayEnd(shown, used)
  if (!isNarrower) return ['All of it was used.']
  const words = [
    ...writeScope(proposal.scope).map((grant) => `--allow ${quoteForShell(grant)}`),
    ...proposal.classes.map((each) => `--class ${each}`),
    `--ceiling ${proposal.ceiling}`,
    `--reason ${quoteForShell(proposal.reason)}`,
  ]
  return [
    'This would have been enough:',
    ...sayElsewhere(shown, used),
    `  remit identity narrow ${shown.identity.name} ${entitlement.id} ${words.join(' ')}`,
    sayOpening(shown),
  ]
}

/** What others named is one word to a shell, whatever it holds. */
function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
