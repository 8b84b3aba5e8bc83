/** From arrays to plain values, and what JavaScript's own conversions must not do in silence. */
import {
  deviceOf,
  hostOf,
  hostOfAsync,
  isTracer,
  ownerOf,
  type ArrayLike,
  type NdArray
} from '../core/array.ts'
import { slotsOf, type HostData } from '../core/dtype.ts'
import { TracerError, ValueError, type CotangentError } from '../core/errors.ts'
import type { Nested } from '../core/fluent.ts'
import { show as showShape } from '../core/shape.ts'
import { inspect, show, toNested } from '../core/show.ts'
import { asArray } from './promotion.ts'

/** A copy whose buffer is nobody else's, and no shared one. */
const owned = (x: HostData): HostData => {
  const constructor = x.constructor as new (values: HostData) => HostData // typed arrays copy theirs
  return new constructor(x)
}

/** A copy of the values, row-major. Errors: DeviceError where only `data()` can bring them. */
export const typedArrayOf = (x: NdArray): HostData => owned(hostOf(x, 'toTypedArray'))

/** A copy of the values, row-major, wherever they are. */
export const dataOf = async (x: NdArray): Promise<HostData> => owned(await hostOfAsync(x, 'data'))

/** Nested lists of the values. */
export const nestedOf = (x: NdArray): Nested => toNested(x.shape, x.dtype, hostOf(x, 'toNested'))

/** The only element. Errors: ValueError unless there is exactly one, and it is real. */
export const itemOf = (x: NdArray): number => {
  if (x.size !== 1 || slotsOf(x.dtype) !== 1)
    throw new ValueError('item', {
      problem: 'the array is not one real number',
      got: `${x.dtype} of shape ${showShape(x.shape)}`,
      expected: 'exactly one element of a real type',
      hint: 'x.toNested() gives all elements; x.slice(i).item() one of them'
    })
  return hostOf(x, 'item')[0]
}

const notANumber = (x: NdArray): CotangentError => {
  const explanation = {
    problem: 'JavaScript converts no array to a number',
    got: inspect(x).split('\n')[0],
    expected: 'a call that says what is meant',
    hint: 'x.less(y), x.add(y), x.neg() … compute; x.item() reads a single element'
  }
  const owner = ownerOf(x)
  if (owner === null) return new ValueError('conversion', explanation)
  return new TracerError('conversion', {
    ...explanation,
    hint: `${explanation.hint}, outside ${owner.name} only`
  })
}

/** `${x}` prints; `+x`, `x < y`, `x + y` and `x == y` throw. */
export const toPrimitive = (x: NdArray, hint: string): string => {
  if (hint === 'string') return show(x)
  throw notANumber(x)
}

/** What JSON.stringify writes: nested lists. */
export const jsonOf = (x: NdArray): Nested => toNested(x.shape, x.dtype, hostOf(x, 'toJSON'))

/** What a notebook shows. */
export const displayOf = (x: NdArray): { readonly 'text/plain': string } => ({
  'text/plain': inspect(x)
})

/** `cpu`, or the device of the values; that of a tracer is not known. */
export const deviceNameOf = (x: NdArray): string => (isTracer(x) ? 'traced' : deviceOf(x))

/** The values as text, as `${x}`. */
export const arrayStr = (x: ArrayLike): string => show(asArray(x, 'np.arrayStr'))

/** Type, shape and values as text, as Node prints them. */
export const arrayRepr = (x: ArrayLike): string => inspect(asArray(x, 'np.arrayRepr'))
