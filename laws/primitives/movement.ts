/** Operations that move elements, repeat them, cut them out and put them together. */
import type { DType } from '../../src/core/dtype.ts'
import { optimizationBarrier } from '../../src/primitives/barrier.ts'
import { concatenate, split } from '../../src/primitives/concatenate-split.ts'
import { bitcastConvertType, convertElementType } from '../../src/primitives/convert.ts'
import { dynamicSlice, dynamicUpdateSlice } from '../../src/primitives/dynamic.ts'
import { iota } from '../../src/primitives/iota.ts'
import { broadcastInDim, reshape, transpose } from '../../src/primitives/movement.ts'
import { rev } from '../../src/primitives/reversal.ts'
import { pad, slice } from '../../src/primitives/slicing.ts'
import { threefry2x32 } from '../../src/primitives/threefry.ts'
import { operand, positions, sample, type Row, type Sample } from './row.ts'

const discrete = 'the results are integers or booleans, which have no tangents'
const noTangents = { derivative: discrete, secondDerivative: discrete, commute: discrete } as const

type Call = (dtype: DType) => readonly Sample[]

/** Calls in floats, and the same in integers and complex numbers. */
const inEveryKind = (calls: Call): Pick<Row, 'samples' | 'others'> => ({
  samples: calls,
  others: [...calls('complex128'), ...calls('int16')]
})

