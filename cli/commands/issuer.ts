import type { Command } from '../command.ts'
import { writeTable } from '../terminal.ts'

/** Who vouches for workloads. */
export const ISSUER_COMMANDS: readonly Command[] = [
  {
    name: 'issuer presets',
    sentence: 'Lists the platforms whose tokens are known, and what pins a workload of each down.',
    arguments: [],
    options: [],
    run: async (_input, context) => {
      const { presets } = await context.client().catalogue.presets()
      const rows = presets.map(({ name, issuer, issuerLike, subjectLike, trust, pins }) => [
        name,
        issuer ?? issuerLike,
        subjectLike,
        trust.liveness,
        pins.map(({ oneOf }) => oneOf.join(' or ')).join(', '),
      ])
      return { data: { presets }, lines: writeTable(['preset', 'issuer', 'subject', 'shown', 'pin'], rows, 'None.') }
    },
  },
]
