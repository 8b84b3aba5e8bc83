import { config, explain, jit, np, type NdArray } from 'cotangent'
import { expectClose, type Suite } from './suite.ts'

const f = (x: NdArray): NdArray => np.tanh(np.multiply(x, 0.5))
const xs = Array.from({ length: 3000 }, (_, i) => (i % 7) - 3)
const expected = xs.map((x) => Math.tanh(x / 2))

/** Lets the browser do what it does between tasks; workers start there. */
const turn = (): Promise<void> =>
  new Promise((done) => {
    setTimeout(done, 10)
  })

export const suite: Suite = {
  'a page that may share memory has the threads that it asks for, and they compute': async () => {
    const before = config({ threads: 2, threadThreshold: 0 })
    try {
      const compiled = jit(f)
      const x = np.array(xs)
      const threads = () => explain(f)(x).threads
      const end = performance.now() + 20_000
      while (threads().tiles === 0 && performance.now() < end) {
        expectClose([...(await compiled(x).data())], expected)
        await turn()
      }
      const { wanted, ready, kernels, tiles, problem } = threads()
      if (wanted !== 2 || ready !== 1 || kernels === 0 || tiles === 0 || problem !== '')
        throw new RangeError(`no worker computed: ${JSON.stringify(threads())}`)
      expectClose([...(await compiled(x).data())], expected)
    } finally {
      config(before)
    }
  }
}
