import fc from 'fast-check'
import { describe, test } from 'vitest'
import type { NdArray } from '../src/core/array.ts'
import type { DType } from '../src/core/dtype.ts'
import type { Shape } from '../src/core/shape.ts'
import { cond } from '../src/control/cond.ts'
import { checkpoint } from '../src/control/checkpoint.ts'
import { jit } from '../src/control/jit.ts'
import { scan } from '../src/control/loops.ts'
import { div, max } from '../src/primitives/arithmetic.ts'
import { gt, select } from '../src/primitives/compare.ts'
import { dotGeneral } from '../src/primitives/contraction.ts'
import { exp, log } from '../src/primitives/elementary.ts'
import { add, constant, mul } from '../src/primitives/elementwise.ts'
import { tanh } from '../src/primitives/hyperbolic.ts'
import { broadcastInDim, reshape, sum } from '../src/primitives/movement.ts'
import { neg, sub } from '../src/primitives/negation.ts'
import { reduceMax } from '../src/primitives/reduction.ts'
import { sliceInDim } from '../src/primitives/slicing.ts'
import { sin } from '../src/primitives/trigonometry.ts'
import '../src/install.ts'
import * as arbitrary from './arbitraries.ts'
import { vmapIsLoop } from './batch.ts'
import { gradOfJit, gradOfVmap, vmapOfJit } from './commute.ts'
import { jitIsExactlyIdentity, jitIsIdentity, kernelIsReference } from './compile.ts'
import { exact } from './comparison.ts'
import { forwardOverReverse, jvpIsDifference, tangentOf, vjpIsAdjointOfJvp } from './derivative.ts'
import type { ArrayFunction, Subject } from './subject.ts'

const matmul = (x: NdArray, y: NdArray): NdArray =>
  dotGeneral(x, y, {
    dimensionNumbers: { lhsContracting: [1], rhsContracting: [0], lhsBatch: [], rhsBatch: [] }
  })

const rows = (v: NdArray, x: NdArray): NdArray => broadcastInDim(v, x.shape, [0])

/** log Σ_j exp(x_ij), shifted by the largest. */
const logSumExp = (x: NdArray): NdArray => {
  const top = reduceMax(x, [1])
  return add(top, log(sum(exp(sub(x, rows(top, x))), [1])))
}

const softmax = (x: NdArray): NdArray => exp(sub(x, rows(logSumExp(x), x)))

/** tanh(x W) V through a checkpoint: two layers of a network. */
const network = (x: NdArray, w: NdArray, v: NdArray): NdArray =>
  matmul(checkpoint((a: NdArray, b: NdArray) => tanh(matmul(a, b)))(x, w), v)

/** h ← tanh(h W + x_t): a recurrent network over the rows of xs. */
const recurrent = (h: NdArray, w: NdArray, xs: NdArray): readonly [NdArray, NdArray] => {
  const step = (carry: NdArray, x: NdArray): readonly [NdArray, NdArray] => {
    const row = reshape(carry, [1, carry.shape[0]])
    const next = tanh(add(reshape(matmul(row, w), carry.shape), x))
    return [next, next]
  }
  return scan(step, h, xs)
}

/** A jitted function with a branch on the data. */
const branching = jit((x: NdArray) => {
  const total = sum(x, [0])
  return cond(
    gt(total, constant(total, 0)),
    (y: NdArray) => mul(sin(y), y),
    (y: NdArray) => neg(y),
    x
  )
})

const programs: readonly (readonly [name: string, f: ArrayFunction, shapes: readonly Shape[]])[] = [
  ['logSumExp', (x) => [logSumExp(x)], [[2, 3]]],
  ['softmax', (x) => [softmax(x)], [[3, 2]]],
  [
    'a network with a checkpoint',
    (x, w, v) => [network(x, w, v)],
    [
      [2, 3],
      [3, 2],
      [2, 1]
    ]
  ],
  ['a recurrent network', (h, w, xs) => recurrent(h, w, xs), [[2], [2, 2], [3, 2]]],
  ['a jitted branch', (x) => [branching(x)], [[3]]]
]

const subjectOf = (f: ArrayFunction, shapes: readonly Shape[]): Subject => ({
  f,
  args: fc.tuple(...shapes.map((s) => arbitrary.smooth(s, 'float64')))
})

const holds = <T>(property: fc.IProperty<T>): void => fc.assert(property, { numRuns: 10 })

describe.each(programs)('%s', (_name, f, shapes) => {
  const own = subjectOf(f, shapes)

  test('has derivatives that are limits, in both modes and of order two', () => {
    holds(jvpIsDifference(own))
    holds(vjpIsAdjointOfJvp(own))
    holds(jvpIsDifference(tangentOf(own)))
    holds(forwardOverReverse(own))
  })

  test('is mapped as a loop would map it', () => holds(vmapIsLoop(own)))
  test('is the same compiled', () => holds(jitIsIdentity(own)))

  test('has transformations that commute', () => {
    holds(gradOfVmap(own))
    holds(gradOfJit(own))
    holds(vmapOfJit(own))
  })
})

/** Arithmetic alone: what kernels and plain loops compute with the same instructions. */
const arithmetic: ArrayFunction = (x, y) => {
  const ratio = div(sub(mul(x, y), x), add(mul(y, y), constant(y, 1)))
  return [max(select(gt(x, y), ratio, neg(ratio)), y)]
}

const vectors = (sizes: fc.Arbitrary<number>, dtype: DType): Subject['args'] =>
  sizes.chain((n) =>
    fc.tuple(arbitrary.array([n], dtype, { huge: true }), arbitrary.array([n], dtype))
  )

/** As many values as are needed from a few hundred drawn: long arrays are slow to draw. */
const long = (dtype: DType): Subject['args'] =>
  fc
    .tuple(arbitrary.thresholdSize, arbitrary.array([251], dtype), arbitrary.array([241], dtype))
    .map(([n, x, y]) => [x, y].map((v) => tiled(v, n)))

const tiled = (v: NdArray, n: number): NdArray => {
  const times = Math.ceil(n / v.size)
  const all = reshape(broadcastInDim(v, [times, v.size], [1]), [times * v.size])
  return sliceInDim(all, 0, n, 0)
}

describe('compiled arithmetic', () => {
  test.each(['float32', 'float64'] as const)('is exact at every length, in %s', (dtype) => {
    const own = { f: arithmetic, args: vectors(arbitrary.compiledSize, dtype) }
    fc.assert(jitIsExactlyIdentity(own), { numRuns: 60 })
    fc.assert(kernelIsReference(own, exact), { numRuns: 60 })
  })

  test.each(['float32', 'float64'] as const)(
    'is exact around the thresholds of eager kernels and threads, in %s',
    (dtype) => {
      const own = { f: arithmetic, args: long(dtype) }
      fc.assert(jitIsExactlyIdentity(own), { numRuns: 3 })
    }
  )

  // Terms of one sign: where they cancel, rounding is measured by the terms and not by the sum.
  test('sums within rounding at every length', () => {
    const total: ArrayFunction = (x) => [sum(x, [0]), reduceMax(x, [0])]
    const args = arbitrary.compiledSize.chain((n) =>
      fc.tuple(arbitrary.smooth([n], 'float32', { min: 0.1 }))
    )
    fc.assert(jitIsIdentity({ f: total, args }), { numRuns: 60 })
  })
})
