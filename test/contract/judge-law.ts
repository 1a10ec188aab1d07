import { judgeEntry } from '../../src/contract/laws/entry-laws.ts'
import type { LogEntry } from '../../src/contract/log-entry.ts'
import { tell, tellNothing } from '../../src/contract/told/told.ts'

/** An entry as far as it is not like every other one. */
export type Said = Partial<Omit<LogEntry, 'kind'>> & { readonly kind: string }

/** Gives what is wrong with the last of these entries by one law; each is written a second after the one before. */
export function judgeLaw(law: string, lines: readonly Said[], whole = true): string | null {
  const told = tellNothing()
  let fault: string | null = null
  for (const [index, said] of lines.entries()) {
    const entry = {
      v: 1,
      org: 'org',
      atMs: index * 1_000,
      actor: { kind: 'identity', id: 'idn_a' },
      subject: { kind: 'identity', id: 'idn_a' },
      data: {},
      touched: [],
      ...said,
    } as LogEntry // a log may say anything
    fault = judgeEntry({ index, entry, told, whole }).find((each) => each.law === law)?.fault ?? null
    tell(told, index, entry)
  }
  return fault
}
