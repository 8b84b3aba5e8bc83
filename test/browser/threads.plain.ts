import { config, explain, jit, np, type NdArray } from 'cotangent'
import { expectClose, type Suite } from './suite.ts'

const f = (x: NdArray): NdArray => np.add(np.multiply(x, 2), 1)

export const suite: Suite = {
  'a page that may not share memory computes on one thread, and explain says why': async () => {
    if (globalThis.crossOriginIsolated) throw new Error('the page is isolated')
    config({ threads: 4, threadThreshold: 0 })
    const x = np.array([1, 2, 3])
    expectClose([...(await jit(f)(x).data())], [3, 5, 7])
    const report = explain(f)(x)
    const { wanted, ready, problem } = report.threads
    if (wanted !== 4 || ready !== 0) throw new RangeError(`${ready} workers run`)
    if (!problem.includes('cross-origin isolated')) throw new RangeError(problem)
    if (!String(report).includes('threads: 1 of 4')) throw new RangeError(String(report))
  }
}
