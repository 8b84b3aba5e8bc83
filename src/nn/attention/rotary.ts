/** Positions as rotations of pairs of features, and as distances in the logits. */
import { show } from '../../core/shape.ts'
import type { ArrayLike, NdArray } from '../../core/array.ts'
import { ValueError, checkOptions, ShapeError } from '../../core/errors.ts'
import * as lax from '../../lax/index.ts'
import * as np from '../../numpy/index.ts'
import * as math from '../../core/scalar/math.ts'

export interface RotaryOptions {
  /** The period of the slowest pair is 2π · base: 10000 by default. */
  readonly base?: number
  /** How many of the features turn: all by default. */
  readonly features?: number
  /** Pairs are neighbours, as in the paper; else feature i pairs with i + half (the default). */
  readonly interleaved?: boolean
  /** 0, 1, 2 … by default. Shape: integers [..., T] or []; one number is the first position. */
  readonly positions?: NdArray
}

export const rotaryNames = ['base', 'features', 'interleaved', 'positions']

/** int32 positions [..., T] of T steps. */
const positionsOf = (given: NdArray | undefined, t: number): NdArray => {
  const steps = lax.iota('int32', t)
  if (given === undefined) return steps
  return given.ndim === 0 ? np.add(lax.convertElementType(given, 'int32'), steps) : given
}

/**
 * Turns each pair of features by an angle that grows with the position, so that products of queries
 * and keys depend on the distance alone.
 *
 * Shape:  [..., T, heads, H] -> the same.
 * Errors: ValueError when the number of features that turn is odd or more than there are.
 * Source: Su et al. 2021.
 *
 * @example
 * const x = random.normal(random.key(0), [5, 1, 8])
 * np.allclose(nn.rotary(x).slice(0), x.slice(0)) // => true
 *
 * @category attention
 * @since 0.1.0
 */
export const rotary = (of: ArrayLike, options: RotaryOptions = {}): NdArray => {
  checkOptions('rotary', options, rotaryNames)
  const x = np.asarray(of)
  if (x.ndim < 3)
    throw new ShapeError('rotary', {
      problem: 'there are no heads to turn',
      got: show(x.shape),
      expected: '[..., time, heads, features]',
      hint: 'np.expandDims adds an axis of one head'
    })
  const [t, , h] = x.shape.slice(-3)
  const { base = 10000, features = h, interleaved = false } = options
  if (!Number.isInteger(features) || features % 2 !== 0 || features < 0 || features > h)
    throw new ValueError('rotary', {
      problem: 'features turn in pairs',
      got: `features: ${features} of ${h}`,
      expected: `an even number up to ${h}`,
      hint: 'give heads an even number of features, or set { features }'
    })
  const half = features / 2
  const rates = lax.exp(lax.mul(lax.iota('float32', half), (-math.log(base) * 2) / features))
  const places = lax.convertElementType(positionsOf(options.positions, t), 'float32')
  // [..., T, 1, half]: the same for every head.
  const angles = np.mul(lax.reshape(places, [...places.shape, 1, 1]), rates)
  const cos = lax.convertElementType(lax.cos(angles), x.dtype)
  const sin = lax.convertElementType(lax.sin(angles), x.dtype)
  const last = x.ndim - 1
  const turning = lax.sliceInDim(x, 0, features, { axis: last })
  const still = lax.sliceInDim(x, features, h, { axis: last })
  const part = (i: number): NdArray => {
    if (!interleaved) return lax.sliceInDim(turning, i * half, (i + 1) * half, { axis: last })
    return lax.sliceInDim(turning, i, features, { axis: last, stride: 2 })
  }
  const [a, b] = [part(0), part(1)]
  const real = np.sub(np.mul(a, cos), np.mul(b, sin))
  const imaginary = np.add(np.mul(a, sin), np.mul(b, cos))
  const turned = interleaved
    ? lax.reshape(np.stack([real, imaginary], { axis: -1 }), turning.shape)
    : lax.concatenate([real, imaginary], last)
  return features === h ? turned : lax.concatenate([turned, still], last)
}

/** Slopes of ALiBi: 2^(−8 i / n), and those between where n is no power of two. Shape: [heads]. */
const slopes = (heads: number): readonly number[] => {
  const power = 2 ** Math.floor(math.log2(heads))
  const of = (n: number, i: number): number => 2 ** ((-8 * (i + 1)) / n)
  const main = Array.from({ length: power }, (_, i) => of(power, i))
  return [...main, ...Array.from({ length: heads - power }, (_, i) => of(2 * power, 2 * i))]
}

export interface AlibiOptions {
  /** Position of the first query: 0 by default. */
  readonly offset?: NdArray | number
}

/**
 * A bias that falls with the distance between query and key, at a slope of its own for each head.
 *
 * Shape:  -> [heads, queries, keys].
 * Source: Press, Smith & Lewis 2022.
 *
 * @example
 * nn.alibi(2, 2, 2).slice(0).toNested() // => [[0, -0.0625], [-0.0625, 0]]
 *
 * @category attention
 * @since 0.1.0
 */
export const alibi = (
  heads: number,
  queries: number,
  keys: number,
  options: AlibiOptions = {}
): NdArray => {
  checkOptions('alibi', options, ['offset'])
  const shape = [heads, queries, keys]
  const rows = np.add(lax.broadcastedIota('int32', shape, 1), options.offset ?? 0)
  const distance = lax.abs(lax.sub(rows, lax.broadcastedIota('int32', shape, 2)))
  const slope = np.array(slopes(heads)).reshape([heads, 1, 1])
  return np.mul(lax.neg(slope), lax.convertElementType(distance, 'float32'))
}
