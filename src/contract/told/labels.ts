import { CLEAN_LABELS, INTEGRITIES, joinLabels, type Labels } from '../label.ts'
import type { JsonObject } from '../log-entry.ts'
import { SENSITIVITIES } from '../sensitivity.ts'
import { membersIn, textIn } from './data.ts'

/** Reads labels out of the data of an entry; null where there are none. */
export function labelsIn(data: JsonObject, name: string): Labels | null {
  const told = membersIn(data, name)
  const confidentiality = SENSITIVITIES.find((each) => each === textIn(told, 'confidentiality'))
  const integrity = INTEGRITIES.find((each) => each === textIn(told, 'integrity'))
  return confidentiality === undefined || integrity === undefined ? null : { confidentiality, integrity }
}

/** Takes in what a permit says that its task will have touched: it reaches all tasks above. */
export function tellLabels(
  known: Map<string, Labels>,
  data: JsonObject,
  tasks: readonly { readonly id: string }[],
): void {
  const after = labelsIn(membersIn(data, 'labels'), 'after')
  if (after === null) return
  for (const { id } of tasks) known.set(id, joinLabels(known.get(id) ?? CLEAN_LABELS, after))
}
