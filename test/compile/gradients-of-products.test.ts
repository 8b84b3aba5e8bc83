/** What the gradients of products become: products that lie as their parameters do. */
import { describe, expect, test } from 'vitest'
import { explain, grad, makeJaxpr, nn, np, type NdArray } from 'cotangent'

const layer = (w: NdArray, x: NdArray, b: NdArray): NdArray =>
  np.sum(np.square(nn.relu(np.matmul(x, w).add(b))))

const weights = np.ones([24, 16])
const inputs = np.ones([32, 24])
const bias = np.zeros([16])

describe('the gradient of a matrix product', () => {
  const primitives = (argnums: 0 | 1, f: (x: NdArray, y: NdArray) => NdArray): readonly string[] =>
    makeJaxpr(grad((x: NdArray, y: NdArray) => np.sum(f(x, y).mul(2)), { argnums }))(
      np.ones([4, 3]),
      np.ones([3, 4])
    ).jaxpr.equations.map((e) => e.primitive.name)

  test.each([0, 1] as const)('by operand %s is not transposed afterwards', (argnums) => {
    expect(primitives(argnums, np.matmul)).toContain('dotGeneral')
    expect(primitives(argnums, np.matmul)).not.toContain('transpose')
  })

  test('takes in the update of the parameter', () => {
    const step = (w: NdArray): NdArray => w.sub(grad(layer)(w, inputs, bias).mul(0.1))
    const products = explain(step)(weights).kernels.filter((k) => k.kind === 'contraction')
    expect(products).toHaveLength(2)
    expect(explain(step)(weights).kernels.at(-1)?.kind).toBe('contraction')
  })
})

describe('the gradient of relu', () => {
  test('looks at the result, so that what went in is not stored', () => {
    const loss = (w: NdArray, v: NdArray): NdArray =>
      np.sum(np.square(np.matmul(nn.relu(np.matmul(inputs, w).add(bias)), v)))
    const { kernels } = explain(grad(loss))(weights, np.ones([16, 8]))
    expect(kernels.map((k) => k.kind)).toEqual(Array(4).fill('contraction'))
  })
})
