import { type Binding, isProving, secretIssuer } from '../../contract/register/binding.ts'
import { allRows } from '../all-rows.ts'
import type { House } from '../house.ts'

type Seeing = Pick<House, 'register' | 'clock'>

/** Gives every static secret that counts, the one that ends first before the others: each is debt. */
export async function findStaticSecrets({ register, clock }: Seeing): Promise<readonly Binding[]> {
  const found: Binding[] = []
  for await (const row of allRows((page) => register.bindingsOfIssuer(secretIssuer, page)))
    if (row.kind === 'secret' && isProving(row, clock.nowMs())) found.push(row)
  return found.sort((x, y) => (x.secretEndsMs ?? 0) - (y.secretEndsMs ?? 0))
}

/** Counts them for the metric, each time that it looks. */
export function watchSecrets(house: Seeing): { readonly look: () => Promise<void>; readonly count: () => number } {
  let count = 0
  const look = async (): Promise<void> => {
    count = (await findStaticSecrets(house)).length
  }
  return { look, count: () => count }
}
