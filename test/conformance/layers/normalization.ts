/** Norms of activations and of weights. */
import type { NdArray } from '../../../src/core/array.ts'
import { iota } from '../../../src/core/shape.ts'
import * as np from '../../../src/numpy/index.ts'
import * as nn from '../../../src/nn/index.ts'
import {
  channelsFirst,
  channelsLast,
  listed,
  present,
  type Adapter,
  type Adapters,
  type Arrays,
  type Settings
} from './adapter.ts'
import {
  convLayer,
  convParams,
  convSignature,
  transposeLayer,
  transposeParams,
  transposeSignature
} from './convolution.ts'

const scaleBias = ({ weight, bias }: Arrays): nn.ScaleBias => present({ scale: weight, bias })

/** PyTorch's momentum is what is taken, ours what is kept. */
const momentumOf = (s: Settings): number | 'cumulative' =>
  s.has('momentum') || !s.given('momentum') ? 1 - s.number('momentum', 0.1) : 'cumulative'

const statistics = (p: Arrays, momentum: number | 'cumulative'): nn.BatchStatistics => ({
  mean: p['running_mean'],
  var: p['running_var'],
  ...(momentum === 'cumulative'
    ? { count: p['num_batches_tracked'] ?? np.array(0).astype('int32') }
    : {})
})

const buffers = (state: object): Arrays =>
  'mean' in state && 'var' in state
    ? { running_mean: state.mean as NdArray, running_var: state.var as NdArray }
    : {}

const batchNames = ['num_features', 'eps', 'momentum', 'affine', 'track_running_stats']

/** [N, C, …positions], or [C, …positions] where there is no batch. */
const positions = (x: NdArray): number => Math.max(0, x.ndim - 2)

const batchNorm: Adapter = {
  signature: [...batchNames, 'process_group'],
  build: (s) => {
    const momentum = momentumOf(s)
    const layer = nn.batchNorm({
      epsilon: s.number('eps', 1e-5),
      momentum,
      ddof: 1,
      trackRunningStats: s.flag('track_running_stats', true)
    })
    return (p, inputs) => {
      const [x] = listed(s, inputs)
      const state =
        p['running_mean'] === undefined ? ({} as nn.BatchStatistics) : statistics(p, momentum)
      const [y, next] = layer.apply(scaleBias(p), state, channelsLast(x, positions(x)), {
        train: s.train
      })
      return { outputs: [channelsFirst(y, positions(x))], state: buffers(next) }
    }
  }
}

const instanceNorm = (rank: number): Adapter => ({
  signature: batchNames,
  build: (s) => {
    const momentum = momentumOf(s)
    const layer = nn.instanceNorm({
      epsilon: s.number('eps', 1e-5),
      momentum,
      spatialAxes: rank,
      trackRunningStats: s.flag('track_running_stats', false)
    })
    return (p, inputs) => {
      const [x] = listed(s, inputs)
      const isBatched = x.ndim === rank + 2
      const images = isBatched ? x : np.expandDims(x, 0)
      const state = p['running_mean'] === undefined ? {} : statistics(p, momentum)
      const [y, next] = layer.apply(scaleBias(p), state, channelsLast(images, rank), {
        train: s.train
      })
      const out = channelsFirst(y, rank)
      return { outputs: [isBatched ? out : np.squeeze(out, 0)], state: buffers(next) }
    }
  }
})

const groupNorm: Adapter = {
  signature: ['num_groups', 'num_channels', 'eps', 'affine'],
  build: (s) => {
    const layer = nn.groupNorm({
      numGroups: s.number('num_groups'),
      epsilon: s.number('eps', 1e-5)
    })
    return (p, inputs) => {
      const [x] = listed(s, inputs)
      const [y] = layer.apply(scaleBias(p), {}, channelsLast(x, positions(x)))
      return { outputs: [channelsFirst(y, positions(x))] }
    }
  }
}

/** How many trailing axes normalized_shape names. */
const axesOf = (s: Settings): number => {
  const shape = s.get('normalized_shape')
  return Array.isArray(shape) ? shape.length : 1
}

