import { isMembers } from '../members.ts'
import { type Members, textOf } from './read-jwt.ts'
import { refuseToken } from './refused.ts'

/** One hop of the chain of a token (RFC 8693 section 4.1): who acted, and who says so. */
export interface Actor {
  readonly issuer: string
  readonly subject: string
  /** What else the hop says of itself, verbatim, without what lies below it. */
  readonly claims: Members
}

const hopsMax = 16

/**
 * Gives the claim `act` as a list, whole. Error: `invalid_token` where a hop does not say who it is, or there are more than
 * sixteen.
 */
export function readActors(claims: Members): readonly Actor[] {
  const actors: Actor[] = []
  let said = claims['act']
  while (said !== undefined) {
    if (!isMembers(said) || actors.length === hopsMax) return refuseToken('The chain of the token cannot be read.')
    const { act: below, ...hop }: Members = said
    const [issuer, subject] = [textOf(hop, 'iss'), textOf(hop, 'sub')]
    if (issuer === undefined || subject === undefined) return refuseToken('A hop of the chain does not say who it is.')
    actors.push({ issuer, subject, claims: hop })
    said = below
  }
  return actors
}

/** Gives `authorization_details` (RFC 9396). Error: `invalid_token` where it is no list of typed objects. */
export function readDetails(claims: Members): readonly Members[] {
  const { authorization_details: said = [] } = claims
  const isList = Array.isArray(said) && said.every((each) => isMembers(each) && textOf(each, 'type') !== undefined)
  return isList ? (said as readonly Members[]) : refuseToken('The details of the token cannot be read.') // each was looked at
}

/** Gives `labels`, empty where there are none. Error: `invalid_token` where they cannot be read. */
export function readLabels({ labels = {} }: Members): Members {
  return isMembers(labels) ? labels : refuseToken('The labels of the token cannot be read.')
}
