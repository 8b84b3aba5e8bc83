/** Arbitrary arrays for tests of file formats: every dtype, any bits, rank up to 3. */
import fc from 'fast-check'
import { fromHost, makeAval, type NdArray } from '../../src/core/array.ts'
import {
  allocate,
  dtypes,
  integerRange,
  isInexact,
  realPart,
  type DType
} from '../../src/core/dtype.ts'
import { roundToBfloat16, roundToFloat16 } from '../../src/core/scalar/rounding.ts'
import { sizeOf } from '../../src/core/shape.ts'

/** Finite numbers, infinities, NaN and −0, exactly representable in `d`. */
export const element = (d: DType): fc.Arbitrary<number> => {
  if (!isInexact(d)) {
    const [min, max] = integerRange(d)
    return fc.integer({ min, max })
  }
  switch (realPart(d)) {
    case 'float64':
      return fc.double()
    case 'float16':
      return fc.float().map(roundToFloat16)
    case 'bfloat16':
      return fc.float().map(roundToBfloat16)
    default:
      return fc.float()
  }
}

export const arrayOf = (d: DType): fc.Arbitrary<NdArray> =>
  fc.array(fc.nat(4), { maxLength: 3 }).chain((shape) => {
    const { length } = allocate(d, sizeOf(shape))
    return fc.array(element(d), { minLength: length, maxLength: length }).map((values) => {
      const data = allocate(d, sizeOf(shape))
      data.set(values)
      return fromHost(makeAval(shape, d), data)
    })
  })

export const anyArray = (except: readonly DType[] = []): fc.Arbitrary<NdArray> =>
  fc.constantFrom(...dtypes.filter((d) => !except.includes(d))).chain(arrayOf)

/** An array of `d` with these values (interleaved for complex types) and shape. */
export const make = (d: DType, shape: readonly number[], values: readonly number[]): NdArray => {
  const data = allocate(d, sizeOf(shape))
  data.set(values)
  return fromHost(makeAval(shape, d), data)
}
