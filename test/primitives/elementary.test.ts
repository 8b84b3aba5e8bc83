import { describe, expect, test } from 'vitest'
import { expectArray, expectClose } from '../equality.ts'
import { div } from '../../src/primitives/arithmetic.ts'
import { add, type Unary } from '../../src/primitives/elementwise.ts'
import {
  exp,
  exp2,
  expm1,
  log,
  log1p,
  log2,
  logistic,
  pow
} from '../../src/primitives/elementary.ts'
import { acosh, asinh, atanh, cosh, sinh, tanh } from '../../src/primitives/hyperbolic.ts'
import { neg } from '../../src/primitives/negation.ts'
import { acos, asin, atan, atan2, cos, sin, tan } from '../../src/primitives/trigonometry.ts'
import { c128, f32, f64, i32, make, messageOf, values } from './arrays.ts'

const [NAN, INF, PI] = [NaN, Infinity, Math.PI]

/** Values from the definitions of the functions, exact or to 16 digits (DLMF 4.2–4.37). */
const table: readonly (readonly [Unary, readonly (readonly [x: number, y: number])[]])[] = [
  [
    exp,
    [
      [0, 1],
      [1, Math.E],
      [-INF, 0],
      [INF, INF],
      [NAN, NAN]
    ]
  ],
  [
    exp2,
    [
      [3, 8],
      [-1, 0.5],
      [0.5, Math.SQRT2],
      [-INF, 0]
    ]
  ],
  [
    expm1,
    [
      [0, 0],
      [-0, -0],
      [1e-20, 1e-20],
      [-INF, -1],
      [1, Math.E - 1]
    ]
  ],
  [
    log,
    [
      [1, 0],
      [Math.E, 1],
      [0, -INF],
      [-0, -INF],
      [-1, NAN],
      [INF, INF]
    ]
  ],
  [
    log2,
    [
      [8, 3],
      [2 ** -1074, -1074],
      [0, -INF],
      [-1, NAN]
    ]
  ],
  [
    log1p,
    [
      [0, 0],
      [-0, -0],
      [1e-20, 1e-20],
      [-1, -INF],
      [-2, NAN]
    ]
  ],
  [
    logistic,
    [
      [0, 0.5],
      [INF, 1],
      [-INF, 0],
      [-800, 0],
      [-40, 4.248354255291589e-18]
    ]
  ],
  [
    sin,
    [
      [0, 0],
      [-0, -0],
      [PI / 6, 0.5],
      [INF, NAN]
    ]
  ],
  [
    cos,
    [
      [0, 1],
      [PI / 3, 0.5],
      [INF, NAN]
    ]
  ],
  [
    tan,
    [
      [0, 0],
      [PI / 4, 1],
      [INF, NAN]
    ]
  ],
  [
    asin,
    [
      [0.5, PI / 6],
      [-1, -PI / 2],
      [1.5, NAN]
    ]
  ],
  [
    acos,
    [
      [0.5, PI / 3],
      [1, 0],
      [-1, PI],
      [1.5, NAN]
    ]
  ],
  [
    atan,
    [
      [1, PI / 4],
      [INF, PI / 2],
      [-0, -0]
    ]
  ],
  [
    sinh,
    [
      [0, 0],
      [Math.LN2, 0.75],
      [-INF, -INF]
    ]
  ],
  [
    cosh,
    [
      [0, 1],
      [Math.LN2, 1.25],
      [-INF, INF]
    ]
  ],
  [
    tanh,
    [
      [0, 0],
      [Math.LN2, 0.6],
      [INF, 1],
      [-0, -0]
    ]
  ],
  [
    asinh,
    [
      [0.75, Math.LN2],
      [-0, -0],
      [-INF, -INF]
    ]
  ],
  [
    acosh,
    [
      [1.25, Math.LN2],
      [1, 0],
      [0.5, NAN]
    ]
  ],
  [
    atanh,
    [
      [0.6, Math.LN2],
      [1, INF],
      [-1, -INF],
      [2, NAN]
    ]
  ]
]

