/** Laws of layers: they are pure functions, and what they say of one example they say of each. */
import fc from 'fast-check'
import type { NdArray } from '../src/core/array.ts'
import { show } from '../src/core/shape.ts'
import * as tree from '../src/core/tree.ts'
import { jit } from '../src/control/jit.ts'
import type { AnyLayer, ApplyOptions } from '../src/nn/layer.ts'
import { shapesOf } from '../src/nn/compose.ts'
import * as np from '../src/numpy/index.ts'
import * as random from '../src/random/index.ts'
import { vmap } from '../src/transforms/vmap.ts'
import { LawError, exact, requireEqual, within, type Equality } from './comparison.ts'

/** A layer, and how to draw an input for it. */
export interface LayerSubject {
  readonly layer: AnyLayer
  readonly input: (key: NdArray) => unknown
}

type Arrays = readonly NdArray[]

const arrays = (x: unknown): Arrays => tree.leaves(x) as Arrays // outputs and states are arrays

/** Parameters, state and inputs from one seed. */
const drawn = ({ layer, input }: LayerSubject, seed: number, count = 1) => {
  const [own, other] = random.split(random.key(seed))
  const xs = Array.from({ length: count }, (_, i) => input(random.foldIn(other, i)))
  const [params, state] = layer.init(own, { inputShape: shapesOf(xs[0]) })
  return {
    params: params as unknown,
    state: state as unknown,
    xs,
    key: random.foldIn(other, 'key')
  }
}

const seeds = fc.nat(1000)

/** Trees of one structure as one, with a new axis in front. */
const stack = (xs: readonly unknown[]): unknown => {
  const [, structure] = tree.flatten(xs[0])
  const lists = xs.map(arrays)
  return tree.unflatten(
    structure,
    lists[0].map((_, i) => np.stack(lists.map((list) => list[i])))
  )
}

/**
 * vmap (x ↦ layer(x)) = the loop over examples, stacked.
 * Equality: within 1e-5 of the largest magnitude unless another is given.
 */
export const vmapIsLoop = (
  subject: LayerSubject,
  equality: Equality = within(1e-5)
): fc.IProperty<[number]> =>
  fc.property(seeds, (seed) => {
    const { params, state, xs } = drawn(subject, seed, 2)
    const f = (x: unknown): unknown => subject.layer.apply(params, state, x)[0] as unknown
    // A tree of arrays, which vmap takes as it takes one.
    const mapped = vmap((x: NdArray) => f(x))(stack(xs) as NdArray)
    requireEqual(equality, arrays(mapped), arrays(stack(xs.map(f))), 'vmap is not the loop')
  })

/**
 * layer(x₁ … x_n along leading axes) = layer of each, stacked: for layers that take any number of
 * batch axes. Equality: within 1e-5 of the largest magnitude.
 */
export const leadingAxesAreBatch = (subject: LayerSubject): fc.IProperty<[number]> =>
  fc.property(seeds, (seed) => {
    const { params, state, xs } = drawn(subject, seed, 3)
    const f = (x: unknown): unknown => subject.layer.apply(params, state, x)[0] as unknown
    const whole = f(stack(xs))
    requireEqual(within(1e-5), arrays(whole), arrays(stack(xs.map(f))), 'a batch is not its parts')
  })

/** A tree of shapes as text, with keys in order. */
const text = (shapes: unknown): string =>
  Array.isArray(shapes)
    ? `[${shapes.map(text).join(',')}]`
    : typeof shapes === 'object' && shapes !== null
      ? `{${Object.entries(shapes)
          .toSorted(([a], [b]) => (a < b ? -1 : 1))
          .map(([k, v]) => `${k}:${text(v)}`)
          .join(',')}}`
      : String(shapes)

/** outputShape(shapes of x) = shapes of layer(x). */
export const outputShapeIsShape = ({ layer, input }: LayerSubject): fc.IProperty<[number]> =>
  fc.property(seeds, (seed) => {
    const { params, state, xs } = drawn({ layer, input }, seed)
    const said: unknown = layer.outputShape(shapesOf(xs[0]))
    const is: unknown = shapesOf(layer.apply(params, state, xs[0])[0] as unknown)
    const [a, b] = [text(said), text(is)]
    if (a !== b) throw new LawError(`outputShape says ${a}, the output has ${b}`)
  })

/**
 * jit layer = layer, in output and in state, while training with a key too; the same arguments give
 * the same results, and the state keeps its structure, shapes and types.
 * Equality: within 1e-5 of the largest magnitude; exact for the same call twice.
 */
export const isPure = (subject: LayerSubject): fc.IProperty<[number, boolean]> =>
  fc.property(seeds, fc.boolean(), (seed, train) => {
    const { layer } = subject
    const { params, state, xs, key } = drawn(subject, seed)
    type Call = (p: unknown, s: unknown, x: unknown, k: NdArray) => unknown
    const call: Call = (p, s, x, k) => {
      const options: ApplyOptions = { train, key: k }
      return layer.apply(p, s, x, options) as unknown
    }
    const once = arrays(call(params, state, xs[0], random.clone(key)))
    const again = arrays(call(params, state, xs[0], random.clone(key)))
    requireEqual(exact, again, once, 'the same call gives another result')
    const compiled = (jit as (f: Call) => Call)(call)(params, state, xs[0], random.clone(key))
    requireEqual(within(1e-5), arrays(compiled), once, 'jit is not the layer')
    const [, next] = call(params, state, xs[0], random.clone(key)) as readonly [unknown, unknown]
    if (!tree.sameStructure(state, next)) throw new LawError('the state changes its structure')
    arrays(next).forEach((s, i) => {
      const before = arrays(state)[i]
      if (s.dtype !== before.dtype || show(s.shape) !== show(before.shape))
        throw new LawError(`state ${i} was ${show(before.shape)} and is ${show(s.shape)}`)
    })
  })

/**
 * Without training a key changes nothing. Equality: exact.
 */
export const evaluationIgnoresKeys = (subject: LayerSubject): fc.IProperty<[number]> =>
  fc.property(seeds, (seed) => {
    const { params, state, xs, key } = drawn(subject, seed)
    const without = arrays(subject.layer.apply(params, state, xs[0]))
    const given = arrays(subject.layer.apply(params, state, xs[0], { key }))
    requireEqual(exact, given, without, 'a key changes what is not random')
  })
