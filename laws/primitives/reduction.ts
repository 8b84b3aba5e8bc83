/** Reductions, running reductions, windows, sorting. */
import type { DType } from '../../src/core/dtype.ts'
import { argmax, argmin } from '../../src/primitives/arg-reduction.ts'
import { cumlogsumexp, cummax, cummin, cumprod, cumsum } from '../../src/primitives/cumulative.ts'
import { sum } from '../../src/primitives/movement.ts'
import {
  reduceAnd,
  reduceMax,
  reduceMin,
  reduceOr,
  reduceProd,
  reduceXor,
  type Reduce
} from '../../src/primitives/reduction.ts'
import { sort, topK } from '../../src/primitives/sorting.ts'
import { reduceWindowSum, type WindowParams } from '../../src/primitives/window.ts'
import {
  reduceWindowMax,
  reduceWindowMin,
  selectAndGatherAdd,
  selectAndScatterAdd
} from '../../src/primitives/winners.ts'
import type { NdArray } from '../../src/core/array.ts'
import { operand, regular, sample, type Row, type Sample } from './row.ts'

const discrete = 'the results are integers or booleans, which have no tangents'
const noTangents = { derivative: discrete, secondDerivative: discrete, commute: discrete } as const

const reductions = (f: Reduce, d: DType): readonly Sample[] => [
  sample((x) => f(x, [0]), operand([5], d)),
  sample((x) => f(x, [1]), operand([2, 3], d)),
  sample((x) => f(x, [0, 2]), operand([2, 2, 3], d)),
  sample((x) => f(x, [0]), operand([1, 2], d)),
  sample((x) => f(x, [0]), operand([33], d))
]

/** Nothing to reduce: the result is the monoid's unit. */
const empty = (f: Reduce, d: DType): Sample => sample((x) => f(x, [1]), operand([2, 0], d))

/** Infinities and NaN of both signs meet here, and which NaN parts survive is the order's choice. */
const complexes = (f: Reduce): Sample => sample((x) => f(x, [1]), regular([2, 3], 'complex128'))

/** Partial products may overflow or vanish in one order and not in another: moderate values only. */
const products = (d: DType): readonly Sample[] => [
  sample((x) => reduceProd(x, [0]), regular([5], d)),
  sample((x) => reduceProd(x, [0, 2]), regular([2, 2, 3], d)),
  sample((x) => reduceProd(x, [1]), regular([3, 1], d))
]

const reducing = (primitive: string, f: Reduce, more: Partial<Row> = {}): Row => ({
  primitive,
  samples: (float) => reductions(f, float),
  // The derivative of an empty maximum is 0/0, so empty ones are looked at by value alone.
  others: [...reductions(f, 'uint16'), empty(f, 'int32'), empty(f, 'float32')],
  ...more
})

const bitReduction = (primitive: string, f: Reduce): Row => ({
  primitive,
  samples: () => [...reductions(f, 'int32'), ...reductions(f, 'bool')],
  except: noTangents
})

const argReduction = (primitive: string, f: (x: NdArray, axis: number) => NdArray): Row => ({
  primitive,
  samples: (float) => [
    sample((x) => f(x, 0), operand([5], float)),
    sample((x) => f(x, 1), operand([2, 9], float)),
    sample((x) => f(x, 0), operand([3, 0], float)),
    sample((x) => f(x, 0), operand([7], 'uint8'))
  ],
  except: noTangents
})

type Accumulate = (x: NdArray, axis: number, reverse?: boolean) => NdArray

const running = (primitive: string, f: Accumulate, more: Partial<Row> = {}): Row => ({
  primitive,
  samples: (float) => [
    sample((x) => f(x, 0), operand([5], float)),
    sample((x) => f(x, 0, true), operand([4], float)),
    sample((x) => f(x, 1), operand([2, 3], float)),
    sample((x) => f(x, 0), operand([0, 2], float)),
    sample((x) => f(x, 0), operand([1], float))
  ],
  ...more
})

const window = (
  windowDimensions: readonly number[],
  more: Partial<WindowParams> = {}
): WindowParams => ({
  windowDimensions,
  windowStrides: windowDimensions.map(() => 1),
  padding: windowDimensions.map(() => [0, 0] as const),
  baseDilation: windowDimensions.map(() => 1),
  windowDilation: windowDimensions.map(() => 1),
  ...more
})

