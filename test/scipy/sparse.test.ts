/** Iterative solutions against those of np.linalg.solve, and their derivatives against its. */
import { describe, expect, test } from 'vitest'
import { grad, jit, np, random, vmap, type NdArray } from 'cotangent'
import { sparse } from 'cotangent/scipy'
import { message } from '../core/message.ts'

const { bicgstab, cg } = sparse.linalg
const normal = (seed: number, shape: readonly number[]): NdArray =>
  random.normal(random.key(seed), shape, { dtype: 'float64' })
const n = 12
const general = normal(0, [n, n])
  .mul(0.2)
  .add(np.eye(n, { dtype: 'float64' }))
const symmetric = np.matmul(general, general.T)
const b = normal(1, [n])
const exact = { tol: 1e-13 }
const near = (x: NdArray, y: NdArray, atol = 1e-9): void =>
  expect(np.max(np.abs(np.sub(x, y))).item()).toBeLessThan(atol)

describe.each([
  ['cg', cg, symmetric],
  ['bicgstab', bicgstab, general]
] as const)('%s', (_name, solve, a) => {
  const direct = np.linalg.solve(a, b)

  test('solves, with a matrix or a function, eager and compiled', () => {
    near(solve(a, b, exact)[0], direct)
    const times = (x: NdArray): NdArray => np.matmul(a, x)
    near(jit((b: NdArray) => solve(times, b, exact)[0])(b), direct)
  })

  test('ends where the residual is small, and begins where it is told', () => {
    near(np.matmul(a, solve(a, b, { tol: 1e-2 })[0]), b, 0.1)
    near(solve(a, b, { x0: direct, maxiter: 0 })[0], direct, 1e-15)
    near(solve(a, np.zeros([n], { dtype: 'float64' }))[0], np.zeros([n]), 1e-15)
  })

  test('takes an approximation of the inverse', () => {
    const one = { tol: 1e-9, maxiter: 1, M: np.linalg.inv(a) }
    near(solve(a, b, one)[0], direct, 1e-6)
  })

  test('has the derivatives of the solution', () => {
    const f = (s: (a: NdArray, b: NdArray) => NdArray) => (a: NdArray, b: NdArray) =>
      np.sum(np.sin(s(a, b)))
    const by = { argnums: [0, 1] } as const
    const [da, db] = jit(
      grad(
        f((a, b) => solve(a, b, exact)[0]),
        by
      )
    )(a, b)
    const [ea, eb] = grad(f(np.linalg.solve), by)(a, b)
    near(da, ea)
    near(db, eb)
  })

  test('solves several at once', () => {
    const many = normal(2, [3, n])
    near(vmap((b: NdArray) => solve(a, b, exact)[0])(many), np.linalg.solve(a, many.T).T)
  })

  test('takes trees', () => {
    const [x] = solve(
      (v: { readonly p: NdArray; readonly q: NdArray }) => ({ p: v.p.mul(2), q: v.q.mul(4) }),
      { p: np.array([2, 4]), q: np.array(8) }
    )
    near(x.p, np.array([1, 2]), 1e-5)
    near(x.q, np.array(2), 1e-5)
  })
})

test('a matrix that is none is named', () => {
  expect(message(() => cg(np.ones([2]), np.ones([2])))).toMatchInlineSnapshot(`
    "ValueError cg: the operator is neither a matrix nor a function
      got:      an array of rank 1
      expected: an array [n, n], or a function from a vector to its product
      hint:     vmap solves several systems at once"
  `)
})
