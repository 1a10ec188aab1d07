/** A string, which may hold digits, or a number. */
const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/gs
/** A number that is not read exactly has as many digits. */
const MANY_DIGITS = /[\d.]{16}/
const NUMBER = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/
/** More than any double is written with by whoever writes doubles. */
const charsMax = 400

/**
 * Finds a number beyond what doubles count one by one that is neither a double nor how one is written for short; null where there
 * is none. The text is JSON. Who keeps all digits of such a number reads another one than who does not.
 */
export function findUnclearNumber(text: string): string | null {
  if (!MANY_DIGITS.test(text)) return null
  for (const [token] of text.matchAll(TOKENS)) if (token[0] !== '"' && isUnclear(token)) return token
  return null
}

function isUnclear(written: string): boolean {
  const value = Math.abs(Number(written))
  if (!MANY_DIGITS.test(written) || value <= Number.MAX_SAFE_INTEGER || value === Number.POSITIVE_INFINITY) return false
  if (written.length > charsMax) return true
  return !isSame(written, BigInt(value).toString()) && !isSame(written, String(value))
}

function isSame(one: string, other: string): boolean {
  const [[digits, exponent], [others, otherExponent]] = [readDigits(one), readDigits(other)]
  const least = Math.min(exponent, otherExponent)
  return digits * 10n ** BigInt(exponent - least) === others * 10n ** BigInt(otherExponent - least)
}

/** Gives the digits of a number without its sign, and by which power of ten they count. */
function readDigits(written: string): readonly [digits: bigint, exponent: number] {
  const [, whole = '', part = '', exponent = '0'] = NUMBER.exec(written) ?? []
  return [BigInt(`${whole}${part}`), Number(exponent) - part.length]
}
