/** A function of a large batch, computed on one small part of it after the other. */
import { type NdArray } from '../core/array.ts'
import { ShapeError, ValueError, checkOptions } from '../core/errors.ts'
import * as tree from '../core/tree.ts'
import * as lax from '../lax/index.ts'
import * as np from '../numpy/index.ts'

/** What becomes of the results of the parts. */
export type Accumulation = 'sum' | 'mean' | 'concat'

export interface MicrobatchOptions {
  /** Which arguments have the batch as their first axis: the first by default. */
  readonly argnums?: number | readonly number[]
  /** Examples in a part; it must divide the batch. */
  readonly microbatchSize: number
  /** 'sum' by default. */
  readonly accumulator?: Accumulation
}

const partsOf = (batch: number, size: number): number => {
  if (Number.isInteger(size) && size >= 1 && batch % size === 0) return batch / size
  throw new ValueError('microbatch', {
    problem: 'the parts do not make up the batch',
    got: `microbatchSize: ${size} of a batch of ${batch}`,
    expected: `a divisor of ${batch}`,
    hint: 'parts of one size are what a compiled loop can run'
  })
}

const batchOf = (args: readonly unknown[]): number => {
  const sizes = args.flatMap((x) => tree.leaves(x).map((leaf) => lax.typeOf(leaf).shape[0]))
  const [n] = sizes
  if (n !== undefined && sizes.every((s) => s === n)) return n
  throw new ShapeError('microbatch', {
    problem: 'the arguments have no batch in common',
    got: `first axes ${sizes.map(String).join(', ') || 'of nothing'}`,
    expected: 'one extent of the first axis of every leaf',
    hint: '{ argnums } names the arguments that are batched'
  })
}

/**
 * `f` over parts of a batch, with the memory of one part: results are summed, meaned or joined.
 *
 * Errors: ValueError where the parts do not make up the batch.
 *
 * @example
 * const sum = (x: NdArray): NdArray => x.sum()
 * microbatch(sum, { microbatchSize: 2 })(np.array([1, 2, 3, 4])) // => 10.
 *
 * @category combinators
 * @since 0.1.0
 */
export const microbatch = <A extends readonly unknown[], O>(
  f: (...args: A) => O,
  options: MicrobatchOptions
): ((...args: A) => O) => {
  checkOptions('microbatch', options, ['argnums', 'microbatchSize', 'accumulator'])
  const { argnums = 0, microbatchSize, accumulator = 'sum' } = options
  const batched = typeof argnums === 'number' ? [argnums] : argnums
  return (...args) => {
    const given = batched.map((i) => args[i])
    const batch = batchOf(given)
    const parts = partsOf(batch, microbatchSize)
    const cut = <T>(x: T): T =>
      tree.map(
        (leaf: NdArray) => lax.reshape(leaf, [parts, microbatchSize, ...leaf.shape.slice(1)]),
        x
      )
    const on = (part: readonly unknown[]): O =>
      f(
        ...(args.map((x, i) =>
          batched.includes(i) ? part[batched.indexOf(i)] : x
        ) as unknown as A)
      ) // each in its place
    if (accumulator === 'concat') {
      const [, joined] = lax.scan(
        (none: object, part: readonly unknown[]) => [none, on(part)] as const,
        {},
        given.map(cut)
      )
      return tree.map(
        (leaf: NdArray) =>
          lax.reshape(leaf, [leaf.shape[0] * leaf.shape[1], ...leaf.shape.slice(2)]),
        joined
      )
    }
    const first = on(
      given.map((x) =>
        tree.map((leaf: NdArray) => lax.sliceInDim(leaf, 0, microbatchSize, { axis: 0 }), x)
      )
    )
    const rest = given
      .map((x) => cut(x))
      .map((x) => tree.map((leaf: NdArray) => lax.sliceInDim(leaf, 1, parts, { axis: 0 }), x))
    const [sum] = lax.scan(
      (before: O, part: readonly unknown[]) => {
        const next = tree.map((a: NdArray, b: NdArray) => np.add(a, b), before, on(part))
        return [next, []] as const
      },
      first,
      rest
    )
    return accumulator === 'sum' ? sum : tree.map((leaf: NdArray) => np.div(leaf, parts), sum)
  }
}
