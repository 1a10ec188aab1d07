import type { PolicyJson } from '@cedar-policy/cedar-wasm/nodejs'
import { findUnseen } from '../../../contract/approval/unseen.ts'
import type { PolicyNote } from '../../../contract/policy.ts'
import { findNearestWord } from '../../../ground/nearest-word.ts'
import { shortenText } from '../../facts/fit-data.ts'
import type { ReadPolicy } from '../policy.ts'
import { findContradiction, type RangeOf } from './find-contradiction.ts'
import { findRange, findUnknownWords } from './find-unknown-words.ts'

/** Finds what is odd and not wrong in the policies of an organisation, beside those that came with Remit. */
export function findOddities(policies: readonly ReadPolicy[]): readonly PolicyNote[] {
  const own = policies.filter(({ origin }) => origin === 'organisation')
  const names = Map.groupBy(policies, ({ id }) => nameOf(id))
  return [
    ...own.flatMap((policy) => findShadowed(policy, names.get(nameOf(policy.id)) ?? [])),
    ...own.flatMap(findMisspelt),
    ...findTooWide(policies, findRange),
  ]
}

/** Finds what permits or forbids everything or never matches, and what is said twice: odd in any set, that of a domain too. */
export function findTooWide(policies: readonly ReadPolicy[], rangeOf?: RangeOf): readonly PolicyNote[] {
  const own = policies.filter(({ origin }) => origin === 'organisation')
  const bodies = new Map<string, string>()
  return [
    ...own.flatMap(findHidden),
    ...own.flatMap(findUnconditional),
    ...own.flatMap((policy) => findDead(policy, rangeOf)),
    ...policies.flatMap((policy) => {
      const body = bodyOf(policy.json)
      const other = bodies.get(body)
      if (other === undefined) bodies.set(body, policy.id)
      if (other === undefined || policy.origin === 'shipped') return []
      return [note(policy, 'repeated', `it says the same as ${other}`, null)]
    }),
  ]
}

/**
 * Gives what a policy does, without what it is called and how it is explained. Cedar writes the members of each part in one
 * order, and a chain of operators deeper than canonical JSON may be.
 */
export function bodyOf({ effect, principal, action, resource, conditions }: PolicyJson): string {
  return JSON.stringify({ effect, principal, action, resource, conditions })
}

const ODD_ALL = { permit: 'allow-all', forbid: 'deny-all' } as const

function findUnconditional(policy: ReadPolicy): readonly PolicyNote[] {
  const { principal, resource, action, conditions } = policy.json
  const isBroad = [principal, resource].every((part) => part.op === 'All' || (part.op === 'is' && !('in' in part)))
  if (!isBroad || action.op === '==' || !conditions.every(isAlwaysMet)) return []
  const what = action.op === 'All' ? 'everything' : 'all such actions'
  const verb = policy.effect === 'permit' ? 'permits' : 'forbids'
  const sentence = `it ${verb} ${what}, whoever asks and whatever it is about`
  return [note(policy, ODD_ALL[policy.effect], sentence, 'add a when that says for whom or for what')]
}

/** Whoever approves a policy reads its text, which is to say what it does. */
function findHidden(policy: ReadPolicy): readonly PolicyNote[] {
  const found = findUnseen(policy.text.replace(/[\n\r\t]/g, ' '))
  if (found === undefined) return []
  const code = (found.char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  return [
    note(
      policy,
      'unseen',
      `it holds U+${code}, which nobody sees`,
      `leave it out, or write \\u{${code.toLowerCase()}}`,
    ),
  ]
}

function findDead(policy: ReadPolicy, rangeOf?: RangeOf): readonly PolicyNote[] {
  const clash = findContradiction(policy.json, rangeOf)
  if (clash === null) return []
  return [note(policy, 'never-matches', `it can never match: ${shortenText(clash, clashCharsMax)}`, null)]
}

/** More than this of what excludes itself is not said. */
const clashCharsMax = 200

/** True for a condition that holds whatever is asked. */
export function isAlwaysMet({ kind, body }: PolicyJson['conditions'][number]): boolean {
  return 'Value' in body && body.Value === (kind === 'when')
}

/** More than this of a word is neither said nor compared with those that it may have meant. */
const wordCharsMax = 40

function findMisspelt(policy: ReadPolicy): readonly PolicyNote[] {
  return findUnknownWords(policy.json).map(({ member, word, known }) => {
    const said = shortenText(word, wordCharsMax)
    const sentence = `it compares ${member} with ${JSON.stringify(said)}, which is none of ${known.join(', ')}`
    const meant = findNearestWord(said, known)
    return note(policy, 'unknown-word', sentence, meant === undefined ? null : `did you mean ${JSON.stringify(meant)}?`)
  })
}

/** The layers of the policies that come with Remit. */
const SHIPPED_LAYERS: readonly string[] = ['guardrail', 'tier', 'base']

function findShadowed(policy: ReadPolicy, called: readonly ReadPolicy[]): readonly PolicyNote[] {
  const other = called.find((each) => each !== policy)
  if (other !== undefined)
    return [note(policy, 'id-shadows', `it is called like ${other.id}, and people will take one for the other`, null)]
  const [layer = ''] = policy.id.split(':', 1)
  return SHIPPED_LAYERS.includes(layer)
    ? [note(policy, 'id-shadows', 'its id looks as if it came with Remit', `call it acme:${nameOf(policy.id)}`)]
    : []
}

function nameOf(id: string): string {
  return id.slice(id.indexOf(':') + 1)
}

function note(policy: ReadPolicy, kind: string, sentence: string, hint: string | null): PolicyNote {
  const { file, line, column, id } = policy
  return { file, line, column, id, kind, sentence, hint }
}
