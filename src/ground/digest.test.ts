import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson } from './canonical-json.ts'
import { digestCall, type ExactCall } from './digest.ts'

describe('the digest of a call', () => {
  const word = fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed())
  const args = fc.dictionary(word, fc.oneof(word, fc.integer(), fc.constant(null), fc.array(word)))
  const judged = fc.record({
    actionClass: fc.constantFrom('read', 'write'),
    resources: fc.array(fc.record({ id: word, sensitivity: fc.constantFrom('public', 'internal') }), { maxLength: 2 }),
    resultIntegrity: fc.constantFrom('trusted', 'untrusted'),
    definitionDigest: fc.option(word),
  })
  const call: fc.Arbitrary<ExactCall> = fc.record({
    server: word.filter((text) => !text.includes('/')),
    tool: word,
    argumentsText: args.map(canonicalJson),
    taskId: word,
    policyVersion: word,
    judged,
  })

  it('is the same for two calls only where every part of them is', () => {
    fc.assert(
      fc.property(
        call,
        call,
        fc.constantFrom<keyof ExactCall>('server', 'tool', 'argumentsText', 'judged'),
        (a, b, part) => {
          expect(digestCall({ ...a })).toBe(digestCall(a))
          const isSame = canonicalJson(a[part]) === canonicalJson(b[part])
          expect(digestCall({ ...a, [part]: b[part] }) === digestCall(a)).toBe(isSame)
          expect(digestCall({ ...a, taskId: `${a.taskId}x` })).not.toBe(digestCall(a))
          expect(digestCall({ ...a, policyVersion: `${a.policyVersion}x` })).not.toBe(digestCall(a))
        },
      ),
      { numRuns: 10_000 },
    )
  })
})
