import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RUNS } from '../../../test/arbitraries.ts'
import { formatCheckpoint, formatReceipt, parseCheckpoint, parseReceipt } from './checkpoint.ts'

const root = new Uint8Array(32).fill(5)
const text = formatCheckpoint({ origin: 'remit.example/log', size: 12, root, extensions: [] })
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 })
const line = fc.stringMatching(/^[!-~]{1,30}$/)

describe('checkpoints', () => {
  it('a checkpoint is read back as it was written', () => {
    fc.assert(
      fc.property(line, fc.maxSafeNat(), hash, fc.array(line, { maxLength: 3 }), (origin, size, bytes, extensions) => {
        const checkpoint = { origin, size, root: bytes, extensions }
        expect(parseCheckpoint(formatCheckpoint(checkpoint))).toEqual(checkpoint)
      }),
      RUNS,
    )
  })

  const malformed: [string, string][] = [
    ['nothing', ''],
    ['no newline at the end', text.slice(0, -1)],
    ['no origin', text.replace('remit.example/log', '')],
    ['a leading zero', text.replace('12', '012')],
    ['a sign', text.replace('12', '+12')],
    ['a fraction', text.replace('12', '1.2')],
    ['a size beyond safe numbers', text.replace('12', '9007199254740993')],
    ['a short root', text.replace(/\n[^\n]+\n$/, '\nAAAA\n')],
    ['no root', 'remit.example/log\n12\n'],
    ['an empty extension line', `${text}\n`],
  ]
  it.each(malformed)('%s is no checkpoint', (_, bad) => {
    expect(parseCheckpoint(text)).toMatchObject({ size: 12 })
    expect(parseCheckpoint(bad)).toHaveProperty('malformed')
  })

  it.each([
    ['a negative size', { size: -1 }],
    ['a fraction', { size: 1.5 }],
    ['a short root', { root: new Uint8Array(31) }],
    ['an origin of two lines', { origin: 'a\nb' }],
    ['an empty extension line', { extensions: [''] }],
  ])('%s is refused when writing', (_, fault) => {
    expect(() => formatCheckpoint({ origin: 'a', size: 1, root, extensions: [], ...fault })).toThrow(RangeError)
  })
})

describe('receipts', () => {
  const note = `${text}\n\u2014 remit.example/log AAAAAAA=\n`
  const receipt = formatReceipt({ index: 3, proof: [root, root], note })

  it('a receipt is read back as it was written', () => {
    const some = fc.option(fc.uint8Array({ maxLength: 40 }), { nil: undefined })
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.array(hash, { maxLength: 64 }), some, (index, proof, extra) => {
        const given = { index, proof, note, ...(extra === undefined ? {} : { extra }) }
        expect(parseReceipt(formatReceipt(given))).toEqual(given)
      }),
      RUNS,
    )
  })

  const malformed: [string, string][] = [
    ['nothing', ''],
    ['another header', receipt.replace('@v1', '@v2')],
    ['no index', receipt.replace('index 3\n', '')],
    ['an index with a leading zero', receipt.replace('index 3', 'index 03')],
    ['a short hash', receipt.replace('BQUFBQUF', '')],
    ['no base64', receipt.replace('BQUFBQUF', '********')],
    ['an extra line that is no base64', receipt.replace('index', 'extra ?\nindex')],
    ['no empty line', receipt.replaceAll('\n\n', '\n')],
    ['more hashes than a tree is high', formatReceipt({ index: 3, proof: Array(65).fill(root), note })],
  ]
  it.each(malformed)('%s is no receipt', (_, bad) => {
    expect(parseReceipt(receipt)).toMatchObject({ index: 3, note })
    expect(parseReceipt(bad)).toHaveProperty('malformed')
  })
})
