import { describe, expect, test } from 'vitest'
import { createModule } from '../../../../src/backend/cpu/wasm/module.ts'
import type { ModuleBuilder } from '../../../../src/backend/cpu/wasm/module.ts'
import { LANE, LANE_MEMORY, MEMORY, PLAIN } from '../../../../src/backend/cpu/wasm/opcodes.ts'
import type {
  LaneInstruction,
  LaneMemoryInstruction,
  MemoryInstruction,
  PlainInstruction
} from '../../../../src/backend/cpu/wasm/opcodes.ts'
import { wasm } from '../../../../src/backend/cpu/wasm/runtime.ts'
import type { WasmFunction } from '../../../../src/backend/cpu/wasm/runtime.ts'

const memory = new wasm.Memory({ initial: 1 })

/** The exported functions of a module over `memory`. */
const instantiate = (
  module: ModuleBuilder,
  host: Readonly<Record<string, WasmFunction>> = {}
): Readonly<Record<string, WasmFunction>> =>
  new wasm.Instance(new wasm.Module(module.build()), { env: { memory, ...host } }).exports

describe('a built module', () => {
  test('computes with parameters and locals', () => {
    const module = createModule({ initial: 1 })
    const triangle = module.define({ params: ['i32'], results: ['i32'] }, (f, n) => {
      const sum = f.local('i32')
      f.while(
        () => f.get(n),
        () => f.advance(sum, n).increment(n, -1)
      )
      f.get(sum)
    })
    module.export('triangle', triangle)
    expect(instantiate(module).triangle(10)).toBe(55)
  })

  test('calls a function declared before it is emitted, and itself', () => {
    const module = createModule({ initial: 1 })
    const factorial = module.declare({ params: ['f64'], results: ['f64'] })
    const caller = module.define({ params: ['f64'], results: ['f64'] }, (f, x) => {
      f.get(x).call(factorial)
    })
    module.implement(factorial, (f, x) => {
      f.get(x).f64(1).op('f64.le')
      f.if(
        () => f.f64(1),
        () => f.get(x).get(x).f64(1).op('f64.sub').call(factorial).op('f64.mul'),
        'f64'
      )
    })
    module.export('f', caller)
    expect(instantiate(module).f(5)).toBe(120)
  })

  test('imports a host function once, also while a caller is being emitted', () => {
    const module = createModule({ initial: 1 })
    const signature = { params: ['f64'], results: ['f64'] } as const
    const twice = module.define(signature, (f, x) => {
      f.get(x).call(module.importFunction('sine', signature))
      f.call(module.importFunction('sine', signature))
    })
    module.export('twice', twice)
    expect(module.imports()).toEqual(['sine'])
    expect(instantiate(module, { sine: Math.sin }).twice(1)).toBe(Math.sin(Math.sin(1)))
  })

  test('branches through a table, and out of nested blocks', () => {
    const module = createModule({ initial: 1 })
    const pick = module.define({ params: ['i32'], results: ['i32'] }, (f, which) => {
      f.block((outer) => {
        f.block((inner) => {
          f.get(which).brTable([inner, outer], outer)
        })
        f.i32(10).op('return')
      })
      f.i32(20)
    })
    module.export('pick', pick)
    const exports = instantiate(module)
    expect([0, 1, 7].map((i) => exports.pick(i))).toEqual([10, 20, 20])
  })

  test('has vector constants, lanes, shuffles and memory', () => {
    const module = createModule({ initial: 1 })
    const run = module.define({ params: ['i32'], results: [] }, (f, address) => {
      const v = f.local('v128')
      f.f32x4(1, 2, 3, 4).f32x4(10).op('f32x4.mul').set(v)
      f.get(address).get(v).get(v).shuffle([3, 2, 1, 0]).memory('v128.store')
      f.get(address).get(v).laneMemory('v128.store32_lane', 2, 16)
      f.get(address).i64x2(-1n).lane('i64x2.extract_lane', 1).memory('i64.store', 24)
      f.get(address).i32(64).op('i32.add').get(address).i32(32).memoryCopy()
    })
    module.export('run', run)
    instantiate(module).run(128)
    expect([...new Float32Array(memory.buffer, 128, 5)]).toEqual([40, 30, 20, 10, 30])
    expect([...new Float32Array(memory.buffer, 192, 5)]).toEqual([40, 30, 20, 10, 30])
    expect(new BigInt64Array(memory.buffer, 152, 1)[0]).toBe(-1n)
  })

  test('writes data segments when it is instantiated', () => {
    const module = createModule({ initial: 1 })
    module.data(512, new Uint8Array([1, 2, 3]))
    instantiate(module)
    expect([...new Uint8Array(memory.buffer, 511, 5)]).toEqual([0, 1, 2, 3, 0])
  })

  test('shares a subroutine under its key', () => {
    const module = createModule({ initial: 1 })
    const make = () => module.define({ params: [], results: [] }, () => {})
    expect(module.shared('a', make)).toBe(module.shared('a', make))
    expect(module.shared('b', make)).not.toBe(module.shared('a', make))
  })

  test('can import a shared memory', () => {
    const module = createModule({ initial: 1, maximum: 4, shared: true })
    const shared = new wasm.Memory({ initial: 1, maximum: 4, shared: true })
    const add = module.define({ params: [], results: ['i32'] }, (f) => {
      f.i32(8).i32(5).memory('i32.atomic.rmw.add')
    })
    module.export('add', add)
    const { exports } = new wasm.Instance(new wasm.Module(module.build()), {
      env: { memory: shared }
    })
    expect([exports.add(), exports.add()]).toEqual([0, 5])
  })

  test('refuses to build while a declared function has no body', () => {
    const module = createModule({ initial: 1 })
    module.declare({ params: [], results: [] })
    expect(() => module.build()).toThrow('a declared function has no body')
  })
})

