import { allRows } from '../all-rows.ts'
import type { House } from '../house.ts'

/** Says of the rows of these issuers what of their `adoption` is not there: whoever adopts a workload of one learns that only then. */
export async function sayIdleAdoptions(
  { register, authenticate }: Pick<House, 'register' | 'authenticate'>,
  issuers: readonly string[],
): Promise<readonly string[]> {
  const rows = issuers.flatMap((issuer) => {
    const adoption = authenticate.trustOf(issuer)?.adoption
    return adoption === undefined ? [] : [{ issuer, ...adoption }]
  })
  if (rows.length === 0) return []
  const here = new Set<string>()
  for await (const { state, email } of allRows((page) => register.persons(page)))
    if (state === 'active') here.add(email.toLowerCase())
  const said: string[] = []
  for (const { issuer, sponsor, purpose } of rows) {
    if (!here.has(sponsor.toLowerCase()))
      said.push(`The adoption of ${issuer} names ${sponsor} as sponsor, who is nobody here, or has left.`)
    if ((await register.purpose(purpose)) === undefined)
      said.push(`The adoption of ${issuer} names the purpose ${purpose}, which is not defined (remit purpose define).`)
  }
  return said
}