/** Rows of movements, conversions, slices and the generator of random words. */
export const movement: readonly Row[] = [
  {
    primitive: 'broadcastInDim',
    linear: [0],
    ...inEveryKind((d) => [
      sample((x) => broadcastInDim(x, [2, 3], []), operand([], d)),
      sample((x) => broadcastInDim(x, [2, 3, 4], [1]), operand([3], d)),
      sample((x) => broadcastInDim(x, [2, 3], [0, 1]), operand([2, 1], d)),
      sample((x) => broadcastInDim(x, [0, 3], [1]), operand([3], d))
    ])
  },
  {
    primitive: 'reshape',
    linear: [0],
    ...inEveryKind((d) => [
      sample((x) => reshape(x, [3, 2]), operand([2, 3], d)),
      sample((x) => reshape(x, []), operand([1, 1], d)),
      sample((x) => reshape(x, [4, 0]), operand([0, 2], d))
    ])
  },
  {
    primitive: 'transpose',
    linear: [0],
    ...inEveryKind((d) => [
      sample((x) => transpose(x, [1, 0]), operand([2, 3], d)),
      sample((x) => transpose(x, [2, 0, 1]), operand([2, 1, 3], d)),
      sample((x) => transpose(x, [1, 0]), operand([0, 3], d))
    ])
  },
  {
    primitive: 'rev',
    linear: [0],
    ...inEveryKind((d) => [
      sample((x) => rev(x, [0]), operand([5], d)),
      sample((x) => rev(x, [0, 2]), operand([2, 2, 3], d)),
      sample((x) => rev(x, [1]), operand([2, 0], d))
    ])
  },
  {
    primitive: 'slice',
    linear: [0],
    ...inEveryKind((d) => [
      sample((x) => slice(x, [1], [4]), operand([5], d)),
      sample((x) => slice(x, [0, 1], [2, 6], [1, 2]), operand([2, 6], d)),
      sample((x) => slice(x, [2], [2]), operand([4], d))
    ])
  },
  {
    primitive: 'pad',
    linear: [0, 1],
    ...inEveryKind((d) => [
      sample((x, v) => pad(x, v, [[1, 2, 0]]), operand([3], d), operand([], d, { turn: 1 })),
      sample((x, v) => pad(x, v, [[-1, 1, 2]]), operand([4], d), operand([], d, { turn: 1 })),
      sample(
        (x, v) =>
          pad(x, v, [
            [0, 0, 1],
            [1, -1, 0]
          ]),
        operand([2, 3], d),
        operand([], d, { turn: 1 })
      ),
      sample((x, v) => pad(x, v, [[1, 1, 0]]), operand([0], d), operand([], d, { turn: 1 }))
    ])
  },
  {
    primitive: 'concatenate',
    linear: [0, 1],
    ...inEveryKind((d) => [
      sample((x, y) => concatenate([x, y], 0), operand([2], d), operand([3], d)),
      sample((x, y) => concatenate([x, y], 1), operand([2, 1], d), operand([2, 2], d)),
      sample((x, y) => concatenate([x, y], 0), operand([0, 2], d), operand([1, 2], d))
    ])
  },
  {
    primitive: 'split',
    linear: [0],
    ...inEveryKind((d) => [
      { f: (x) => split(x, [1, 3, 0], 0), operands: [operand([4], d)] },
      { f: (x) => split(x, [2, 1], 1), operands: [operand([2, 3], d)] }
    ])
  },
  {
    primitive: 'dynamicSlice',
    linear: [0],
    ...inEveryKind((d) => [
      sample((x, i) => dynamicSlice(x, [i], [2]), operand([5], d), positions([], 5)),
      sample(
        (x, i, j) => dynamicSlice(x, [i, j], [1, 2]),
        operand([2, 4], d),
        positions([], 2),
        positions([], 4)
      )
    ])
  },
  {
    primitive: 'dynamicUpdateSlice',
    linear: [0, 1],
    ...inEveryKind((d) => [
      sample(
        (x, u, i) => dynamicUpdateSlice(x, u, [i]),
        operand([5], d),
        operand([2], d),
        positions([], 5)
      ),
      sample(
        (x, u, i, j) => dynamicUpdateSlice(x, u, [i, j]),
        operand([3, 3], d),
        operand([2, 1], d),
        positions([], 3),
        positions([], 3)
      )
    ])
  },
  {
    primitive: 'convertElementType',
    linear: [0],
    samples: (float) => [
      sample((x) => convertElementType(x, 'complex128'), operand([2, 3], float)),
      sample((x) => convertElementType(x, 'complex128'), operand([], float))
    ],
    others: (
      [
        ['float32', 'int32'],
        ['float64', 'uint8'],
        ['int32', 'float32'],
        ['uint32', 'int8'],
        ['float32', 'float16'],
        ['float32', 'bfloat16'],
        ['float16', 'float64'],
        ['bool', 'float32'],
        ['float32', 'bool'],
        ['float64', 'float32']
      ] as const
    ).map(([from, to]) => sample((x) => convertElementType(x, to), operand([9], from)))
  },
  {
    primitive: 'bitcastConvertType',
    samples: () => [
      sample((x) => bitcastConvertType(x, 'int32'), operand([5], 'float32')),
      sample((x) => bitcastConvertType(x, 'uint16'), operand([3], 'bfloat16')),
      sample((x) => bitcastConvertType(x, 'uint8'), operand([2], 'int32'))
    ],
    except: noTangents
  },
  {
    primitive: 'optimizationBarrier',
    linear: [0, 1],
    samples: (float) => [
      {
        f: (x, y) => optimizationBarrier([x, y]),
        operands: [operand([2], float), operand([3], float)]
      }
    ]
  },
  {
    primitive: 'iota',
    samples: (float) => [
      sample(() => iota(float, [5])),
      sample(() => iota('int32', [2, 3], 1)),
      sample(() => iota('uint8', [0]))
    ],
    except: {
      derivative: 'it has no arguments',
      secondDerivative: 'it has no arguments',
      batch: 'it has no arguments to map',
      commute: 'it has no arguments'
    }
  },
  {
    primitive: 'threefry2x32',
    samples: () =>
      [[], [5], [2, 3], [0]].map((shape) => ({
        f: (a, b, c, d) => threefry2x32(a, b, c, d),
        operands: [0, 1, 2, 3].map(() => operand(shape, 'uint32'))
      })),
    except: noTangents
  }
]
