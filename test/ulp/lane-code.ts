/** Vector code of one function, compiled alone and run over arrays. */
import { compileModule, type EngineProfile } from '../../src/backend/cpu/engine/engine.ts'
import {
  laneMath,
  type LaneMath,
  type Lanes
} from '../../src/backend/cpu/values/elementary/lanes.ts'
import type { FloatType } from '../../src/backend/cpu/values/vector.ts'
import { createConstantPool, type ConstantPool } from '../../src/backend/cpu/wasm/constant-pool.ts'
import { createModule } from '../../src/backend/cpu/wasm/module.ts'
import { wasm, type WasmMemory } from '../../src/backend/cpu/wasm/runtime.ts'

export type Emit = (m: LaneMath, x: Lanes, y: Lanes) => Lanes
type Floats = Float32Array | Float64Array

/** Where `run` finds its operands, and leaves its results. */
export interface LaneCode {
  readonly x: Floats
  readonly y: Floats
  readonly result: Floats
  /** Computes all results from all operands. */
  readonly run: () => void
}

const PAGE = 65536
const POOL = 16384

/** Arrays of `count` elements; two vectors lie side by side, as in a kernel. */
export const compileLanes = (
  profile: EngineProfile,
  dtype: FloatType,
  emit: Emit,
  count: number,
  pooled = profile.compiler === 'turboshaft'
): LaneCode => {
  const bytes = dtype === 'float32' ? 4 : 8
  const size = count * bytes
  const memory: WasmMemory = new wasm.Memory({ initial: Math.ceil((3 * size + POOL) / PAGE) + 1 })
  const constants: ConstantPool | undefined = pooled
    ? createConstantPool(memory, 3 * size, POOL)
    : undefined
  const module = createModule({ initial: 1 }, constants)
  const run = module.define({ params: ['i32'], results: [] }, (f, address) => {
    const m = laneMath({ f, module, profile }, dtype)
    const load = (offset: number): Lanes =>
      [0, 16].map((at) => {
        const vector = f.local('v128')
        f.get(address)
          .memory('v128.load', offset + at)
          .set(vector)
        return vector
      })
    f.while(
      () => f.get(address).i32(size).op('i32.lt_u'),
      () => {
        emit(m, load(0), load(size)).forEach((vector, i) =>
          f
            .get(address)
            .get(vector)
            .memory('v128.store', 2 * size + 16 * i)
        )
        f.increment(address, 32)
      }
    )
  })
  module.export('run', run)
  const { exports } = new wasm.Instance(
    compileModule(module.build(), profile, { optimised: true }),
    { env: { memory } }
  )
  const view = (at: number): Floats =>
    dtype === 'float32'
      ? new Float32Array(memory.buffer, at * size, count)
      : new Float64Array(memory.buffer, at * size, count)
  return { x: view(0), y: view(1), result: view(2), run: () => void exports.run(0) }
}
