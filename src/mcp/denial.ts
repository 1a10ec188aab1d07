import type { Denial } from '../contract/decision.ts'
import type { Members } from '../enforce/tool-definition.ts'

const DENIAL_KEY = 'dev.remit/denial'

/** The `_meta` key by which a result says which entry of the log permitted it. */
export const PERMIT_KEY = 'dev.remit/permit'

/** How many of the nearest grants a sentence names; the rest is in `_meta`. */
const nearestShown = 5

/**
 * Gives the tool result of a denial: an error that a model can read and act on, with the same for machines in
 * `_meta`. `index` is the entry that records it.
 */
export function denialResult(denial: Denial, index: number): Members {
  const { code, reasons, nearest, ask } = denial
  return {
    content: [{ type: 'text', text: describeDenial(denial, index) }],
    isError: true,
    _meta: { [DENIAL_KEY]: { code, reasons, nearest, ask, entry: index } },
  }
}

function describeDenial({ code, reasons, nearest, ask }: Denial, index: number): string {
  const grants = nearest.slice(0, nearestShown).map(({ action, resource }) => `- ${action} on ${resource}`)
  return [
    `Denied (${code}): ${reasons.map(({ sentence }) => sentence).join(' ')}`,
    ...(grants.length > 0 ? [`Nearest that would be allowed:\n${grants.join('\n')}`] : []),
    ask === null ? 'There is no way to ask for this inside the task.' : describeWay(ask),
    `Recorded as log entry ${index}.`,
  ].join('\n')
}

function describeWay({ sentence, approvalId }: NonNullable<Denial['ask']>): string {
  return approvalId === undefined ? `To ask: ${sentence}` : `To ask: ${sentence} (approval ${approvalId})`
}
