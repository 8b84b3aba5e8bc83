/** Where buffers lie: side by side while both are needed, in one place as soon as they are not. */
import { describe, expect, test } from 'vitest'
import { planBuffers } from '../../../src/backend/cpu/memory/buffer-plan.ts'
import { pairsOf } from '../../../src/backend/cpu/memory/in-place.ts'
import { createCpuBackend } from '../../../src/backend/cpu/program.ts'
import { affine } from '../../../src/kernel/affine.ts'
import type { Expr } from '../../../src/kernel/expr.ts'
import type { Buffer, Kernel, Nest, Program, Stage } from '../../../src/kernel/ir.ts'
import { binary, constant, load, stageResult } from '../../../src/kernel/make.ts'
import { storesOf } from '../../../src/kernel/stage.ts'

const n = 1000

const buffer = (id: number, role: Buffer['role']): Buffer => ({
  id,
  dtype: 'float32',
  size: n,
  role,
  data: null
})

const at = affine(0, [1])

/** to[i] = from[i or n − 1 − i] + also[i] + 1 */
const mapping = (from: number, to: number, also = from, reversed = false): Nest => {
  const index = reversed ? affine(n - 1, [-1]) : at
  const sum = binary('add', load('float32', from, index, null), load('float32', also, at, null))
  const value = binary('add', sum, constant('float32', 1))
  return {
    _tag: 'nest',
    axes: [n],
    stages: [{ _tag: 'map', extents: [], stores: [{ buffer: to, index: at, base: null, value }] }]
  }
}

const program = (kernels: readonly Kernel[], temporaries: number): Program => ({
  buffers: Array.from({ length: temporaries + 2 }, (_, id) =>
    buffer(id, id === 0 ? 'input' : id === temporaries + 1 ? 'output' : 'temporary')
  ),
  kernels,
  inputs: [0],
  outputs: [temporaries + 1]
})

const cpu = createCpuBackend()
const ramp = Float32Array.from({ length: n }, (_, i) => i)

describe('a plan of buffers', () => {
  test('puts a result where an operand lay that is read for the last time', () => {
    const chain = program([mapping(0, 1), mapping(1, 2), mapping(2, 3)], 2)
    const { offsets, bytes, inPlace } = planBuffers(chain)
    expect(inPlace).toEqual([
      { operand: 0, result: 1 },
      { operand: 1, result: 2 },
      { operand: 2, result: 3 }
    ])
    expect(offsets).toEqual([0, 0, 0, 0])
    expect(bytes).toBe(4032)
    expect(cpu.compile(chain).run([ramp])[0][5]).toBe(8 * 5 + 7)
  })

  test('keeps an operand that is read once more', () => {
    const kept = program([mapping(0, 1), mapping(1, 2), mapping(1, 3, 2)], 2)
    const { inPlace } = planBuffers(kept)
    expect(inPlace).toContainEqual({ operand: 0, result: 1 })
    expect(inPlace).not.toContainEqual({ operand: 1, result: 2 })
    // x₁ = 2x + 1, x₂ = 2x₁ + 1, x₁ + x₂ + 1
    expect(cpu.compile(kept).run([ramp])[0][5]).toBe(11 + 23 + 1)
  })

  test('keeps an operand that is read elsewhere than it would be stored', () => {
    const flipped = program([mapping(0, 1), mapping(1, 2, 1, true)], 1)
    expect(planBuffers(flipped).inPlace).toEqual([{ operand: 0, result: 1 }])
    expect(cpu.compile(flipped).run([ramp])[0][5]).toBe(2 * 994 + 1 + 2 * 5 + 1 + 1)
  })

  test('keeps an operand of what later stages compute again instead of reading it', () => {
    const stored = (to: number, value: Expr): Stage => ({
      _tag: 'map',
      extents: [],
      stores: [{ buffer: to, index: at, base: null, value }]
    })
    const one = constant('float32', 1)
    const nest: Nest = {
      _tag: 'nest',
      axes: [n],
      stages: [
        {
          _tag: 'reduce',
          extents: [2],
          reductions: [{ monoid: 'add', value: one, position: null }]
        },
        stored(1, binary('add', load('float32', 0, at, null), one)),
        stored(2, one),
        stored(3, load('float32', 1, at, null)) // the sum is formed again here
      ]
    }
    const { buffers } = program([nest], 2)
    const pairs = pairsOf(nest, buffers)
    expect(pairs).toContainEqual({ operand: 0, result: 3 })
    expect(pairs).not.toContainEqual({ operand: 0, result: 2 })
  })

  test('offers a result the operands of its own update, and few of all others', () => {
    // Update i adds array 2i + 1 to array 2i; each result could lie where any of them lies.
    const updates = 100
    const result = (i: number): number => 2 * updates + i
    const stages = Array.from({ length: updates }, (_, i): Stage => {
      const [stage] = mapping(2 * i, result(i), 2 * i + 1).stages
      return { _tag: 'map', extents: [n], stores: storesOf(stage) }
    })
    const nest: Nest = { _tag: 'nest', axes: [], stages }
    const buffers = Array.from({ length: 3 * updates }, (_, id) =>
      buffer(id, id < 2 * updates ? 'input' : 'output')
    )
    const pairs = pairsOf(nest, buffers)
    expect(pairs.length).toBe(2 * updates)
    for (let i = 0; i < updates; i++)
      expect(pairs.filter((p) => p.result === result(i)).map((p) => p.operand)).toEqual([
        2 * i,
        2 * i + 1
      ])
  })

  test('lets rows be replaced by what a reduction over them makes of them', () => {
    const [rows, columns] = [10, 100]
    const x = load('float32', 1, affine(0, [columns, 1]), null)
    const centred: Nest = {
      _tag: 'nest',
      axes: [rows],
      stages: [
        {
          _tag: 'reduce',
          extents: [columns],
          reductions: [{ monoid: 'max', value: x, position: null }]
        },
        {
          _tag: 'map',
          extents: [columns],
          stores: [
            {
              buffer: 2,
              index: affine(0, [columns, 1]),
              base: null,
              value: binary('sub', x, stageResult('float32', 0))
            }
          ]
        }
      ]
    }
    const p = program([mapping(0, 1), centred], 1)
    expect(planBuffers(p).inPlace).toContainEqual({ operand: 1, result: 2 })
    const y = cpu.compile(p).run([ramp])[0]
    expect([y[0], y[99], y[100], y[999]]).toEqual([-198, 0, -198, 0])
  })

  test('knows when each buffer is in use', () => {
    const { lifetimes } = planBuffers(program([mapping(0, 1), mapping(1, 2)], 1))
    expect(lifetimes).toEqual([
      { first: 0, last: 1 },
      { first: 1, last: 2 },
      { first: 2, last: 3 }
    ])
  })
})