describe('elementary functions', () => {
  test.each(table.map(([f, rows]) => [f.primitive.name, f, rows] as const))(
    '%s has its textbook values',
    (_name, f, rows) => {
      const [x, y] = [f64(...rows.map(([a]) => a)), f64(...rows.map(([, b]) => b))]
      expectClose(f(x), y, { rtol: 1e-15, atol: 1e-16 })
      const zeros = rows.filter(([, b]) => Object.is(b, -0)).map(([a]) => a)
      expect(values(f(f64(...zeros))).every((v) => Object.is(v, -0))).toBe(true)
    }
  )

  test.each(table.map(([f]) => [f.primitive.name, f] as const))(
    '%s of a complex number with imaginary part 0 is that of the real one',
    (_name, f) => {
      const x = f === acosh ? 1.5 : 0.5
      expectClose(f(c128(x, 0)), c128(values(f(f64(x)))[0], 0), { rtol: 1e-14, atol: 1e-15 })
    }
  )

  test.each(table.map(([f]) => [f.primitive.name, f] as const))(
    '%s computes float32 and narrower types with one rounding, and takes no integers',
    (_name, f) => {
      const x = f === acosh ? 1.5 : 0.5
      const [y] = values(f(f64(x)))
      for (const dtype of ['float32', 'float16', 'bfloat16'] as const)
        expectArray(f(make(dtype, [x])), make(dtype, [y]))
      expect(() => f(i32(1))).toThrow('not defined for this element type')
    }
  )

  test('obey Euler: e^(iπ) + 1 = 0 and cos z + i sin z = e^(iz)', () => {
    expectClose(add(exp(c128(0, PI)), c128(1, 0)), c128(0, 0), { atol: 2e-16 })
    const z = c128(0.3, -0.7)
    const [c, s] = [values(cos(z)), values(sin(z))]
    expectClose(exp(c128(0.7, 0.3)), c128(c[0] - s[1], c[1] + s[0]), { rtol: 1e-14 })
  })

  test('have complex inverses', () => {
    const z = c128(0.3, -0.7, -1.5, 0.25)
    for (const [f, inverse] of [
      [sin, asin],
      [cos, acos],
      [tan, atan],
      [sinh, asinh],
      [cosh, acosh],
      [tanh, atanh],
      [exp, log],
      [expm1, log1p]
    ] as const)
      expectClose(f(inverse(z)), z, { rtol: 1e-13 })
    expectClose(logistic(z), div(c128(1, 0, 1, 0), add(c128(1, 0, 1, 0), exp(neg(z)))), {
      rtol: 1e-14
    })
    expectClose(log2(exp2(z)), z, { rtol: 1e-14 })
  })
})

describe('atan2', () => {
  test('knows quadrants and signed zeros', () => {
    expectClose(
      atan2(f64(1, 1, -1, -1), f64(1, -1, -1, 1)),
      f64(PI / 4, (3 * PI) / 4, (-3 * PI) / 4, -PI / 4)
    )
    expectArray(atan2(f64(0, -0, 0, -0), f64(0, 0, -0, -0)), f64(0, -0, PI, -PI))
  })
})

describe('pow', () => {
  test('has the corners of IEEE 754', () => {
    const x = f64(0, 0, -2, -2, -8, 1, INF, 2, NAN, -1, -0, -0)
    const y = f64(0, -1, 3, 0.5, 1 / 3, NAN, 0, -INF, 0, INF, -1, 3)
    expectArray(pow(x, y), f64(1, INF, -8, NAN, NAN, 1, 1, 0, 1, 1, -INF, -0))
  })

  test('takes integer exponents', () => {
    expectArray(pow(f32(2, -3, 0), i32(-2, 3, 0)), f32(0.25, -27, 1))
    expectArray(pow(f64(-1), make('uint32', [2 ** 32 - 1])), f64(-1))
    expectClose(pow(c128(0, 1), i32(3)), c128(0, -1), { atol: 1e-15 })
  })

  test('of complex numbers is the principal value: i^i = e^(−π/2)', () => {
    expectClose(pow(c128(0, 1), c128(0, 1)), c128(Math.exp(-PI / 2), 0), { rtol: 1e-15 })
  })

  test('says which exponents it takes', () => {
    expect(messageOf(() => pow(f32(2), f64(2)))).toMatchInlineSnapshot(`
      "pow: the exponent has another element type than the base
        got:      base float32, exponent float64
        expected: float32, or any integer type
        hint:     np.power promotes both"
    `)
    expect(() => pow(i32(2), i32(2))).toThrow('not defined for this element type')
    expect(() => pow(f32(2, 3), i32(2))).toThrow('different shapes')
  })
})
