import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ACTION_CLASSES } from '../contract/action-class.ts'
import { type Entitlement, isInForce } from '../contract/register/entitlement.ts'
import type { PersonRight } from '../contract/register/person-right.ts'
import type { ToolRule } from '../contract/register/purpose.ts'
import { containsGrant } from '../contract/scope.ts'
import { isWithinCeiling, SENSITIVITIES } from '../contract/sensitivity.ts'
import { type OfferFacts, offerConsent, scopeOfTools } from './consent-offer.ts'

const atMs = 1_000_000
const hourMs = 3_600_000

const classes = fc.subarray([...ACTION_CLASSES], { minLength: 1 })
const ceiling = fc.constantFrom(...SENSITIVITIES)
const scope = fc.array(
  fc.record({
    action: fc.constantFrom('*', 'docs/*', 'docs/read', 'docs/write', 'other/*', 'docs/re'),
    resource: fc.constantFrom('*', 'docs:*', 'docs:public/*', 'docs:public/a', 'docs:private/*', 'mail:*'),
  }),
  { minLength: 1, maxLength: 3 },
)
const terms = {
  scope,
  classes,
  ceiling,
  startsMs: fc.constantFrom(0, atMs, atMs + 1),
  endsMs: fc.constantFrom(atMs, atMs + 1_000, atMs + hourMs, atMs + 9 * hourMs),
}
const entitlement = fc.record({
  ...terms,
  state: fc.constantFrom('proposed', 'granted', 'ended'),
  approval: fc.constantFrom('none', 'each-call'),
}) as unknown as fc.Arbitrary<Entitlement>
const right = fc.record({
  ...terms,
  state: fc.constantFrom('granted', 'ended'),
}) as unknown as fc.Arbitrary<PersonRight>
const rule = fc.record({
  server: fc.constant('docs'),
  tool: fc.constantFrom('read', 'write', 'remove'),
  actionClass: fc.constantFrom(...ACTION_CLASSES),
  state: fc.constantFrom('active', 'quarantined'),
}) as unknown as fc.Arbitrary<ToolRule>

const facts: fc.Arbitrary<OfferFacts> = fc.record({
  purpose: fc.record({ code: fc.constant('p'), title: fc.constant('p'), classes, ceiling }),
  entitlements: fc.array(entitlement, { maxLength: 4 }),
  rights: fc.array(right, { maxLength: 4 }),
  rules: fc.uniqueArray(rule, { selector: ({ tool }) => tool, maxLength: 3 }),
  wanted: fc.subarray([...ACTION_CLASSES]),
  longestSeconds: fc.constantFrom(900, 3_600, 28_800),
  atMs: fc.constant(atMs),
})

describe('what a person can consent to', () => {
  it('lies inside of what the agent is entitled to, of what they may do, of the purpose and of what was asked for', () => {
    fc.assert(
      fc.property(facts, (all) => {
        const offer = offerConsent(all)
        expect(isWithinCeiling(offer.ceiling, all.purpose.ceiling) || offer.tools.length === 0).toBe(true)
        for (const tool of offer.tools) {
          const reviewed = all.rules.find((each) => each.tool === tool.tool)
          expect(reviewed?.state).toBe('active')
          expect(all.purpose.classes).toContain(tool.actionClass)
          if (all.wanted.length > 0) expect(all.wanted).toContain(tool.actionClass)
          for (const grant of scopeOfTools([tool]))
            for (const rows of [all.entitlements, all.rights ?? []])
              expect(
                rows.some(
                  (row) =>
                    isInForce(row, atMs) &&
                    row.classes.includes(tool.actionClass) &&
                    isWithinCeiling(offer.ceiling, row.ceiling) &&
                    row.endsMs >= atMs + offer.longestSeconds * 1_000 &&
                    row.scope.some((wide) => containsGrant(wide, grant)),
                ),
              ).toBe(true)
        }
      }),
      { numRuns: 5_000 },
    )
  })

  it('names every reviewed tool once: as offered, or as withheld with a reason', () => {
    fc.assert(
      fc.property(facts, (all) => {
        const { tools, withheld } = offerConsent(all)
        const named = [...tools, ...withheld].map(({ tool }) => tool)
        expect([...named].sort()).toEqual(all.rules.map(({ tool }) => tool).sort())
        for (const { because } of withheld) expect(because).not.toBe('')
        const isRight = (code: string, because: string): boolean => (code === 'right') === because.includes('no right')
        for (const { code, because } of withheld) expect(isRight(code, because)).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })
})
