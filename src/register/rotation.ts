import type { Approval } from '../contract/approval/approval.ts'
import { type Fact, insert, type Kept, requireVersion, update } from '../contract/change.ts'
import type { Actor } from '../contract/log-entry.ts'
import { type Binding, type BindingKind, type Proof, proofOf } from '../contract/register/binding.ts'
import type { Identity } from '../contract/register/identity.ts'
import { canonicalJson } from '../ground/canonical-json.ts'
import type { Ids } from '../ground/ids.ts'

/**
 * Says why a proof is more than another key, or another issuer, of what proves the identity now; null where it is not. What
 * is wider is approved as everything of an identity is: suspended, bound and put up again.
 */
export function findWidening(now: Proof, next: Proof): string | null {
  if (next.kind !== now.kind) return 'it is of another kind'
  if (!KEYED.includes(next.kind) && next.keys.length > 0)
    return 'only a registered key, or that of an attester, is replaced by a key'
  if (now.kind === 'certificate' && now.issuer !== 'self' && next.subject !== now.subject)
    return 'certificates of an authority count by the name in them, and a renewed one with that name needs no rotation'
  const isCertificate = now.kind === 'certificate' && now.issuer === 'self' && next.issuer === 'self'
  if (
    !isCertificate &&
    (next.subject !== now.subject || (next.subjectPattern ?? null) !== (now.subjectPattern ?? null))
  )
    return 'it means another subject'
  if (canonicalJson(next.claims) !== canonicalJson(now.claims)) return 'it asks for other claims'
  if (next.issuer !== now.issuer && now.kind !== 'oidc') return 'it is of another issuer'
  if ((now.keyThumbprints ?? []).length > 0 && (next.keyThumbprints ?? []).length === 0) return 'it lets in any key'
  return null
}

/** What may hold keys of its own: those of the workload itself, or of whoever attests its client. */
const KEYED: readonly BindingKind[] = ['key', 'attestation']

/** A rotation as people said yes to it. */
export interface Rotation {
  readonly next: Proof
  readonly overlapSeconds: number
}

/** Gives the fact that puts a binding in the place of another one; both count until the overlap is over. */
export function rotateBinding(
  { identity, old }: { readonly identity: Kept<Identity>; readonly old: Kept<Binding> },
  { next, overlapSeconds }: Rotation,
  by: { readonly approval: Kept<Approval>; readonly actor: Actor; readonly ids: Ids; readonly atMs: number },
): Fact {
  const overlapEndsMs = by.atMs + overlapSeconds * 1000
  const binding: Binding = {
    id: by.ids.next('binding'),
    identityId: identity.id,
    ...next,
    createdMs: by.atMs,
    endedMs: null,
    replacesId: old.id,
    overlapEndsMs,
  }
  return {
    entry: {
      kind: 'binding.rotated',
      actor: by.actor,
      subject: { kind: 'identity', id: identity.id },
      data: {
        identityId: identity.id,
        bindingId: binding.id,
        replacesId: old.id,
        ...proofOf(binding),
        keys: binding.keys.length,
        overlapEndsMs,
        approvalId: by.approval.id,
        approvedBy: by.approval.votes.map((vote) => ({ person: vote.personId, seat: vote.seat, atMs: vote.atMs })),
      },
    },
    changes: [
      requireVersion('identities', identity),
      insert('bindings', binding),
      update('bindings', old, { ...old, endsMs: overlapEndsMs }),
      update('approvals', by.approval, { ...by.approval, state: 'used' }),
    ],
  }
}
