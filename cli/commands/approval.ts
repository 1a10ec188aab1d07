import type { Unfilled, Voted } from '../../sdk/approval-answers.ts'
import { CHOICES, chosen } from '../../sdk/choices.ts'
import type { Approval, Cutoff, Kept } from '../../sdk/nouns.ts'
import { quote } from '../../sdk/quote.ts'
import { ID_FACTS, sayAskers, sayVotes, writeFact } from '../asked-words.ts'
import { tellChange } from '../changed.ts'
import type { Command, Option } from '../command.ts'
import { describeCutoff } from '../cutoff-words.ts'
import { describeYes, ENVELOPE_OPTIONS, readEnvelope, saysEnvelope } from '../envelope-words.ts'
import { readAll, readNamer } from '../lookup.ts'
import { REASON } from '../options.ts'
import { alignRows, type Line, writeTime } from '../terminal.ts'

/** Questions to people, and their answers. */
export const APPROVAL_COMMANDS: readonly Command[] = [
  {
    name: 'approvals',
    sentence: 'Lists what waits for a person, with exactly what is asked.',
    arguments: [],
    options: [
      {
        name: 'state',
        value: 'state',
        oneOf: [...CHOICES.approvalStates, 'all'],
        fallback: 'pending',
        sentence: 'Which.',
      },
    ],
    run: async (input, context) => {
      const state = input.text('state')
      const filter = state === 'all' ? {} : { state: chosen(CHOICES.approvalStates, state) }
      const client = context.client()
      const listed = await readAll(
        (page) => client.approvals.list({ ...filter, ...page }),
        ({ approvals, unfilled = [], cutOff = [], outdated = [], over = [] }) => {
          const open = new Map(unfilled.map((each) => [each.approvalId, each]))
          const since = new Map(cutOff.map((each) => [each.approvalId, each.cutoffs]))
          return approvals.map((approval) => ({
            approval,
            unfilled: open.get(approval.id) ?? null,
            cutoffs: since.get(approval.id) ?? [],
            isOutdated: outdated.includes(approval.id),
            over: over.find((each) => each.approvalId === approval.id) ?? null,
          }))
        },
      )
      const approvals = listed.map(({ approval }) => approval)
      const unfilled = listed.flatMap((each) => each.unfilled ?? [])
      const nameOf = await readNamer(client, approvals.flatMap(idsIn))
      const lines = listed.flatMap(({ approval, unfilled: open, cutoffs, isOutdated, over }) => {
        const [head, ...rest] = describeApproval(approval, nameOf)
        const since = cutoffs.map((each) => sayCutOff(each, nameOf))
        if (isOutdated) return [head, sayOutdated(approval), ...rest]
        if (over !== null) return [head, `  It lets nothing through any more: ${over.because}.`, ...rest]
        return [head, ...(open === null ? [] : [sayUnfilled(open, approval, nameOf)]), ...since, ...rest]
      })
      const cutOff = listed.flatMap(({ approval: { id }, cutoffs }) =>
        cutoffs.length === 0 ? [] : [{ approvalId: id, cutoffs }],
      )
      const outdated = listed.flatMap(({ approval: { id }, isOutdated }) => (isOutdated ? [id] : []))
      const over = listed.flatMap((each) => each.over ?? [])
      return {
        data: { approvals, unfilled, cutOff, outdated, over },
        lines: lines.length === 0 ? [sayNone(state)] : lines,
      }
    },
  },
  voteCommand(
    'approve',
    'Says yes to exactly what an approval asks, once, or to an envelope around it.',
    ENVELOPE_OPTIONS,
  ),
  voteCommand(
    'deny',
    'Says no; one no ends the question. What nobody is left to say yes to is ended so by an administrator who did not ask.',
    [],
  ),
  {
    name: 'withdraw',
    sentence: 'Takes back a yes to a call, such as what is left of an envelope.',
    arguments: [{ name: 'approval', sentence: 'Its id, as `remit approvals --state approved` shows it.' }],
    options: [REASON],
    run: async (input, context) => {
      const taken = await context.client().approvals.withdraw(input.text('approval'), input.text('reason'))
      return tellChange('The yes is taken back; nothing rests on it from now on.', taken)
    },
  },
]

function sayNone(state: string): string {
  if (state === 'pending') return 'Nothing waits.'
  return state === 'all' ? 'Nobody was ever asked.' : `Nothing that people were asked is ${state}.`
}

function sayUnfilled(
  { approvalId, seats, lost = [] }: Unfilled,
  { subject, subjectId }: Pick<Approval, 'subject' | 'subjectId'>,
  nameOf: (id: string) => string,
): string {
  const end = `remit deny ${approvalId} --reason '…'`
  if (lost.length > 0) {
    const way =
      subject === 'call'
        ? `leave it, and whoever sends the same again has people asked anew; a no to it stays (${end})`
        : `end it, so that it can be asked anew (${end})`
    const who = lost.map((id) => quote.unlessWord(nameOf(id))).join(' and ')
    return `  ${who} said yes to it and has left, or has not held the role for it ever since, so that no other yes lets it count: ${way}.`
  }
  const other = subject === 'policy' ? '' : ', or the identity another owner or sponsor (remit identity reassign)'
  const back = subject === 'identity' ? `, or as who asked (remit identity return ${subjectId} --reason '…')` : ''
  return `  Nobody is left who can say yes to it (open: ${seats.join(', ')}): give somebody who did not ask the role for it (remit person roles: approver for security, and for owner or sponsor where those asked themselves; admin for admin)${other}; or end it as an administrator who did not ask (${end})${back}.`
}

