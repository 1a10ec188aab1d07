import { actorOf } from '../authenticate/actor.ts'
import type { PersonCaller } from '../authenticate/caller.ts'
import type { PackSubject } from '../contract/log/pack.ts'
import { requireRole } from '../register/require-role.ts'
import type { House } from './house.ts'

/** Writes an evidence pack, of everything or about one thing. That it was written is itself on record, in the pack. */
export async function writeEvidence(
  house: House,
  caller: PersonCaller,
  about: PackSubject | null,
): Promise<AsyncIterable<string>> {
  requireRole(caller.person, ['admin', 'auditor'])
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
