/** Primitives whose parameter is a program, tried through the functions that make them. */
import { makeAval, type NdArray } from '../../src/core/array.ts'
import { debug, pureCallback } from '../../src/control/callbacks.ts'
import { checkpoint } from '../../src/control/checkpoint.ts'
import { allGather, axisIndex, pmax, pmin, psum } from '../../src/control/collective.ts'
import { cond, switch as choose } from '../../src/control/cond.ts'
import { customJvp } from '../../src/control/custom-jvp.ts'
import { customVjp } from '../../src/control/custom-vjp.ts'
import { jit } from '../../src/control/jit.ts'
import { customLinearSolve } from '../../src/control/linear-solve.ts'
import { foriLoop, scan, whileLoop } from '../../src/control/loops.ts'
import { customRoot } from '../../src/control/root.ts'
import { div, square } from '../../src/primitives/arithmetic.ts'
import { lt } from '../../src/primitives/compare.ts'
import { convertElementType } from '../../src/primitives/convert.ts'
import { exp } from '../../src/primitives/elementary.ts'
import { add, mul } from '../../src/primitives/elementwise.ts'
import { neg, sub } from '../../src/primitives/negation.ts'
import { broadcastInDim, sum } from '../../src/primitives/movement.ts'
import { cos, sin } from '../../src/primitives/trigonometry.ts'
import { vmap } from '../../src/transforms/vmap.ts'
import { fill } from '../directions.ts'
import { inside, operand, positions, regular, sample, type Row } from './row.ts'

const number = (value: number, like: NdArray): NdArray =>
  fill(makeAval(like.shape, like.dtype), () => value)

const integer = (value: number): NdArray => fill(makeAval([], 'int32'), () => value)

/** x ↦ x + c below 40 doublings: trips depend on the data. */
const doubled = (x: NdArray): readonly [NdArray, NdArray] =>
  whileLoop(
    ([i]) => lt(i, integer(3)),
    ([i, y]) => [add(i, integer(1)), mul(y, sin(y))],
    [integer(0), x] as readonly [NdArray, NdArray]
  )

const byRule = customJvp((x: NdArray) => sin(x), {
  jvp: ([x]: readonly [NdArray], [dx]: readonly [NdArray]) => [sin(x), mul(dx, cos(x))]
})

const byBackward = customVjp((x: NdArray) => sin(x), {
  fwd: (x: NdArray) => [sin(x), x],
  bwd: (x: NdArray, ct: NdArray) => [mul(ct, cos(x))]
})

const noCallbackDerivative = 'a callback has no derivative: TransformError'
const asItsProgram = 'it is linear when its program is; transposes of programs are met through vjp'
const onlyInside = 'it is bound by the derivative of customVjp alone, and never seen outside it'

/** sqrt(a) as the root of x² = a near 1, by Newton's steps. */
const root = (a: NdArray): NdArray =>
  customRoot(
    (x: NdArray) => sub(square(x), a),
    number(1, a),
    (f, x) => foriLoop(0, 8, (_i, y) => sub(y, div(f(y), mul(number(2, y), y))), x),
    (g, y) => div(y, g(number(1, y)))
  )

/** x with s x = b elementwise. */
const solved = (s: NdArray, b: NdArray): NdArray =>
  customLinearSolve(
    (x: NdArray) => mul(s, x),
    b,
    (_matvec, y) => div(y, s),
    { transposeSolve: (_vecmat, y) => div(y, s) }
  )

/** An integer in the type of x, at every place of it. */
const spread = (i: NdArray, x: NdArray): NdArray =>
  broadcastInDim(convertElementType(i, x.dtype), x.shape, [])

const isMapped = 'vmap replaces it by operations on the mapped axis before anything sees it'

const across = (f: (x: NdArray) => NdArray): ((x: NdArray) => NdArray) =>
  vmap(f, { axisName: 'examples' })

const collective = (
  primitive: string,
  f: (x: NdArray) => NdArray,
  more: Partial<Row> = {}
): Row => ({
  primitive,
  samples: (float) => [
    sample(across(f), regular([3], float)),
    sample(
      across((x) => add(f(x), f(x))),
      regular([2, 3], float)
    )
  ],
  ...more,
  except: { bound: isMapped, ...more.except }
})

