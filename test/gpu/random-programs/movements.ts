/** Steps that move elements or pick some: their results are as exact as their operands. */
import { lax, np, type NdArray } from 'cotangent'
import {
  axisOf,
  numeric,
  one,
  pick,
  type Draw,
  type Maker,
  type Operation,
  type Value
} from './value.ts'

/** A step of one operand whose result is as exact as the operand: it moves elements, or picks some. */
const moving =
  (
    name: string,
    make: (d: Draw, x: NdArray) => Operation | null,
    fits: (v: Value) => boolean = () => true
  ): Maker =>
  (d, pool) => {
    const at = one(d, pool, fits)
    if (at === null) return null
    const apply = make(d, pool[at].array)
    return apply === null ? null : { name, args: [at], apply, bound: () => pool[at].bound }
  }

/** A step along one of the axes of its operand. */
const along = (
  name: string,
  apply: (v: NdArray, axis: number) => NdArray,
  fits?: (v: Value) => boolean
): Maker =>
  moving(
    name,
    (d, x) => {
      if (x.ndim === 0) return null
      const axis = axisOf(d, x)
      return (v) => apply(v, axis)
    },
    fits
  )

export const movements: readonly Maker[] = [
  moving('transpose', () => (x) => np.transpose(x)),
  along('flip', (v, axis) => np.flip(v, { axis })),
  moving('ravel', () => (x) => np.ravel(x)),
  moving(
    'expandDims',
    (d, x) => {
      const at = d(x.ndim + 1)
      return (v) => np.expandDims(v, at)
    },
    (v) => v.array.ndim < 4
  ),
  moving('slice', (d, x) => {
    if (x.ndim === 0) return null
    const [axis, start] = [axisOf(d, x), d(3)]
    const step = pick(d, [1, 1, 2, 3, -1, -2])
    const text = step < 0 ? `::${step}` : `${start}::${step}`
    const at = [...Array<string>(axis).fill(':'), text]
    return (v) => v.slice(...(at as ['::1']))
  }),
  moving('pad', (d, x) => {
    if (x.ndim === 0 || x.dtype === 'bool') return null
    const sides = x.shape.map(() => [d(4) - 1, d(4) - 1, d(4) === 0 ? d(3) : 0] as const)
    return (v) => lax.pad(v, np.array(0, { dtype: v.dtype }), sides)
  }),
  moving('roll', (d, x) => {
    if (x.ndim === 0) return null
    const [by, axis] = [d(5) - 2, axisOf(d, x)]
    return (v) => np.roll(v, by, { axis })
  }),
  moving('broadcast', (d, x) => {
    if (x.ndim > 3) return null
    const n = d(4)
    return (v) => np.broadcastTo(v, [n, ...v.shape])
  }),
  moving(
    'maximum over an axis',
    (d, x) => {
      if (x.ndim === 0 || x.size === 0) return null
      const axis = axisOf(d, x)
      return (v) => np.max(v, { axis })
    },
    numeric
  ),
  moving('minimum of all', (_d, x) => (x.size === 0 ? null : (v) => np.min(v)), numeric),
  along('cummax', (v, axis) => lax.cummax(v, { axis }), numeric),
  along('repeat', (v, axis) => np.repeat(v, 2, { axis })),
  moving('tril', (_d, x) => (x.ndim < 2 || x.dtype === 'bool' ? null : (v) => np.tril(v))),
  moving('take', (d, x) => {
    if (x.ndim === 0 || x.size === 0) return null
    const indices = np.array([0, d(7), d(3) - 1, 2], { dtype: pick(d, ['int32', 'int8'] as const) })
    const axis = axisOf(d, x)
    return (v) => np.take(v, indices, { axis, mode: 'clip' })
  }),
  moving('dynamic slice', (d, x) => {
    if (x.ndim === 0 || x.size === 0) return null
    const sizes = x.shape.map((n) => 1 + d(n))
    const starts = x.shape.map(() => np.array(d(6) - 2, { dtype: 'int32' }))
    return (v) => lax.dynamicSlice(v, starts, sizes)
  }),
  moving('window maximum', (d, x) => {
    if (x.ndim === 0 || x.size === 0 || x.dtype === 'bool') return null
    const windowDimensions = x.shape.map((n) => 1 + d(Math.min(3, n)))
    const windowStrides = x.shape.map(() => 1 + d(2))
    const padding = pick(d, ['same', 'valid'] as const)
    return (v) => lax.reduceWindow(v, 'max', { windowDimensions, windowStrides, padding })
  })
]
