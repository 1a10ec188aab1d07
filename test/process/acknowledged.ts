import { expect } from 'vitest'
import { auditLog } from '../audit-log.ts'
import type { House } from '../house.ts'
import type { Acknowledged } from './load.ts'

/** Holds what a server that is gone left behind to what it had answered: every entry is there, and all is consistent. */
export async function expectKept(house: House, acknowledged: Iterable<Acknowledged>): Promise<void> {
  await house.whileStopped(async ({ store, log }) => {
    await auditLog({ store: store.record, vkey: log.vkey, origin: log.origin })
    const { size } = await store.record.readHead()
    const kept = await store.record.readEntries(0, size)
    for (const { index, kind, mark } of acknowledged) {
      const text = Buffer.from(kept[index] ?? Buffer.from('null')).toString()
      const entry: { readonly kind: string } | null = JSON.parse(text)
      expect(entry?.kind, `entry ${index} of ${size}`).toMatch(kind)
      expect(text, `entry ${index}`).toContain(mark)
    }
  })
}
