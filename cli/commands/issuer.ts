import type { PresetShown } from '../../sdk/issuer-answers.ts'
import type { Command } from '../command.ts'
import { type Line, writeFacts, writeTable } from '../terminal.ts'

/** Who vouches for workloads. */
export const ISSUER_COMMANDS: readonly Command[] = [
  {
    name: 'issuer list',
    sentence: 'Shows the issuers and trust domains: what they are trusted with, and how they do.',
    arguments: [],
    options: [],
    run: async (_input, context) => {
      const { issuers } = await context.client().catalogue.issuers()
      const rows = issuers.map((row) => [
        row.name,
        row.preset ?? row.kind,
        row.serves,
        row.liveness,
        String(row.keys),
        row.skewMs === null ? '' : `${Math.round(row.skewMs / 1000)} s`,
        row.problem ?? 'well',
      ])
      const head = ['issuer', 'platform', 'serves', 'shown', 'keys', 'clock', 'state']
      return {
        data: { issuers },
        lines: [writeTable(head, rows, 'No issuer and no trust domain is configured.')],
      }
    },
  },
  {
    name: 'issuer presets',
    sentence: 'Lists the platforms whose tokens are known, and what pins a workload of each down.',
    arguments: [],
    options: [],
    run: async (_input, context) => {
      const { presets } = await context.client().catalogue.presets()
      const lines = presets.flatMap((preset) => describePreset(preset))
      return { data: { presets }, lines }
    },
  },
]

/** What is said of a platform is too long to stand in one row. */
function describePreset({ name, issuer, issuerLike, subjectLike, trust, pins }: PresetShown): readonly Line[] {
  const facts = [
    ['  issuer', issuer ?? issuerLike],
    ['  subject', subjectLike],
    ['  shown', trust.liveness],
    ['  pin', pins.map(writePin).join(', ')],
  ] as const
  return [name, writeFacts(facts)]
}

function writePin({ oneOf, to }: PresetShown['pins'][number]): string {
  return oneOf.map((claim) => (to === undefined ? claim : `${claim}=${to[0]}`)).join(' or ')
}
