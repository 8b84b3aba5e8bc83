/** Low-rank adaptation: a weight W becomes W + (alpha / rank) A B, where A and B are thin. */
import type { NdArray } from '../core/array.ts'
import { ValueError, checkOptions, listOf } from '../core/errors.ts'
import { sizeOf } from '../core/shape.ts'
import { requireSame } from '../core/structure.ts'
import * as tree from '../core/tree.ts'
import { materialize, type Factored } from '../control/factored.ts'
import * as lax from '../lax/index.ts'
import * as random from '../random/index.ts'
import {
  adapterTree,
  mapWeights,
  requirePart,
  targetsOf,
  withAdapter,
  type AdaptOptions,
  type AdapterTree,
  type ReversibleAdaptation,
  type Target
} from './adaptation.ts'
import type { Pattern } from './select.ts'

export interface LoraOptions {
  /** The inner extent of A B: 8 by default. */
  readonly rank?: number
  /** A B is scaled by alpha / rank: alpha is rank by default. */
  readonly alpha?: number
  /** Scale by alpha / √rank instead, which keeps large ranks learning (rsLoRA). */
  readonly rslora?: boolean
  /** Which weights: every kernel by default, those of dense layers, convolutions and attention. */
  readonly targets?: Pattern
  /** The probability that an element of the input of A is dropped while training. */
  readonly dropout?: number
  /** How many of a weight's last axes are features: 1 by default. */
  readonly outputAxes?: number | ((path: string, weight: NdArray) => number)
}

/** A weight W [...lead, ...tail] is adapted by A B. */
export interface LoraParts {
  readonly a: NdArray // [...lead, rank]
  readonly b: NdArray // [rank, ...tail]
}

export type LoraAdapter = AdapterTree<LoraParts>

const known = ['rank', 'alpha', 'rslora', 'targets', 'dropout', 'outputAxes']

const invalid = (operation: string, name: string, value: unknown, expected: string): ValueError =>
  new ValueError(operation, {
    problem: `${name} has a value that no adapter can have`,
    got: `${name}: ${String(value)}`,
    expected,
    hint: 'lora({ rank: 8, alpha: 16, dropout: 0.05 }) is a common choice'
  })

/** The options checked, with what they say about a weight. */
export interface LowRank {
  readonly scale: number
  readonly leadOf: (name: string, weight: NdArray) => number
  readonly init: (key: NdArray, target: Target) => LoraParts
  readonly factor: (
    weight: NdArray,
    parts: LoraParts,
    name: string,
    options?: AdaptOptions
  ) => Factored
  readonly targets: Pattern
}

/** x / (1 − rate) where kept, else 0, by the key that the path of the weight gives. */
const dropping = (
  operation: string,
  rate: number,
  name: string,
  { key, train = false }: AdaptOptions
): Factored['terms'][number]['input'] => {
  if (!train || rate === 0) return null
  if (key === undefined)
    throw new ValueError(operation, {
      problem: 'dropout needs a random key while training',
      got: `apply without a key, for ${name}`,
      expected: 'apply(params, adapter, f, { key, train: true })',
      hint: 'random.split gives a fresh key for every step; { train: false } needs none'
    })
  const own = random.foldIn(key, name)
  return (x) =>
    lax.select(random.bernoulli(own, 1 - rate, x.shape), lax.div(x, 1 - rate), lax.zerosLike(x))
}

export const lowRank = (operation: string, options: LoraOptions): LowRank => {
  checkOptions(operation, options, known)
  const { rank = 8, alpha = rank, rslora = false, targets = '**/kernel', dropout = 0 } = options
  if (!Number.isInteger(rank) || rank < 1)
    throw invalid(operation, 'rank', rank, 'an integer from 1 on')
  if (!Number.isFinite(alpha)) throw invalid(operation, 'alpha', alpha, 'a finite number')
  if (!(dropout >= 0 && dropout < 1))
    throw invalid(operation, 'dropout', dropout, 'a number from 0 on and below 1')
  const scale = alpha / (rslora ? Math.sqrt(rank) : rank)
  const { outputAxes = 1 } = options
  const leadOf = (name: string, weight: NdArray): number => {
    const count = typeof outputAxes === 'number' ? outputAxes : outputAxes(name, weight)
    if (Number.isInteger(count) && count > 0 && count < weight.ndim) return weight.ndim - count
    throw invalid(
      operation,
      `outputAxes of ${name}`,
      count,
      `an integer from 1 to ${weight.ndim - 1}`
    )
  }
  return {
    scale,
    leadOf,
    targets,
    init: (key, { path, name, weight }) => {
      const lead = leadOf(name, weight)
      const [from, to] = [weight.shape.slice(0, lead), weight.shape.slice(lead)]
      const dtype = weight.dtype === 'float64' ? 'float64' : 'float32'
      const own = random.foldIn(key, name)
      // Most rows of a table are not looked up: they stay as they are until they have been.
      if (path.at(-1) === 'embedding')
        return {
          a: lax.full([...from, rank], 0, dtype),
          b: random.normal(own, [rank, ...to], { dtype })
        }
      const bound = 1 / Math.sqrt(sizeOf(from))
      return {
        a: random.uniform(own, [...from, rank], { dtype, minval: -bound, maxval: bound }),
        b: lax.full([rank, ...to], 0, dtype)
      }
    },
    factor: (weight, parts, name, applied = {}) => {
      const lead = leadOf(name, weight)
      const a = requirePart(operation, name, 'a', parts.a, [...weight.shape.slice(0, lead), -1])
      const to = weight.shape.slice(lead)
      const b = requirePart(operation, name, 'b', parts.b, [a.shape[lead], ...to])
      const input = dropping(operation, dropout, name, applied)
      const right = scale === 1 ? b : lax.mul(b, scale)
      return {
        base: weight,
        lead,
        terms: [{ left: a, right, input }],
        rows: null,
        columns: null,
        name
      }
    }
  }
}