describe('constants keep their value', () => {
  test.each([0, 63, 64, -64, -65, 127, 128, 8191, 8192, -8193, 2 ** 31 - 1, -(2 ** 31)])(
    'i32 %d',
    (value) => {
      const module = createModule({ initial: 1 })
      module.export(
        'f',
        module.define({ params: [], results: ['i32'] }, (f) => f.i32(value))
      )
      expect(instantiate(module).f()).toBe(value)
    }
  )

  test.each([0n, -1n, 64n, 2n ** 63n - 1n, -(2n ** 63n)])('i64 %d', (value) => {
    const module = createModule({ initial: 1 })
    module.export(
      'f',
      module.define({ params: [], results: ['i64'] }, (f) => f.i64(value))
    )
    expect(instantiate(module).f()).toBe(value)
  })

  test.each([0, -0, 1.5, Infinity, NaN, 2 ** -149])('f32 and f64 %d', (value) => {
    const module = createModule({ initial: 1 })
    module.export(
      'f',
      module.define({ params: [], results: ['f32'] }, (f) => f.f32(value))
    )
    module.export(
      'd',
      module.define({ params: [], results: ['f64'] }, (f) => f.f64(value))
    )
    const exports = instantiate(module)
    expect([exports.f(), exports.d()]).toEqual([value, value])
  })
})

/**
 * Every instruction of the tables stands, unreachable, in a function that validates: a code that
 * does not exist, or one that wants another immediate, would fail. (After `unreachable` the stack
 * has any type, so types of operands are not checked.)
 */
describe('every instruction of the tables is valid', () => {
  const valid = (emit: (module: ModuleBuilder) => void): boolean => {
    const module = createModule({ initial: 1, maximum: 1, shared: true })
    emit(module)
    return wasm.validate(module.build())
  }
  const plain = Object.keys(PLAIN).filter((name) => !name.includes('relaxed'))

  test('instructions without an immediate', () => {
    const invalid = plain.filter(
      (name) =>
        !valid((module) =>
          module.define({ params: [], results: [] }, (f) => {
            f.op('unreachable')
              .op(name as PlainInstruction)
              .op('unreachable')
          })
        )
    )
    expect(invalid).toEqual([])
  })

  test('memory, lane memory and lane instructions', () => {
    expect(
      valid((module) =>
        module.define({ params: [], results: [] }, (f) => {
          f.op('unreachable')
          for (const name of Object.keys(MEMORY))
            f.memory(name as MemoryInstruction).op('unreachable')
          for (const name of Object.keys(LANE_MEMORY))
            f.laneMemory(name as LaneMemoryInstruction, 1, 300).op('unreachable')
          for (const name of Object.keys(LANE)) f.lane(name as LaneInstruction, 1).op('unreachable')
        })
      )
    ).toBe(true)
  })
})
