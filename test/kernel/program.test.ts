/** What the builder makes of lazy values, read as printed programs. */
import { describe, expect, test } from 'vitest'
import { affine, compose, rangeOf } from '../../src/kernel/affine.ts'
import { createProgramBuilder } from '../../src/kernel/build.ts'
import { programCost } from '../../src/kernel/cost.ts'
import { type LoweredValue, type Lowering, worthStoring } from '../../src/kernel/fuse.ts'
import type { Program } from '../../src/kernel/ir.ts'
import { binary, cast, constant, guard, iota, load, unary } from '../../src/kernel/make.ts'
import { showExpr, showProgram } from '../../src/kernel/show.ts'
import { broadcastInDim, map, padEdges, full, transpose } from '../../src/kernel/views.ts'
import { lowerLoop } from '../../src/primitives/control-flow.ts'

const build = (
  shapes: readonly (readonly number[])[],
  make: (c: Lowering, inputs: readonly LoweredValue[]) => readonly LoweredValue[]
): Program => {
  const b = createProgramBuilder()
  const inputs = shapes.map((shape) => b.input({ shape, dtype: 'float32' }))
  return b.finish(make(b.context, inputs))
}

describe('an expression', () => {
  const x = load('float32', 0, affine(0, [1]))

  test('folds constants as its dtype computes', () => {
    expect(showExpr(binary('add', constant('float32', 0.1), constant('float32', 0.2)))).toBe(
      `${Math.fround(Math.fround(0.1) + Math.fround(0.2))}:f32`
    )
    expect(showExpr(binary('mul', constant('int8', 100), constant('int8', 3)))).toBe('44:i8')
    expect(showExpr(cast(constant('float32', 300.7), 'uint8'))).toBe('255:u8')
  })

  test('drops only what IEEE arithmetic allows', () => {
    expect(binary('mul', x, constant('float32', 1))).toBe(x)
    expect(binary('add', x, constant('float32', -0))).toBe(x)
    expect(showExpr(binary('add', x, constant('float32', 0)))).toBe('add(b0[i0], 0:f32)')
  })

  test('names what it shares', () => {
    const e = unary('exp', x)
    expect(showExpr(binary('mul', e, e))).toBe('t0 = exp(b0[i0]); mul(t0, t0)')
  })

  test('loses guards that always or never hold', () => {
    const zero = constant('float32', 0)
    const index = affine(0, [1])
    expect(guard([4], [{ index, lower: 0, upper: 4 }], x, zero)).toBe(x)
    expect(guard([4], [{ index, lower: 9, upper: 12 }], x, zero)).toBe(zero)
  })

  test('moves constant and counting parts of a base into the index', () => {
    const base = binary('add', iota('int32', affine(2, [3])), constant('int32', 5))
    expect(showExpr(load('float32', 1, affine(1, [1]), base))).toBe('b1[i0*4 + 8]')
  })
})

describe('affine indices', () => {
  test('compose, and know their range', () => {
    // 2·i0 + i1 + 1 with i0 = 3 − j0 and i1 = 5·j1
    const index = compose(affine(1, [2, 1]), [affine(3, [-1]), affine(0, [0, 5])])
    expect(index).toEqual({ offset: 7, coefficients: [-2, 5] })
    expect(rangeOf(index, [4, 3])).toEqual([1, 17])
  })
})

