import { quote } from '../../sdk/quote.ts'
import { type Terminal, wrapText } from '../terminal.ts'

/** One thing that happened in the story. */
export type StoryEvent =
  | { readonly event: 'note'; readonly sentence: string }
  | { readonly event: 'step'; readonly step: number; readonly title: string }
  | {
      readonly event: 'told'
      readonly step: number
      readonly actor: string
      readonly sentence: string
      readonly entry: { readonly index: number; readonly kind: string } | null
    }
  | { readonly event: 'failed'; readonly step: number; readonly title: string; readonly sentence: string }
  | { readonly event: 'ended'; readonly ok: boolean; readonly tookMs: number; readonly entries: number | null }

const ACTOR_COLUMNS = 16
const PROOF_COLUMNS = 26
const MARGIN = '    '
const WIDEST = 118

/** Gives how an event is shown: a document a line for machines, aligned columns for people. */
export function createPicture(terminal: Terminal, isJson: boolean): (event: StoryEvent) => void {
  if (isJson) return (event) => terminal.print(quote.json(JSON.stringify(event)))
  return (event) => {
    for (const line of drawEvent(event, terminal)) terminal.print(line)
  }
}

type Drawers = {
  readonly [Kind in StoryEvent['event']]: (event: StoryEvent & { event: Kind }, terminal: Canvas) => string[]
}
type Canvas = Pick<Terminal, 'paint' | 'columns'>

const DRAWERS: Drawers = {
  note: ({ sentence }, { paint, columns }) => wrapText(sentence, columns).map((line) => paint('dim', line)),
  step: ({ step, title }, { paint }) => ['', paint('bold', `${String(step).padStart(2)}  ${title}`)],
  told: drawTold,
  failed: ({ step, title, sentence }, { paint }) => [
    '',
    paint('red', `Step ${step} (${title}) did not come out as it is told:`),
    `  ${sentence}`,
  ],
  ended: ({ ok, tookMs, entries }, { paint }) => {
    const size = entries === null ? '' : `; the log holds ${entries} entries`
    const sentence = `${ok ? 'As told' : 'Not as told'}, in ${(tookMs / 1000).toFixed(1)} s${size}.`
    return ['', paint(ok ? 'green' : 'red', sentence)]
  },
}

/** Draws one event as lines. */
export function drawEvent(event: StoryEvent, terminal: Canvas): string[] {
  const draw = DRAWERS[event.event] as (event: StoryEvent, terminal: Canvas) => string[] // the row of its own kind
  return draw(event, terminal)
}

function drawTold(told: StoryEvent & { event: 'told' }, { paint, columns }: Canvas): string[] {
  const width = Math.min(columns, WIDEST)
  const sentenceColumns = Math.max(24, width - MARGIN.length - ACTOR_COLUMNS - PROOF_COLUMNS - 4)
  const proof = told.entry === null ? '' : `#${told.entry.index} ${told.entry.kind}`
  // Where no entry stands at the right, the sentence may have that room too.
  const wrapColumns = proof === '' ? sentenceColumns + 2 + PROOF_COLUMNS : sentenceColumns
  return wrapText(told.sentence, wrapColumns).map((line, at) => {
    const actor = (at === 0 ? told.actor : '').padEnd(ACTOR_COLUMNS)
    const right = at === 0 ? proof : ''
    const shown = right === '' ? line : `${line.padEnd(sentenceColumns)}  ${paint('dim', right)}`
    return `${MARGIN}${at === 0 ? paint('cyan', actor) : actor}  ${shown}`
  })
}
