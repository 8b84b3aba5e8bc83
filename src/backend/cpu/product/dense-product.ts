/**
 * The innermost loops of factorisations: four packed rows times all packed columns, in float64.
 * Without fused multiply-add the bits are those of core/dense's own loops.
 */
import type { PanelProduct } from '../../../core/dense/product.ts'
import { settings } from '../../../core/config.ts'
import { compileModule, detectProfile, type EngineProfile } from '../engine/engine.ts'
import { multiplyAdd, VECTOR } from '../values/vector.ts'
import type { Local } from '../wasm/function.ts'
import { createModule } from '../wasm/module.ts'
import { wasm } from '../wasm/runtime.ts'

const ROWS = 4
const COLUMNS = 4
const PAGE = 65536

/** `panel(a, b, sums, depth, tiles)`: addresses, steps of the inner dimension, columns / 4. */
const moduleFor = (profile: EngineProfile): Uint8Array<ArrayBuffer> => {
  const module = createModule({ initial: 1 })
  const type = VECTOR.float64
  const panel = module.define(
    { params: ['i32', 'i32', 'i32', 'i32', 'i32'], results: [] },
    (f, a, b, sums, depth, tiles) => {
      const acc = Array.from({ length: ROWS }, () => f.locals('v128', 2))
      const columns = f.locals('v128', 2)
      const row = f.local('v128')
      const [left, at] = [f.local('i32'), f.local('i32')]
      f.loop((again) => {
        for (const v of acc.flat()) f.f64x2(0).set(v)
        f.get(depth).set(left).get(a).set(at)
        f.loop((next) => {
          columns.forEach((v, j) =>
            f
              .get(b)
              .memory('v128.load', 16 * j)
              .set(v)
          )
          acc.forEach((vectors, i) => {
            f.get(at)
              .memory('v128.load64_splat', 8 * i)
              .set(row)
            vectors.forEach((sum, j) => multiplyAdd(f, type, profile, row, columns[j], sum))
          })
          f.increment(at, 8 * ROWS).increment(b, 8 * COLUMNS)
          f.increment(left, -1).get(left).brIf(next)
        })
        const store = (v: Local, o: number): void => void f.get(sums).get(v).memory('v128.store', o)
        acc.forEach((vectors, i) => vectors.forEach((v, j) => store(v, 32 * i + 16 * j)))
        f.increment(sums, 8 * ROWS * COLUMNS)
        f.increment(tiles, -1).get(tiles).brIf(again)
      })
    }
  )
  module.export('panel', panel)
  return module.build()
}

const create = (
  profile: EngineProfile,
  engineFlags: boolean
): ((a: number, b: number, sums: number) => PanelProduct) => {
  const memory = new wasm.Memory({ initial: 1 })
  const { exports } = new wasm.Instance(
    compileModule(moduleFor(profile), profile, { optimised: true, engineFlags }),
    { env: { memory } }
  )
  return (a, b, sums) => {
    const missing = 8 * (a + b + sums) - memory.buffer.byteLength
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE))
    const bytes = memory.buffer as ArrayBuffer // it is not shared
    return {
      a: new Float64Array(bytes, 0, a),
      b: new Float64Array(bytes, 8 * a, b),
      sums: new Float64Array(bytes, 8 * (a + b), sums),
      run: (depth, tiles) => void exports.panel(0, 8 * a, 8 * (a + b), depth, tiles)
    }
  }
}

const made = new Map<string, ReturnType<typeof create>>()

/** Room for panels of so many numbers, and the code that multiplies them. */
export const panelProduct = (a: number, b: number, sums: number): PanelProduct => {
  const { deterministic, engineFlags } = settings()
  const key = `${deterministic} ${engineFlags}`
  const known = made.get(key)
  const product = known ?? create(detectProfile({ deterministic, engineFlags }), engineFlags)
  if (known === undefined) made.set(key, product)
  return product(a, b, sums)
}
