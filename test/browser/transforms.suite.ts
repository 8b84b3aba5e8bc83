import { grad, jit, np, vmap, type NdArray } from 'cotangent'
import { expectClose, type Suite } from './suite.ts'

/** d/dx sin(x) x² = cos(x) x² + 2 x sin(x). */
const f = (x: NdArray): NdArray => np.multiply(np.sin(x), np.square(x))
const derivative = (x: number): number => Math.cos(x) * x * x + 2 * x * Math.sin(x)

export const suite: Suite = {
  'the page is cross-origin isolated, so that workers can share memory': () => {
    if (!globalThis.crossOriginIsolated) throw new Error('SharedArrayBuffer is missing')
  },

  'grad differentiates': () => {
    expectClose([grad(f)(1.5).item()], [derivative(1.5)])
  },

  'jit computes what its function does, first and second call': () => {
    const compiled = jit(grad(f))
    expectClose([compiled(1.5).item(), compiled(2).item()], [derivative(1.5), derivative(2)])
  },

  'vmap of grad maps over an array': async () => {
    const xs = np.array([0.5, 1, 1.5])
    const values = await vmap(grad(f))(xs).data()
    expectClose([...values], [0.5, 1, 1.5].map(derivative))
  },

  'a large operation agrees with arithmetic': () => {
    const total = jit((n: NdArray) => np.sum(np.multiply(np.ones([1000, 1000]), n)))
    expectClose([total(2).item()], [2_000_000])
  }
}
