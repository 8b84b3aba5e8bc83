/** Tries a profile on a small matrix product: is it right, and how fast? */

import type { EngineProfile } from './engine.ts'
import { emitGemm } from '../product/gemm.ts'
import { createModule } from '../wasm/module.ts'
import { wasm } from '../wasm/runtime.ts'
import type { WasmModule } from '../wasm/runtime.ts'

/** Sizes that fill whole tiles and leave edges. */
const [M, N, K] = [61, 75, 67]
/** The first is the one whose time counts. */
const PATHS = ['packed', 'direct'] as const
const RUNS = 8

const elementA = (i: number, k: number): number => ((7 * i + 3 * k) % 9) - 4
const elementB = (k: number, j: number): number => ((5 * k + 11 * j) % 7) - 3

/**
 * Milliseconds of the fastest of a few packed products, or none if a product is wrong or does not compile. The
 * operands are small integers, so the right result is exact.
 */
export const probeProduct = (
  profile: EngineProfile,
  compile: (bytes: Uint8Array<ArrayBuffer>) => WasmModule
): number | undefined => {
  const memory = new wasm.Memory({ initial: 8 })
  const heap = new Float32Array(memory.buffer)
  const module = createModule({ initial: 1 })
  for (const path of PATHS)
    module.export(path, emitGemm(module, { dtype: 'float32', profile, path }))
  const [a, b, c, workspace] = [16, 8192, 16384, 32768]
  for (let i = 0; i < M; i++) for (let k = 0; k < K; k++) heap[a + i * K + k] = elementA(i, k)
  for (let k = 0; k < K; k++) for (let j = 0; j < N; j++) heap[b + k * N + j] = elementB(k, j)
  try {
    const { exports } = new wasm.Instance(compile(module.build()), { env: { memory } })
    const times = PATHS.map((path) => {
      heap.fill(0, c, c + M * N)
      let best = Infinity
      for (let run = 0; run < RUNS; run++) {
        const start = performance.now()
        exports[path](M, N, K, 4 * a, K, 1, 4 * b, N, 1, 4 * c, N, 4 * workspace, 0)
        best = Math.min(best, performance.now() - start)
      }
      for (let i = 0; i < M; i++)
        for (let j = 0; j < N; j++) {
          let expected = 0
          for (let k = 0; k < K; k++) expected += elementA(i, k) * elementB(k, j)
          if (heap[c + i * N + j] !== expected) return undefined
        }
      return best
    })
    return times.includes(undefined) ? undefined : times[0]
  } catch {
    return undefined // an engine that rejects the module does not get the profile
  }
}
