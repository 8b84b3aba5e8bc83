/**
 * Where the engine joins two vectors of 128 bits into one of 256, every instruction still does what
 * it does to one. V8 13 got f64x2.neg wrong, which is why that instruction is not in the table.
 */
import { describe, expect, test } from 'vitest'
import { compileModule, detectProfile } from '../../../src/backend/cpu/engine/engine.ts'
import type { FunctionBuilder, Local } from '../../../src/backend/cpu/wasm/function.ts'
import { createModule } from '../../../src/backend/cpu/wasm/module.ts'
import { PLAIN, type PlainInstruction } from '../../../src/backend/cpu/wasm/opcodes.ts'
import { wasm } from '../../../src/backend/cpu/wasm/runtime.ts'

const names = Object.keys(PLAIN) as PlainInstruction[] // the table has no other keys

const unary =
  /\.(not|abs|neg|sqrt|popcnt|ceil|floor|trunc|nearest|trunc_sat_.*|convert_.*|demote_.*|promote_.*|extend_.*)$/
const shift = /\.sh[lr](_[su])?$/
const ternary = /\.(bitselect|relaxed_n?madd)$/
/** A scalar goes in or comes out. */
const scalar = /\.(splat|any_true|all_true|bitmask)$/

const instructions = names.filter((n) => /^(v128|[fi]\d+x)/.test(n) && !scalar.test(n))

/** Bytes of the operands, and where results go. */
const [second, results, bytes] = [128, 256, 64]

/** Pushes the instruction applied to two vectors. */
const apply = (f: FunctionBuilder, op: PlainInstruction, x: Local, y: Local): void => {
  f.get(x)
  if (shift.test(op)) f.i32(3)
  else if (!unary.test(op)) f.get(y)
  if (ternary.test(op)) f.get(x)
  f.op(op)
}

/**
 * The results of the instruction on operands that lie side by side, and, since joining has to pay,
 * of operations behind it. `stride` apart, results cannot be joined.
 */
const run = (op: PlainInstruction, stride: 16 | 48): bigint[] => {
  const profile = detectProfile()
  const module = createModule({ initial: 1 })
  const body = module.define({ params: [], results: [] }, (f) => {
    const at = f.local('i32')
    f.i32(0).set(at)
    const [x, y, out] = [f.locals('v128', 2), f.locals('v128', 2), f.locals('v128', 2)]
    const both = (to: readonly Local[], code: (k: number) => void): void =>
      to.forEach((local, k) => {
        code(k)
        f.set(local)
      })
    f.doWhile(
      () => {
        both(x, (k) => f.get(at).memory('v128.load', 16 * k))
        both(y, (k) => f.get(at).memory('v128.load', second + 16 * k))
        both(out, (k) => apply(f, op, x[k], y[k]))
        for (let i = 0; i < 12; i++) {
          both(out, (k) =>
            f
              .get(out[k])
              .get([x, y][i % 2][k])
              .op('v128.xor')
          )
        }
        out.forEach((v, k) =>
          f
            .get(at)
            .get(v)
            .memory('v128.store', results + stride * k)
        )
        f.increment(at, 32)
      },
      () => f.get(at).i32(bytes).op('i32.lt_s')
    )
  })
  module.export('run', body)
  const memory = new wasm.Memory({ initial: 1 })
  new Float32Array(memory.buffer, 0, bytes / 4).forEach((_, i, all) => (all[i] = 1.5 * i - 7))
  new Float64Array(memory.buffer, second, bytes / 8).forEach((_, i, all) => (all[i] = 9 - 2.5 * i))
  const { exports } = new wasm.Instance(
    compileModule(module.build(), profile, { optimised: true }),
    { env: { memory } }
  )
  exports['run']()
  const cells = new BigUint64Array(memory.buffer, results)
  return [0, 1].flatMap((turn) =>
    [0, 1].flatMap((k) => {
      const at = (32 * turn + stride * k) / 8
      return [cells[at], cells[at + 1]]
    })
  )
}

describe('joined vectors', () => {
  test('are tried for instructions of every type of vectors', () => {
    const types = new Set(instructions.map((n) => n.split('.')[0]))
    expect([...types].sort()).toEqual(['f32x4', 'f64x2', 'i16x8', 'i32x4', 'i64x2', 'v128'])
  })

  test.each(instructions)('%s', (op) => {
    expect(run(op, 16)).toEqual(run(op, 48))
  })
})
