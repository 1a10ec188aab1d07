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

  const [end, empty] = ['a checkpoint ends in a newline', 'a checkpoint has no empty lines']
  const count = 'the size of a checkpoint is a whole number without leading zeroes'
  const short = 'the root of a checkpoint is 32 bytes in base64'
  const malformed: [string, string, string][] = [
    ['nothing', '', end],
    ['no newline at the end', text.slice(0, -1), end],
    ['no newline behind what looks whole', text.slice(0, -1).replace(/=$/, '=='), end],
    ['no origin', text.replace('remit.example/log', ''), empty],
    ['no size', 'remit.example/log\n', count],
    ['a leading zero', text.replace('12', '012'), count],
    ['a sign', text.replace('12', '+12'), count],
    ['a fraction', text.replace('12', '1.2'), count],
    ['a size beyond safe numbers', text.replace('12', '9007199254740993'), count],
    ['a short root', text.replace(/\n[^\n]+\n$/, '\nAAAA\n'), short],
    ['a root that is no base64', text.replace(/\n[^\n]+\n$/, '\n****\n'), short],
    ['no root', 'remit.example/log\n12\n', short],
    ['an empty extension line', `${text}\n`, empty],
  ]
  it.each(malformed)('%s is no checkpoint', (_, bad, why) => {
    expect(parseCheckpoint(text)).toMatchObject({ size: 12 })
    expect(parseCheckpoint(bad)).toEqual({ malformed: why })
  })

  it.each([
    ['a negative size', { size: -1 }, 'no such tree'],
    ['a fraction', { size: 1.5 }, 'no such tree'],
    ['a short root', { root: new Uint8Array(31) }, 'no such tree'],
    ['an origin of two lines', { origin: 'a\nb' }, 'a checkpoint has no empty lines'],
    ['an empty extension line', { extensions: [''] }, 'a checkpoint has no empty lines'],
  ])('%s is refused when writing', (_, fault, why) => {
    const writing = (): string => formatCheckpoint({ origin: 'a', size: 1, root, extensions: [], ...fault })
    expect(writing).toThrow(new RangeError(why))
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
    ['nothing before the checkpoint', `\n\n${note}`],
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
