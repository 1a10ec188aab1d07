import { actorOf } from '../authenticate/actor.ts'
import type { PersonCaller } from '../authenticate/caller.ts'
import type { PackSubject } from '../contract/log/pack.ts'
import { RemitError } from '../ground/errors.ts'
import { requireRole } from '../register/require-role.ts'
import type { House } from './house.ts'

/** A pack about a misspelt id would hold nothing but that it was asked for, and not verify. */
const EXISTS: Readonly<Record<PackSubject['kind'], (house: House, id: string) => Promise<boolean>>> = {
  identity: async (house, id) => (await house.register.identity(id)) !== undefined,
  task: async (house, id) => (await house.register.task(id)) !== undefined,
}

/**
 * Writes an evidence pack, of everything or about one thing. That it was written is itself on record, in the pack.
 * Errors: `role_missing`, `not_found`.
 */
export async function writeEvidence(
  house: House,
  caller: PersonCaller,
  about: PackSubject | null,
): Promise<AsyncIterable<string>> {
  requireRole(caller.person, ['admin', 'auditor'])
  if (about !== null && !(await EXISTS[about.kind](house, about.id)))
    throw new RemitError('not_found', { detail: `There is no ${about.kind} of this id, so nothing was packed.` })
  await house.log.record({
    entry: {
      kind: 'evidence.packed',
      actor: actorOf(caller),
      subject: about ?? { kind: 'log', id: house.log.origin },
      data: { about: about === null ? null : { kind: about.kind, id: about.id } },
    },
    changes: [],
  })
  return house.packs.write(about === null ? { whole: true } : { about })
}