const windows: readonly (readonly [shape: readonly number[], params: WindowParams])[] = [
  [[5], window([2])],
  [[5], window([3], { windowStrides: [2], padding: [[1, 1]] })],
  [[2, 6], window([1, 2], { windowStrides: [1, 3] })],
  [[4], window([2], { baseDilation: [2], windowDilation: [2], padding: [[1, 0]] })]
]

const winning = { windowStrides: [2], padding: [[1, 0]] as const }

const selecting = [
  [[6], [3], window([2], { windowStrides: [2] })],
  [[5], [3], window([2], winning)]
] as const

/** Rows of what combines elements along axes. */
export const reduction: readonly Row[] = [
  reducing('sum', sum, {
    linear: [0],
    samples: (float) => [...reductions(sum, float), empty(sum, float)],
    others: [...reductions(sum, 'int32'), complexes(sum)]
  }),
  reducing('reduceMax', reduceMax),
  reducing('reduceMin', reduceMin),
  reducing('reduceProd', reduceProd, {
    samples: (float) => [...products(float), empty(reduceProd, float)],
    others: [...reductions(reduceProd, 'int32'), complexes(reduceProd)]
  }),
  bitReduction('reduceAnd', reduceAnd),
  bitReduction('reduceOr', reduceOr),
  bitReduction('reduceXor', reduceXor),
  argReduction('argmax', argmax),
  argReduction('argmin', argmin),
  running('cumsum', cumsum, { linear: [0] }),
  running('cumprod', cumprod, {
    samples: (float) => [
      sample((x) => cumprod(x, 0), regular([5], float)),
      sample((x) => cumprod(x, 1, true), regular([2, 3], float)),
      sample((x) => cumprod(x, 0), regular([0], float))
    ]
  }),
  running('cummax', cummax),
  running('cummin', cummin),
  running('cumlogsumexp', cumlogsumexp),
  {
    primitive: 'reduceWindowSum',
    linear: [0],
    samples: (float) =>
      windows.map(([s, p]) => sample((x) => reduceWindowSum(x, p), operand(s, float)))
  },
  ...(
    [
      ['reduceWindowMax', reduceWindowMax],
      ['reduceWindowMin', reduceWindowMin]
    ] as const
  ).map(([primitive, f]): Row => ({
    primitive,
    // The last of the windows covers only holes in places, where an extreme is infinite.
    samples: (float) =>
      windows.slice(0, -1).map(([s, p]) => sample((x) => f(x, p), operand(s, float))),
    others: windows.map(([s, p]) => sample((x) => f(x, p), operand(s, 'int32')))
  })),
  {
    primitive: 'selectAndGatherAdd',
    linear: [0],
    samples: (float) =>
      selecting.map(([x, , p]) => ({
        ...sample(
          (v, o) => selectAndGatherAdd(v, o, { ...p, select: 'ge' }),
          operand(x, float),
          regular(x, float, { turn: 1 })
        ),
        live: [true, false]
      }))
  },
  {
    primitive: 'selectAndScatterAdd',
    linear: [0],
    samples: (float) =>
      selecting.map(([x, y, p]) => ({
        ...sample(
          (v, o) => selectAndScatterAdd(v, o, { ...p, select: 'ge' }),
          operand(y, float),
          regular(x, float, { turn: 1 })
        ),
        live: [true, false]
      }))
  },
  {
    primitive: 'sort',
    samples: (float) => [
      { f: (x) => sort([x], { dimension: 0 }), operands: [operand([6], float)] },
      { f: (x) => sort([x], { dimension: 0 }), operands: [operand([3, 2], float)] },
      {
        f: (k, x) => sort([k, x], { dimension: 1 }),
        operands: [operand([2, 4], float), operand([2, 4], float)]
      },
      {
        f: (k, l, x) => sort([k, l, x], { dimension: 0, numKeys: 2 }),
        operands: [operand([5], 'bool'), operand([5], float), operand([5], float)]
      },
      { f: (x) => sort([x], { dimension: 0 }), operands: [operand([0], float)] }
    ],
    others: [{ f: (x) => sort([x], { dimension: 0 }), operands: [operand([9], 'int8')] }]
  },
  {
    primitive: 'topK',
    samples: (float) => [
      { f: (x) => topK(x, 2, 0), operands: [operand([5], float)] },
      { f: (x) => topK(x, 3, 1), operands: [operand([2, 4], float)] },
      { f: (x) => topK(x, 0, 0), operands: [operand([3], float)] }
    ],
    others: [{ f: (x) => topK(x, 2, 0), operands: [operand([5], 'int32')] }]
  }
]
