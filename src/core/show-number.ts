/**
 * Numbers as NumPy prints them: the fewest digits that tell a value from its neighbours in its own
 * type, at most eight after the point, and all elements of one array in one form, aligned.
 *
 * Source: the rules of NumPy 2.4's default print options; expected texts in the tests are its own.
 */
import { bitsOf, isBool, isComplex, isFloat, realPart, type DType } from './dtype.ts'
import { roundToBfloat16, roundToFloat16 } from './scalar/rounding.ts'

const PLACES = 8

const asStored = (x: number): number => x

const rounder = (d: DType): ((x: number) => number) => {
  if (d === 'float16') return roundToFloat16
  if (d === 'bfloat16') return roundToBfloat16
  return d === 'float32' ? Math.fround : asStored
}

/** From this magnitude on, exponents are shorter to read than digits that the type does not have. */
const largestPlain = (d: DType): number => {
  if (bitsOf(d) === 64) return 1e8
  return bitsOf(d) === 32 ? 1e6 : 1e3
}

const mantissaOf = (text: string): string => text.split('e')[0]

/** `write(places)`, which rounds ties up, with ties to even. 100 places are exact enough to see one. */
const tiesToEven = (write: (places: number) => string, places: number): string => {
  const up = write(places)
  const [longer = '', exponent] = write(places + 1).split('e')
  const isTie =
    longer.endsWith('5') &&
    mantissaOf(write(100)) === longer.padEnd(longer.length + 99 - places, '0')
  if (!isTie || Number(mantissaOf(up).at(-1)) % 2 === 0) return up
  return longer.slice(0, -1) + (exponent === undefined ? '' : `e${exponent}`)
}

/** The decimal with the fewest digits that rounds to `x` in its type, as a float64. */
const shortest = (x: number, d: DType): number => {
  const round = rounder(d)
  if (round === asStored) return x
  for (let places = 0; places < 16; places++) {
    const candidate = Number(tiesToEven((n) => x.toExponential(n), places))
    if (round(candidate) === x) return candidate
  }
  return x
}

/** Digits before and after the point, and the exponent of ten where one is written. */
interface Parts {
  readonly whole: string
  readonly fraction: string
  readonly exponent: string
}

const signOf = (x: number, plus: boolean): string =>
  x < 0 || Object.is(x, -0) ? '-' : plus ? '+' : ''

const partsOf = (text: string, sign: string): Parts => {
  const [mantissa = '', exponent] = text.split('e')
  const [whole = '', fraction = ''] = mantissa.split('.')
  return {
    whole: sign + whole,
    fraction: fraction.replace(/0+$/, ''),
    // At least two digits: e+05.
    exponent: exponent === undefined ? '' : `e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`
  }
}

const plain = (x: number, d: DType, places: number, plus: boolean): Parts => {
  const magnitude = Math.abs(x)
  const exact = partsOf(String(shortest(magnitude, d)), signOf(x, plus))
  if (exact.exponent === '' && exact.fraction.length <= places) return exact
  return partsOf(
    tiesToEven((n) => magnitude.toFixed(n), places),
    signOf(x, plus)
  )
}

const scientificAt = (x: number, places: number, plus: boolean): Parts =>
  partsOf(
    tiesToEven((n) => Math.abs(x).toExponential(n), places),
    signOf(x, plus)
  )

const scientific = (x: number, d: DType, places: number, plus: boolean): Parts => {
  const exact = partsOf(shortest(Math.abs(x), d).toExponential(), signOf(x, plus))
  return exact.fraction.length <= places ? exact : scientificAt(x, places, plus)
}

const special = (x: number, plus: boolean): string =>
  Number.isNaN(x) ? (plus ? '+nan' : 'nan') : x < 0 ? '-inf' : plus ? '+inf' : 'inf'

const longest = (texts: readonly string[]): number =>
  texts.reduce((n, t) => Math.max(n, t.length), 0)

const needsExponent = (magnitudes: readonly number[], d: DType): boolean => {
  if (magnitudes.length === 0) return false
  const max = magnitudes.reduce((a, b) => Math.max(a, b))
  const min = magnitudes.reduce((a, b) => Math.min(a, b))
  return max >= largestPlain(d) || min < 1e-4 || max / min > 1000
}

type Format = (x: number) => string

/** One form for all of `values`, which decide width and exponent. */
const floatFormat = (values: readonly number[], d: DType, plus = false): Format => {
  const finite = values.filter(Number.isFinite)
  const hasExponent = needsExponent(
    finite.map(Math.abs).filter((x) => x > 0),
    d
  )
  const split = (x: number): Parts => (hasExponent ? scientific : plain)(x, d, PLACES, plus)
  const parts = finite.map(split)
  const places = longest(parts.map((p) => p.fraction))
  const tail = places + longest(parts.map((p) => p.exponent))
  const specials = values.filter((x) => !Number.isFinite(x)).map((x) => special(x, plus))
  const point = finite.length === 0 ? 0 : 1
  const head = Math.max(longest(parts.map((p) => p.whole)), longest(specials) - tail - point)
  return (x) => {
    if (!Number.isFinite(x)) return special(x, plus).padStart(head + point + tail)
    // Beside an exponent all have equally many digits, exact ones; else spaces align the points.
    const { whole, fraction, exponent } = hasExponent ? scientificAt(x, places, plus) : split(x)
    const digits = fraction.padEnd(places, hasExponent ? '0' : ' ')
    return `${whole.padStart(head)}.${digits}${exponent}`
  }
}

/** A number alone: all its digits, and a point only where the type needs one to be read back. */
const floatAlone = (x: number, d: DType, whole: '.0' | ''): string => {
  if (!Number.isFinite(x)) return special(x, false)
  const magnitude = Math.abs(x)
  const limit = bitsOf(d) === 64 ? 1e16 : largestPlain(d)
  const isPlain = x === 0 || (magnitude >= 1e-4 && magnitude < limit)
  const parts = isPlain ? plain(x, d, 30, false) : scientific(x, d, 30, false)
  const fraction = parts.fraction === '' ? (isPlain ? whole : '') : `.${parts.fraction}`
  return parts.whole + fraction + parts.exponent
}

const complexAlone = (re: number, im: number, d: DType): string => {
  const imaginary = `${floatAlone(im, d, '')}j`
  if (Object.is(re, 0)) return imaginary
  return `(${floatAlone(re, d, '')}${imaginary.startsWith('-') ? '' : '+'}${imaginary})`
}

/** How an element of an array is printed, given its real and imaginary part. */
export type ElementFormat = (re: number, im: number) => string

/** The common form of the elements with these real and imaginary parts (none for real types). */
export const elementFormat = (
  d: DType,
  re: readonly number[],
  im: readonly number[]
): ElementFormat => {
  if (isBool(d)) return (x) => (x === 0 ? 'false' : ' true')
  if (isFloat(d)) return floatFormat(re, d)
  if (isComplex(d)) {
    const [real, imaginary] = [floatFormat(re, realPart(d)), floatFormat(im, realPart(d), true)]
    // The unit comes right after the digits; the padding that aligns them after it.
    return (x, y) => real(x) + imaginary(y).replace(/\s*$/, (space) => `j${space}`)
  }
  const width = longest(re.map(String))
  return (x) => String(x).padStart(width)
}

/** An element alone, as an array without axes prints. */
export const showElement = (d: DType, re: number, im: number): string => {
  if (isBool(d)) return re === 0 ? 'false' : 'true'
  if (isFloat(d)) return floatAlone(re, d, '.0')
  return isComplex(d) ? complexAlone(re, im, realPart(d)) : String(re)
}
