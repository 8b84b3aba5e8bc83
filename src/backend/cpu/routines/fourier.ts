/** Room for Fourier transforms in a WebAssembly memory, and the compiled stages that run there. */
import { settings } from '../../../core/config.ts'
import type { StageRoom } from '../../../core/dense/fft-lines.ts'
import type { Complexes, MixedRadixPlan } from '../../../core/dense/fft-plan.ts'
import { stage } from '../../../core/dense/fft-stage.ts'
import { keepRoom } from '../../../core/keep-room.ts'
import { compileModule, detectProfile } from '../engine/engine.ts'
import { isCompiled, stageName, stagesModule } from './fourier-code.ts'
import { wasm, type WasmModule } from '../wasm/runtime.ts'

const PAGE = 65536

let module: WasmModule | null = null

/** Nothing in it depends on the profile; the flag that compiles it well at once is worth having. */
const compiled = (): WasmModule => {
  const { engineFlags } = settings()
  const profile = detectProfile({ deterministic: true, engineFlags })
  module ??= compileModule(stagesModule(), profile, { optimised: true, engineFlags })
  return module
}

/** Twice `size` complex numbers, then the roots of the plan that was asked for last. */
const createRoom = (size: number): ((plan: MixedRadixPlan) => StageRoom) => {
  const bytes = 8 * size
  const memory = new wasm.Memory({ initial: Math.ceil((6 * bytes) / PAGE) })
  const { exports } = new wasm.Instance(compiled(), { env: { memory } })
  const numbers = (at: number): Float64Array =>
    new Float64Array(memory.buffer as ArrayBuffer, at, size) // it is not shared
  const complexes = (at: number): Complexes => ({ re: numbers(at), im: numbers(at + bytes) })
  const [first, second] = [complexes(0), complexes(2 * bytes)]
  const [cos, sin] = [numbers(4 * bytes), numbers(5 * bytes)]
  let loaded: MixedRadixPlan | null = null
  const room: StageRoom = {
    first,
    second,
    stage: (radix, fromFirst, shape) => {
      if (!isCompiled(radix))
        return stage(radix, fromFirst ? first : second, fromFirst ? second : first, shape)
      const { m, s, t } = shape
      const [x, y] = fromFirst ? [0, 2 * bytes] : [2 * bytes, 0]
      exports[stageName(radix, m === 1)](x, y, bytes, 4 * bytes, 5 * bytes, m, s, t)
    }
  }
  return (plan) => {
    if (loaded !== plan) {
      cos.set(plan.cos)
      sin.set(plan.sin)
      loaded = plan
    }
    return room
  }
}

/** Small rooms are one: a page of each kind of number. */
const least = PAGE / 8

const roomOf = keepRoom((size) => createRoom(2 ** Math.ceil(Math.log2(Math.max(size, least)))))

/** Room for `lines` lines under a plan, and stages compiled where the radix is a common one. */
export const stageRoom = (plan: MixedRadixPlan, lines: number): StageRoom =>
  roomOf(plan.n * lines)(plan)