const layerNorm: Adapter = {
  signature: ['normalized_shape', 'eps', 'elementwise_affine', 'bias'],
  build: (s) => {
    const layer = nn.layerNorm({ axes: axesOf(s), epsilon: s.number('eps', 1e-5) })
    return (p, inputs) => ({
      outputs: [layer.apply(scaleBias(p), {}, listed(s, inputs)[0])[0]]
    })
  }
}

const rmsNorm: Adapter = {
  signature: ['normalized_shape', 'eps', 'elementwise_affine'],
  build: (s) => {
    // PyTorch's default is the distance from 1 to the next number.
    const layer = nn.rmsNorm({ axes: axesOf(s), epsilon: s.number('eps', 2 ** -23) })
    return ({ weight }, inputs) => ({
      outputs: [layer.apply(present({ scale: weight }), {}, listed(s, inputs)[0])[0]]
    })
  }
}

const localResponse: Adapter = {
  signature: ['size', 'alpha', 'beta', 'k'],
  build: (s) => {
    const layer = nn.localResponseNorm({
      size: s.number('size'),
      alpha: s.number('alpha', 1e-4),
      beta: s.number('beta', 0.75),
      k: s.number('k', 1)
    })
    return (_params, inputs) => {
      const [x] = listed(s, inputs)
      return { outputs: [np.moveaxis(layer.apply({}, {}, np.moveaxis(x, 1, -1))[0], -1, 1)] }
    }
  }
}

/** A layer with a kernel, between PyTorch's layouts: what is inside of a weight norm. */
interface Inner {
  readonly signature: readonly string[]
  readonly layer: (s: Settings) => nn.AnyLayer
  readonly params: (weight: NdArray, bias: NdArray | undefined) => object
  /** Where each axis of PyTorch's weight is in ours. */
  readonly places: readonly number[]
  /** The axis of PyTorch's weight that a spectral norm takes for the rows. */
  readonly rows: number
  /** The kernel's window is the other way round. */
  readonly flipped?: boolean
  /** Number of spatial axes. */
  readonly rank: number
}

const inners: Readonly<Record<string, Inner>> = {
  Linear: {
    signature: ['in_features', 'out_features', 'bias'],
    layer: (s) => nn.dense({ features: s.number('out_features') }),
    params: (weight, bias) => present({ kernel: np.transpose(weight), bias }),
    places: [1, 0],
    rows: 0,
    rank: 0
  },
  ...Object.fromEntries(
    [1, 2, 3].flatMap((rank): readonly [string, Inner][] => [
      [
        `Conv${rank}d`,
        {
          signature: convSignature,
          layer: (s) => convLayer(s, rank),
          params: convParams,
          places: [rank + 1, rank, ...iota(rank)],
          rows: 0,
          rank
        }
      ],
      [
        `ConvTranspose${rank}d`,
        {
          signature: transposeSignature,
          layer: (s) => transposeLayer(s, rank),
          // Within groups the axes of the two weights do not correspond.
          params: (weight, bias) => transposeParams(weight, bias, 1),
          places: [rank, rank + 1, ...iota(rank)],
          rows: 1,
          flipped: true,
          rank
        }
      ]
    ])
  )
}

/** The axis of our kernel that an axis of PyTorch's weight is. */
const axisOf = ({ places }: Inner, dim: number): number =>
  places[dim < 0 ? dim + places.length : dim]

/** The first that is there, for the names of the two generations of PyTorch's functions. */
const first = (p: Arrays, ...names: readonly string[]): NdArray =>
  p[names.find((n) => p[n] !== undefined) ?? names[0]]