/**
 * Adapters of low rank: W + (alpha / rank) A B, with A random and B zero at first, so that the
 * adapted network begins as the base.
 *
 * `apply` computes x W + (x A) B: it forms neither A B nor the gradient by W. Weights that are used
 * in anything but a product are formed. `merge` and `apply` agree within rounding (1e-5 of the
 * largest output in float32); `unmerge` gives the base back within an ulp of the merged weights.
 *
 * Errors: ValueError for an impossible rank, alpha or dropout, for a target that is no matrix, and
 *         for a selection that matches nothing; StructureError with the path of a weight for an
 *         adapter of other parameters.
 * Source: Hu et al. 2021; rsLoRA: Kalajdzievski 2023. A begins uniform in ±1/√(inputs), as in PEFT.
 *
 * @example
 * const params = { kernel: np.ones([3, 2]), bias: np.zeros([2]) }
 * const method = lora({ rank: 1, targets: 'kernel' })
 * const adapter = method.init(random.key(0), params)
 * const net = (p: typeof params) => np.matmul(np.ones([1, 3]), p.kernel).add(p.bias)
 * method.apply(params, adapter, net) // => [[3. 3.]]
 *
 * @category adapters
 * @since 0.1.0
 */
export const lora = (options: LoraOptions = {}): ReversibleAdaptation<LoraAdapter> => {
  const method = lowRank('lora', options)
  const formed =
    (sign: 1 | -1) =>
    (weight: NdArray, parts: LoraParts, name: string): NdArray =>
      materialize(method.factor(weight, { a: parts.a, b: lax.mul(parts.b, sign) }, name))
  return {
    init: (key, params) =>
      adapterTree(targetsOf('lora', params, method.targets), (target) => method.init(key, target)),
    apply: <P, O>(params: P, adapter: LoraAdapter, f: (params: P) => O, applied?: AdaptOptions) =>
      withAdapter<P, LoraParts, O>('lora', params, adapter, f, (weight, parts, name) =>
        method.factor(weight, parts, name, applied)
      ),
    merge: (params, adapter) => mapWeights('lora', params, adapter, formed(1)),
    unmerge: (params, adapter) => mapWeights('lora', params, adapter, formed(-1))
  }
}

/**
 * One adapter that does what several do together, each times its weight: Σ w A B, of the sum of
 * their ranks. All must be of one `lora` and of the same weights.
 *
 * Errors: StructureError with the paths where the adapters are of different weights.
 *
 * @example
 * const method = lora({ rank: 1, targets: 'kernel' })
 * const adapter = method.init(random.key(0), { kernel: np.ones([3, 2]) })
 * tree.leaves(sumOfAdapters([adapter, adapter], [0.5, 0.5])).map((x) => (x as NdArray).shape) // => [[3, 2], [2, 2]]
 *
 * @category adapters
 * @since 0.1.0
 */
export const sumOfAdapters = (
  adapters: readonly LoraAdapter[],
  weights: readonly number[]
): LoraAdapter => {
  listOf('sumOfAdapters', adapters)
  listOf('sumOfAdapters', weights)
  if (adapters.length === 0 || adapters.length !== weights.length)
    throw new ValueError('sumOfAdapters', {
      problem: 'adapters and weights do not pair up',
      got: `${adapters.length} adapters, ${weights.length} weights`,
      expected: 'a weight for each adapter, and at least one',
      hint: 'sumOfAdapters([first, second], [0.5, 0.5])'
    })
  const structure = tree.structureOf(adapters[0])
  adapters.forEach((adapter) =>
    requireSame(
      'sumOfAdapters',
      structure,
      tree.structureOf(adapter),
      'add up adapters that one lora made for the same parameters'
    )
  )
  const columns = adapters.map((adapter) => tree.flattenWithPath(adapter)[0])
  const leaves = columns[0].map(([path], i) => {
    const parts = columns.map((entries) => entries[i][1] as NdArray)
    if (path.at(-1) === 'b')
      return lax.concatenate(
        parts.map((b, j) => lax.mul(b, weights[j])),
        0
      )
    return lax.concatenate(parts, parts[0].ndim - 1)
  })
  return tree.unflatten(structure, leaves) as LoraAdapter // of the structure of the first
}
