import { describe, expect, test } from 'vitest'
import { none, some, type Option } from 'fp-ts/lib/Option.js'
import '../../src/install.ts'
import { fromHost, makeAval, scalar, type NdArray } from '../../src/core/array.ts'
import { jit } from '../../src/control/jit.ts'
import * as lax from '../../src/lax/index.ts'
import { jvp } from '../../src/transforms/jvp.ts'
import { grad, valueAndGrad, vjp } from '../../src/transforms/vjp.ts'
import { vmap } from '../../src/transforms/vmap.ts'
import { array, number, values } from '../control/arrays.ts'

const cube = (x: NdArray): NdArray => lax.mul(x, lax.mul(x, x))
const square = (x: NdArray): NdArray => lax.mul(x, x)
const total = (x: NdArray): NdArray =>
  lax.reduceSum(
    x,
    x.shape.map((_, i) => i)
  )

describe('grad', () => {
  test('composes with itself: x³, 3x², 6x, 6, 0', () => {
    const derivatives = [cube, grad(cube), grad(grad(cube)), grad(grad(grad(cube)))]
    expect(derivatives.map((f) => values(f(number(2)))[0])).toEqual([8, 12, 12, 6])
    expect(values(grad(grad(grad(grad(cube))))(number(2)))).toEqual([0])
  })

  test('takes numbers, which are weak float32 scalars', () => {
    const slope = grad(square)(3)
    expect([slope.dtype, slope.shape, values(slope)]).toEqual(['float32', [], [6]])
  })

  test('composes with jit and vmap in any order', () => {
    const xs = array([1, 2, 3])
    const twice = grad(grad(cube))
    expect(values(jit(vmap(twice))(xs))).toEqual([6, 12, 18])
    expect(values(vmap(jit(twice))(xs))).toEqual([6, 12, 18])
    expect(values(vmap(grad(jit(grad(jit(cube)))))(xs))).toEqual([6, 12, 18])
    expect(values(jit(jit(vmap(jit(twice))))(xs))).toEqual([6, 12, 18])
  })

  test('of a batched function is the batch of gradients', () => {
    const xs = array([1, 2, 3])
    expect(values(grad((x: NdArray) => total(vmap(cube)(x)))(xs))).toEqual([3, 12, 27])
    expect(values(vmap(grad(cube))(xs))).toEqual([3, 12, 27])
  })

  test('of a gradient norm differentiates twice with a vector inside', () => {
    // |∇ Σx³|² = 9 Σx⁴, with the derivative 36 x³.
    const norm = (x: NdArray): NdArray => total(square(grad((y: NdArray) => total(cube(y)))(x)))
    expect(values(grad(norm)(array([1, 2])))).toEqual([36, 288])
    expect(values(jit(grad(norm))(array([1, 2])))).toEqual([36, 288])
  })

  test('of a constant is zero', () => {
    expect(values(grad((_x: NdArray) => number(3))(array([1, 2])))).toEqual([0, 0])
  })

  test('keeps inner and outer variables apart', () => {
    // d/dx [x · d/dy (x + y)] = 1: the inner derivative does not see the outer variable.
    const confused = (x: NdArray): NdArray =>
      lax.mul(x, grad((y: NdArray) => lax.add(x, y))(number(1)))
    expect(values(grad(confused)(number(1)))).toEqual([1])
  })
})

describe('argnums', () => {
  const f = (x: NdArray, y: NdArray): NdArray => lax.mul(square(x), y)
  const [x, y] = [number(3), number(5)]

  test('is the first argument by default', () => {
    expect(values(grad(f)(x, y))).toEqual([30])
  })
  test('names one argument', () => {
    expect(values(grad(f, { argnums: 1 })(x, y))).toEqual([9])
  })
  test('counts from the end when negative', () => {
    expect(values(grad(f, { argnums: -1 })(x, y))).toEqual([9])
  })
  test('gives a list for a list', () => {
    const both = grad(f, { argnums: [1, 0] })(x, y)
    expect(both.map(values)).toEqual([[9], [30]])
    expect(grad(f, { argnums: [1] })(x, y).map(values)).toEqual([[9]])
  })
})

describe('hasAux', () => {
  const f = (x: NdArray): readonly [NdArray, { readonly twice: NdArray }] => [
    square(x),
    { twice: lax.add(x, x) }
  ]

  test('passes the rest of the result through', () => {
    const [slope, aux] = grad(f, { hasAux: true })(number(3))
    expect([values(slope), values(aux.twice)]).toEqual([[6], [6]])
  })
  test('stands beside the value in valueAndGrad', () => {
    const [[value, aux], slope] = valueAndGrad(f, { hasAux: true })(number(3))
    expect([values(value), values(aux.twice), values(slope)]).toEqual([[9], [6], [6]])
  })
  test('works inside jit and vmap, and its own values can be differentiated again', () => {
    const all = jit(vmap(valueAndGrad(f, { hasAux: true })))
    const [[value, aux], slope] = all(array([1, 2]))
    expect([values(value), values(aux.twice), values(slope)]).toEqual([
      [1, 4],
      [2, 4],
      [2, 4]
    ])
    expect(values(grad((x: NdArray) => grad(f, { hasAux: true })(x)[1].twice)(number(1)))).toEqual([
      2
    ])
  })
})