const weightNorm = (inner: Inner): Adapter => ({
  signature: [...inner.signature, 'dim', 'name'],
  build: (s) => {
    const { layer: make, params, rank } = inner
    // None and -1 are one norm in all.
    const isWhole = s.given('dim') && s.number('dim', -1) === -1
    const axis = isWhole ? null : axisOf(inner, s.number('dim', 0))
    const layer = nn.weightNorm(make(s), { axis })
    return (p, inputs) => {
      const g = first(p, 'parametrizations.weight.original0', 'weight_g')
      const v = first(p, 'parametrizations.weight.original1', 'weight_v')
      const normed = { layer: params(v, p['bias']), scale: g.reshape(isWhole ? [] : [g.size]) }
      const x = channelsLast(listed(s, inputs)[0], rank)
      const [y] = layer.apply(normed, { layer: {} }, x) as readonly [NdArray, unknown]
      return { outputs: [channelsFirst(y, rank)] }
    }
  }
})

const spectralNorm = (inner: Inner): Adapter => ({
  signature: [...inner.signature, 'dim', 'name', 'n_power_iterations', 'eps'],
  build: (s) => {
    const { layer: make, params, places, rows, flipped = false, rank } = inner
    const dim = s.number('dim', rows)
    const axis = axisOf(inner, dim)
    const layer = nn.spectralNorm(make(s), {
      axis,
      numIterations: s.number('n_power_iterations', 1),
      epsilon: s.number('eps', 1e-12)
    })
    return (p, inputs) => {
      const weight = first(p, 'parametrizations.weight.original', 'weight_orig')
      const u = first(p, 'parametrizations.weight.0._u', 'weight_u')
      const v = first(p, 'parametrizations.weight.0._v', 'weight_v')
      // All axes but that of the rows, flattened in PyTorch's order, as against ours.
      const theirs = iota(weight.ndim).filter((a) => a !== (dim + weight.ndim) % weight.ndim)
      const own = theirs.toSorted((a, b) => places[a] - places[b])
      const extents = (axes: readonly number[]): number[] => axes.map((a) => weight.shape[a])
      const turned = (y: NdArray, axes: readonly number[]): NdArray =>
        flipped ? np.flip(y, { axis: axes.flatMap((a, i) => (a >= 2 ? [i] : [])) }) : y
      const moved = (y: NdArray, from: readonly number[], to: readonly number[]): NdArray => {
        const order = to.map((a) => from.indexOf(a))
        return turned(np.transpose(y.reshape(extents(from)), order), to).reshape([y.size])
      }
      const x = channelsLast(listed(s, inputs)[0], rank)
      const [y, next] = layer.apply(
        { layer: params(weight, p['bias']) },
        { layer: {}, u, v: moved(v, theirs, own) },
        x,
        { train: s.train }
      ) as readonly [NdArray, nn.SpectralNormState<unknown>]
      const isNew = p['weight_orig'] === undefined
      return {
        outputs: [channelsFirst(y, rank)],
        state: isNew
          ? {
              'parametrizations.weight.0._u': next.u,
              'parametrizations.weight.0._v': moved(next.v, own, theirs)
            }
          : { weight_u: next.u, weight_v: moved(next.v, own, theirs) }
      }
    }
  }
})

const wrapped = (name: string, make: (inner: Inner) => Adapter): Adapters =>
  Object.fromEntries(
    Object.entries(inners).map(([inner, parts]) => [`${name}(${inner})`, make(parts)])
  )

const ranks = [1, 2, 3]

export const normalizationAdapters: Adapters = {
  ...Object.fromEntries(ranks.map((r) => [`BatchNorm${r}d`, batchNorm])),
  ...Object.fromEntries(ranks.map((r) => [`LazyBatchNorm${r}d`, batchNorm])),
  SyncBatchNorm: batchNorm,
  ...Object.fromEntries(ranks.map((r) => [`InstanceNorm${r}d`, instanceNorm(r)])),
  ...Object.fromEntries(ranks.map((r) => [`LazyInstanceNorm${r}d`, instanceNorm(r)])),
  GroupNorm: groupNorm,
  LayerNorm: layerNorm,
  RMSNorm: rmsNorm,
  LocalResponseNorm: localResponse,
  CrossMapLRN2d: localResponse,
  ...wrapped('weight_norm', weightNorm),
  ...wrapped('spectral_norm', spectralNorm)
}
