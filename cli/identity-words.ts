import type { IdentityShown } from '../sdk/answers.ts'
import { quote } from '../sdk/quote.ts'
import { describeComposition } from './composition-words.ts'
import { describeCutoffs } from './cutoff-words.ts'
import { sayKey } from './key-words.ts'
import { writeRules } from './rule-words.ts'
import { writeScope } from './scope-words.ts'
import { type Line, writeCount, writeFacts, writeTable, writeTime } from './terminal.ts'

const TASK_APPROVALS = {
  none: 'tasks start at once',
  'each-task': 'a person for each task',
  'each-action': 'a person for each action',
}

function describeApproval({ approval, approvers = 1, counts }: IdentityShown['entitlements'][number]): string {
  const counted = counts === undefined ? '' : `, counts ${writeScope(counts).join(', ')}`
  return `${approval}${approvers === 1 ? '' : ` by ${approvers}`}${counted}`
}

/** Until it is approved again the record keeps why it was suspended, which is not why it stands as it does now. */
function describeState({ state, suspendedBecause }: IdentityShown['identity']): string {
  if (suspendedBecause === null) return state
  const why = quote.text(suspendedBecause)
  return state === 'suspended' ? `${state}: ${why}` : `${state}; it was suspended: ${why}`
}

/** What is said of an identity beside what the server shows: names, and where it was noted. */
interface Setting {
  readonly nameOf: (id: string | null) => string
  readonly seen: string
}

/** Says all of an identity: who answers for it, how it proves itself, what it may ask for. */
export function describeIdentity(shown: IdentityShown, { nameOf, seen }: Setting): readonly Line[] {
  const { identity, bindings, entitlements, tier, cutoffs = [] } = shown
  const proofs = bindings.filter(({ endedMs }) => endedMs === null)
  return [
    writeFacts([
      ['name', identity.name],
      ['id', identity.id],
      ['state', describeState(identity)],
      ...describeCutoffs(cutoffs, identity, nameOf).map((each) => ['cut off', each] as const),
      ['owner', nameOf(identity.owner)],
      ['sponsor', nameOf(identity.sponsor)],
      ['purpose', identity.purpose ?? ''],
      ['vendor', identity.vendor ?? ''],
      ['noted', seen],
      ['made of', describeComposition(identity.composition)],
      ['tier', `${tier.tier} ${tier.terms.name}: ${tier.reasons.join('; ')}`],
      ['approvals', `${tier.terms.activationSeats.join(', ')} to activate; ${TASK_APPROVALS[tier.terms.taskApproval]}`],
      [
        'pivots',
        shown.pivots === 0 ? '' : `${writeCount(shown.pivots, 'call')} outside of its tasks, in the tasks of late`,
      ],
      ['rehearsed', writeTime(identity.rehearsedMs)],
      [
        'asks again',
        identity.heardMs === undefined ? '' : `since ${writeTime(identity.heardMs)}, whatever people said no to before`,
      ],
    ]),
    '',
    writeTable(
      ['proves itself by', 'issuer', 'subject', 'only with', 'until', 'binding'],
      proofs.map((row) => [
        row.kind,
        row.issuer,
        row.subjectPattern ?? row.subject,
        [writeRules(row.claims) ?? '', ...row.keys.map(sayKey), ...(row.keyThumbprints ?? [])].join(' ').trim(),
        writeTime(row.endsMs ?? row.secretEndsMs ?? null),
        row.id,
      ]),
      'It cannot prove itself yet.',
    ),
    '',
    writeTable(
      ['may ask for', 'ceiling', 'approval', 'state', 'until', 'entitlement'],
      entitlements.flatMap((row) =>
        writeScope(row.scope).map((grant) => [
          grant,
          row.ceiling,
          describeApproval(row),
          row.state,
          writeTime(row.endsMs),
          row.id,
        ]),
      ),
      'It may ask for nothing.',
    ),
  ]
}