describe('types of arguments', () => {
  test('integers get zeros when they are allowed', () => {
    const mixed = (p: { readonly w: NdArray; readonly n: NdArray }): NdArray =>
      lax.mul(p.w, lax.convertElementType(p.n, 'float64'))
    const n = scalar(4, 'int32')
    const slope = grad(mixed, { allowInt: true })({ w: number(3), n })
    expect([values(slope.w), values(slope.n), slope.n.dtype]).toEqual([[4], [0], 'int32'])
  })

  test('complex arguments of a holomorphic function: (z²)′ = 2z', () => {
    const z = fromHost(makeAval([], 'complex128'), Float64Array.of(1, 2))
    const slope = grad(square, { holomorphic: true })(z)
    expect([slope.dtype, values(slope)]).toEqual(['complex128', [2, 4]])
  })

  test('float32 stays float32, and bfloat16 bfloat16', () => {
    for (const dtype of ['float32', 'bfloat16', 'float16'] as const)
      expect(grad(square)(scalar(3, dtype)).dtype).toBe(dtype)
  })
})

describe('trees', () => {
  interface Params {
    readonly layers: readonly [NdArray, NdArray]
    readonly bias?: NdArray
    readonly scale: Option<NdArray>
  }
  const f = ({ layers: [a, b], bias, scale }: Params): NdArray => {
    const y = lax.mul(a, b)
    const shifted = bias === undefined ? y : lax.add(y, square(bias))
    return scale._tag === 'None' ? shifted : lax.mul(shifted, scale.value)
  }

  test('gradients have the structure of the parameters', () => {
    const g = grad(f)({ layers: [number(2), number(3)], bias: number(4), scale: some(number(5)) })
    expect(g.layers.map(values)).toEqual([[15], [10]])
    expect(g.bias === undefined ? null : values(g.bias)).toEqual([40])
    expect(g.scale._tag === 'Some' ? values(g.scale.value) : null).toEqual([22])
  })

  test('what is absent stays absent', () => {
    const g = grad(f)({ layers: [number(2), number(3)], scale: none })
    expect(g.layers.map(values)).toEqual([[3], [2]])
    expect('bias' in g).toBe(false)
    expect(g.scale).toEqual(none)
  })

  test('a jitted gradient of a tree', () => {
    const g = jit(grad(f))({ layers: [number(2), number(3)], scale: none })
    expect(g.layers.map(values)).toEqual([[3], [2]])
  })
})

describe('vjp', () => {
  test('pulls cotangents of a tree of results back', () => {
    const [out, pull] = vjp(
      (x: NdArray, y: NdArray) => ({ sum: lax.add(x, y), product: lax.mul(x, y) }),
      [number(2), number(3)]
    )
    expect([values(out.sum), values(out.product)]).toEqual([[5], [6]])
    expect(pull({ sum: number(1), product: number(10) }).map(values)).toEqual([[31], [21]])
    expect(pull({ sum: number(0), product: number(1) }).map(values)).toEqual([[3], [2]])
  })

  test('is transposed jvp: ⟨ct, J dx⟩ = ⟨Jᵀ ct, dx⟩', () => {
    const f = (x: NdArray): NdArray => lax.sin(cube(x))
    const [x, dx, ct] = [array([0.5, 1]), array([2, -1]), array([3, 4])]
    const [, forward] = jvp(f, [x], [dx])
    const [, pull] = vjp(f, [x])
    const left = values(total(lax.mul(ct, forward)))[0]
    expect(values(total(lax.mul(pull(ct)[0], dx)))[0]).toBeCloseTo(left, 12)
  })

  test('is differentiated forward: the derivative of x ↦ 3x² is 6x', () => {
    const pulled = (x: NdArray): NdArray => vjp(cube, [x])[1](number(1))[0]
    expect(values(jvp(pulled, [number(2)], [number(1)])[1])).toEqual([12])
    expect(values(jit((x: NdArray) => jvp(pulled, [x], [number(1)])[1])(number(2)))).toEqual([12])
  })

  test('can be batched over cotangents: the rows of a Jacobian', () => {
    const [, pull] = vjp(square, [array([1, 2])])
    const rows = vmap((ct: NdArray) => pull(ct)[0])(array([1, 0, 0, 1], [2, 2]))
    expect(values(rows)).toEqual([2, 0, 0, 4])
  })
})