/** Rows of control flow, custom rules, callbacks and collectives. */
export const control: readonly Row[] = [
  {
    primitive: 'jit',
    except: { adjoint: asItsProgram },
    samples: (float) => {
      const f = jit((x: NdArray, y: NdArray) => mul(sin(x), y))
      return [
        sample((x, y) => f(x, y), operand([3], float), operand([3], float)),
        sample((x, y) => f(x, y), operand([], float), operand([], float))
      ]
    },
    others: [sample((x) => jit((y: NdArray) => mul(y, y))(x), operand([5], 'int32'))]
  },
  {
    primitive: 'cond',
    except: { adjoint: asItsProgram },
    samples: (float) => [
      sample(
        (p, x) =>
          cond(
            p,
            (y: NdArray) => sin(y),
            (y: NdArray) => mul(y, y),
            x
          ),
        operand([], 'bool'),
        operand([3], float)
      ),
      sample(
        (i, x) =>
          choose(i, [(y: NdArray) => sin(y), (y: NdArray) => exp(y), (y: NdArray) => neg(y)], x),
        positions([], 3),
        operand([2], float)
      )
    ]
  },
  {
    primitive: 'while',
    samples: (float) => [
      { f: (x) => doubled(x), operands: [operand([3], float)] },
      {
        f: (n, x) =>
          whileLoop(
            ([i]) => lt(i, n),
            ([i, y]): readonly [NdArray, NdArray] => [add(i, integer(1)), sin(y)],
            [integer(0), x] as readonly [NdArray, NdArray]
          ),
        operands: [inside([], 4), operand([2], float)]
      }
    ],
    except: {
      adjoint: asItsProgram,
      reverse: 'a loop of unknown length keeps no carries: reverse mode needs { maxTrips }'
    }
  },
  {
    primitive: 'scan',
    except: { adjoint: asItsProgram },
    samples: (float) => [
      {
        f: (c, xs) => {
          const step = (carry: NdArray, x: NdArray): readonly [NdArray, NdArray] => {
            const next = sin(add(carry, x))
            return [next, mul(next, x)]
          }
          return scan(step, c, xs)
        },
        operands: [operand([2], float), operand([3, 2], float)]
      },
      {
        f: (c, w, xs) => {
          const step = (carry: NdArray, x: NdArray): readonly [NdArray, NdArray] => [
            add(mul(carry, w), x),
            carry
          ]
          return scan(step, c, xs, { reverse: true })
        },
        operands: [operand([], float), operand([], float), operand([4], float)]
      },
      {
        f: (x) => {
          const step = (carry: NdArray): readonly [NdArray, NdArray] => [mul(carry, carry), carry]
          return scan(step, x, null, { length: 2, checkpoint: true })
        },
        operands: [operand([2], float)]
      },
      {
        f: (c, xs) => scan((a: NdArray, x: NdArray) => [add(a, x), a] as const, c, xs),
        operands: [operand([2], float), operand([0, 2], float)]
      }
    ]
  },
  {
    primitive: 'checkpoint',
    except: { adjoint: asItsProgram },
    samples: (float) => [
      sample(
        (x, y) => checkpoint((a: NdArray, b: NdArray) => sin(mul(sin(a), b)))(x, y),
        operand([3], float),
        operand([3], float)
      )
    ]
  },
  {
    primitive: 'customJvp',
    except: { adjoint: asItsProgram },
    samples: (float) => [
      sample((x) => byRule(x), operand([3], float)),
      sample((x) => mul(byRule(x), x), operand([], float))
    ]
  },
  {
    primitive: 'customVjp',
    samples: (float) => [
      sample((x) => byBackward(x), operand([3], float)),
      sample((x) => mul(byBackward(x), x), operand([], float))
    ],
    except: { forward: 'a function with its own backward pass has no forward mode' }
  },
  {
    primitive: 'customBackward',
    samples: (float) => [sample((x) => byBackward(x), operand([2, 2], float))],
    except: {
      adjoint: asItsProgram,
      bound: onlyInside,
      forward: 'a function with its own backward pass has no forward mode'
    }
  },
  {
    primitive: 'customLinearSolve',
    linear: [1],
    samples: (float) => [
      sample(solved, regular([3], float, { min: 1, max: 2 }), operand([3], float))
    ]
  },
  {
    primitive: 'customRoot',
    samples: (float) => [sample(root, regular([3], float, { min: 0.5, max: 2 }))]
  },
  {
    primitive: 'debugCallback',
    except: { adjoint: asItsProgram },
    samples: (float) => [
      sample(
        (x) => {
          debug.callback((_seen: NdArray) => {}, x)
          return sin(x)
        },
        operand([3], float)
      )
    ]
  },
  {
    primitive: 'pureCallback',
    samples: (float) => [
      sample(
        (x) =>
          pureCallback<readonly [NdArray], NdArray>(
            (y: NdArray) => fill(makeAval([3], float), (i) => i + y.ndim),
            {
              shape: [3],
              dtype: float
            },
            x
          ),
        operand([3], float)
      )
    ],
    except: {
      derivative: noCallbackDerivative,
      secondDerivative: noCallbackDerivative,
      commute: noCallbackDerivative
    }
  },
  collective('psum', (x) => psum(x, 'examples'), { linear: [0] }),
  collective('pmax', (x) => pmax(x, 'examples')),
  collective('pmin', (x) => pmin(x, 'examples')),
  collective('allGather', (x) => sum(allGather(x, 'examples'), [0]), { linear: [0] }),
  collective('axisIndex', (x) => mul(spread(axisIndex('examples'), x), x))
]