describe('the builder', () => {
  test('fuses an elementwise chain with views into one kernel', () => {
    const p = build([[2, 3], [2]], (_, [x, y]) => [
      map([transpose(x, [1, 0]), broadcastInDim(y, [3, 2], [1])], (a, b) =>
        binary('mul', unary('tanh', a), b)
      )
    ])
    expect(showProgram(p)).toMatchInlineSnapshot(`
      "b0: f32[6] input
      b1: f32[2] input
      b2: f32[6] output
      nest [3, 2]
        map []
          b2[i0*2 + i1] = mul(tanh(b0[i0 + i1*3]), b1[i1])
      return b2"
    `)
  })

  test('reads a reduction through its prologue', () => {
    const p = build([[4, 8]], (c, [x]) => [
      c.reduce(
        map([x], (e) => binary('mul', e, e)),
        [0],
        'add'
      )
    ])
    expect(showProgram(p)).toMatchInlineSnapshot(`
      "b0: f32[32] input
      b1: f32[8] output
      nest [8]
        reduce [4]
          s0.0 = add mul(b0[i0 + i1*8], b0[i0 + i1*8])
        map []
          b1[i0] = s0.0
      return b1"
    `)
    expect(programCost(p)).toEqual({ bytes: 4 * (32 + 8), flops: 8 * 4 * 2 })
  })

  test('contracts without copying what strides can say', () => {
    const p = build(
      [
        [8, 2, 3],
        [2, 8, 5]
      ],
      (c, [x, y]) => [
        c.contract(
          x,
          y,
          { lhsBatch: [1], rhsBatch: [0], lhsContract: [0], rhsContract: [1] },
          'float32'
        )
      ]
    )
    expect(showProgram(p)).toMatchInlineSnapshot(`
      "b0: f32[48] input
      b1: f32[80] input
      b2: f32[30] output
      contraction batch [2] m 3 n 5 k 8
        b2[i0*15 + i1*5 + i2] = b0[i0*3 + i1 + i3*6] . b1[i0*40 + i2 + i3*5]
      return b2"
    `)
  })

  test('keeps padding a view, and joins neighbouring maps', () => {
    const p = build([[3], [2]], (_, [x, y]) => [
      padEdges(x, full([], 'float32', 0), [[1, 1]]),
      map([y], (e) => unary('neg', e))
    ])
    expect(showProgram(p)).toMatchInlineSnapshot(`
      "b0: f32[3] input
      b1: f32[2] input
      b2: f32[5] output
      b3: f32[2] output
      nest []
        map [5]
          b2[i0] = guard(0 <= i0 + -1 < 3, b0[i0 + -1], 0:f32)
        map [2]
          b3[i0] = neg(b1[i0])
      return b2, b3"
    `)
  })

  test('exchanges the buffers of a carry', () => {
    const p = build([[2], [5, 2]], (c, [h, xs]) =>
      lowerLoop(c, {
        trips: 5,
        condition: null,
        carry: [h],
        xs: [xs],
        stacked: [],
        reverse: false,
        body: ([s], [x]) => ({ carry: [map([s, x], (a, b) => binary('add', a, b))], stacked: [] })
      })
    )
    expect(showProgram(p)).toMatchInlineSnapshot(`
      "b0: f32[2] input
      b1: f32[10] input
      b2: f32[2] output
      b3: i32[1] temporary
      b4: f32[2] temporary
      nest [2]
        map []
          b2[i0] = b0[i0]
      loop 5 counting b3
      body carrying b2 <- b4
        nest [2]
          map []
            b4[i0] = add(b2[i0], b1[i0 + mul(b3[0], 2:i32)])
      return b2"
    `)
  })

  test('reshapes by copying only where the layout asks for it', () => {
    const view = build([[4, 6]], (c, [x]) => [map([c.reshape(x, [2, 12])], (e) => unary('neg', e))])
    expect(view.kernels.length).toBe(1)
    const copied = build([[4, 6]], (c, [x]) => [
      map([c.reshape(transpose(x, [1, 0]), [24])], (e) => unary('neg', e))
    ])
    expect(copied.buffers.length).toBe(3)
  })
})

describe('a value with several uses', () => {
  test('is stored when it is costly to repeat', () => {
    const x: LoweredValue = {
      shape: [4],
      dtype: 'float32',
      parts: [load('float32', 0, affine(0, [1]))]
    }
    expect(worthStoring(map([x], (e) => binary('mul', e, e)))).toBe(false)
    expect(worthStoring(map([x], (e) => unary('exp', e)))).toBe(true)
  })
})