/** Who is asked for what counts no more need not weigh it. */
function sayOutdated({ id, subject }: Approval): string {
  const [since, again] =
    subject === 'policy'
      ? ['Another version came into force since this was put up', 'Publish it again, and people are asked anew.']
      : ['Other policies decide than when this was asked', 'Whoever sends the same again has people asked anew.']
  return `  ${since}, so that no yes to it counts: leave it, or end it (remit deny ${id} --reason '…'). ${again}`
}

/** Whoever answers is to know that somebody meant it to do nothing more. */
function sayCutOff(cutoff: Cutoff, nameOf: (id: string) => string): string {
  const what = describeCutoff(cutoff, (id) => quote.unlessWord(nameOf(id)))
  return `  Since this was asked it was cut off, ${what}; once it is approved it acts all the same.`
}

function describeApproval(
  approval: Kept<Approval>,
  nameOf: (id: string) => string,
): readonly [head: string, ...rest: Line[]] {
  const { id, subject, state, seats, expiresMs, requestedBy, votes, asked, envelope, proposed } = approval
  const head = `${id}  ${subject}, ${state}; seats: ${seats.join(', ')}; until ${writeTime(expiresMs)}`
  const yes = envelope === undefined ? [] : ['  Yes is said to:', ...describeYes(approval, envelope)]
  const wish =
    proposed === undefined || state !== 'pending' ? [] : ['  The asker proposes:', ...describeYes(approval, proposed)]
  const facts = Object.entries(asked)
    .filter(
      ([name, value]) => name !== 'identityId' || typeof value !== 'string' || nameOf(value) !== asked['identity'],
    )
    .flatMap(([name, value]) => writeFact(name, value, nameOf).map((row) => ['', ...row]))
  const people = [...sayAskers(requestedBy, nameOf), ...sayVotes(votes, nameOf)]
  return [head, ...people.map((each) => `  ${each}`), alignRows(facts), ...nameTexts(approval), ...wish, ...yes]
}

/** How to read the texts that are asked about, which are too long to stand here. */
function nameTexts({ subject, asked }: Approval): readonly string[] {
  const { number, domain } = asked
  if (subject !== 'policy' || typeof number !== 'number' || typeof domain !== 'string') return []
  const of = domain === 'remit' ? '' : ` --domain ${quote.unlessWord(domain)}`
  return [`  Read its texts: remit policy show ${number}${of}`]
}

function idsIn({ asked, requestedBy }: Approval): readonly string[] {
  const named = ID_FACTS.flatMap((name) => {
    const id = asked[name]
    return typeof id === 'string' ? [id] : []
  })
  return [...requestedBy, ...named]
}

/** What a question comes to that nothing comes of. */
const UNDONE: readonly Voted['effect'][] = [
  'identity returned',
  'binding kept',
  'task denied',
  'policies refused',
  'delegation refused',
]
const UNREADY = [
  '  The identity still lacks something: a rehearsal (`remit identity rehearse <identity>`), or somebody in the place of an',
  '  owner or sponsor who has left (`remit identity reassign <identity>`).',
]
const IN_VAIN = [
  '  Nothing came of the yes: what it was about has moved meanwhile, or a yes of before counts no more.',
  '  `remit log list` shows what was recorded then, `remit why <entry>` says why; it can be asked anew.',
]

function voteCommand(verdict: 'approve' | 'deny', sentence: string, options: readonly Option[]): Command {
  return {
    name: verdict,
    sentence,
    arguments: [{ name: 'approval', sentence: 'Its id, as `remit approvals` shows it.' }],
    options: [REASON, ...options],
    run: async (input, context) => {
      const [client, id] = [context.client(), input.text('approval')]
      const isWide = verdict === 'approve' && saysEnvelope(input)
      const approval = isWide || input.has('preview') ? (await client.approvals.show(id)).approval : undefined
      const envelope = isWide ? readEnvelope(input, approval ?? {}) : undefined
      const covered = approval === undefined ? [] : ['Your yes covers:', ...describeYes(approval, envelope)]
      if (input.has('preview')) return { data: { approval, envelope: envelope ?? null, covered }, lines: covered }
      // told before it is sent, where nobody but a person reads it
      if (!context.isJson) for (const line of covered) context.terminal.print(line)
      const voted = await client.approvals.vote(id, verdict, input.text('reason'), envelope)
      const after = voted.effect === 'none' ? `it is ${voted.approval.state}` : voted.effect
      const { subject, state } = voted.approval
      const isUnready = voted.effect === 'none' && subject === 'identity' && state === 'approved'
      const isInVain = verdict === 'approve' && UNDONE.includes(voted.effect)
      return tellChange(`Your ${verdict === 'approve' ? 'yes' : 'no'} is recorded: ${after}.`, voted, [
        ...(isUnready ? UNREADY : []),
        ...(isInVain ? IN_VAIN : []),
      ])
    },
  }
}
