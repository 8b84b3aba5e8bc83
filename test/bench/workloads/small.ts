/** What one small operation costs: launches, not arithmetic. */
import { grad, jit, np, type NdArray } from 'cotangent'
import { numbers } from '../data.ts'
import type { Prepared, Workloads } from '../party.ts'

const times =
  (repeat: number, body: () => unknown): Prepared['run'] =>
  () => {
    for (let i = 0; i < repeat; i++) body()
  }

const f = (x: NdArray): NdArray => np.sin(x).mul(np.square(x))

const scalar = (g: (x: NdArray) => NdArray, repeat: number): Prepared => {
  const x = np.array(1.3)
  return { repeat, run: times(repeat, () => g(x)), check: () => [g(x).item()] }
}

export const small: Workloads = {
  add10: () => {
    const [a, b] = [np.array(numbers(10, 1)), np.array(numbers(10, 2))]
    const repeat = 10_000
    return {
      repeat,
      run: times(repeat, () => np.add(a, b)),
      check: () => Array.from(np.add(a, b).toTypedArray() as Float32Array)
    }
  },
  gradScalar: () => scalar(grad(f), 1000),
  gradScalarJit: () => scalar(jit(grad(f)), 10_000)
}
