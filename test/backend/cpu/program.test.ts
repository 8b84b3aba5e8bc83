/** The kernel IR on the programs that it has to carry, written by hand against the builder. */
import { describe, expect, test } from 'vitest'
import '../../../src/install-convolutions.ts'
import { createCpuBackend } from '../../../src/backend/cpu/program.ts'
import type { HostData } from '../../../src/core/dtype.ts'
import { createProgramBuilder } from '../../../src/kernel/build.ts'
import type { LoweredType, LoweredValue, Lowering } from '../../../src/kernel/fuse.ts'
import { binary, constant, unary } from '../../../src/kernel/make.ts'
import {
  broadcastInDim,
  full,
  iotaAlong,
  map,
  reverse,
  transpose
} from '../../../src/kernel/views.ts'
import { argReduceWindow, reduceWindow } from '../../../src/kernel/lower-window.ts'
import { convolve as lowerConvolve } from '../../../src/kernel/lower-convolve.ts'
import { lowerBranch, lowerLoop } from '../../../src/primitives/control-flow.ts'

type Convolve = typeof lowerConvolve extends (c: never, ...rest: infer R) => infer V
  ? (c: Lowering, ...rest: R) => V
  : never
const convolved: Convolve = (c, ...rest) => c.emitting((e) => lowerConvolve(e, ...rest))

const cpu = createCpuBackend()

const f32 = (...shape: readonly number[]): LoweredType => ({ shape, dtype: 'float32' })

/** Builds, compiles and runs. */
const run = (
  types: readonly LoweredType[],
  data: readonly HostData[],
  build: (c: Lowering, inputs: readonly LoweredValue[]) => readonly LoweredValue[]
): readonly HostData[] => {
  const b = createProgramBuilder()
  const inputs = types.map(b.input)
  return cpu.compile(b.finish(build(b.context, inputs))).run(data)
}

const ramp = (n: number, f: (i: number) => number = (i) => i): Float32Array =>
  Float32Array.from({ length: n }, (_, i) => f(i))

const sub = (x: LoweredValue, y: LoweredValue) => map([x, y], (a, b) => binary('sub', a, b))
const mul = (x: LoweredValue, y: LoweredValue) => map([x, y], (a, b) => binary('mul', a, b))
const div = (x: LoweredValue, y: LoweredValue) => map([x, y], (a, b) => binary('div', a, b))
const add = (x: LoweredValue, y: LoweredValue) => map([x, y], (a, b) => binary('add', a, b))

/** [rows] -> [rows, columns] */
const along = (x: LoweredValue, columns: number): LoweredValue =>
  broadcastInDim(x, [...x.shape, columns], [0])

const softmaxOf = (x: Float32Array, columns: number): Float32Array => {
  const out = new Float32Array(x.length)
  for (let r = 0; r < x.length; r += columns) {
    const row = [...x.subarray(r, r + columns)]
    const max = Math.max(...row)
    const es = row.map((v) => Math.exp(v - max))
    const sum = es.reduce((a, b) => a + b, 0)
    es.forEach((e, i) => (out[r + i] = e / sum))
  }
  return out
}

const expectClose = (got: HostData, want: ArrayLike<number>, tolerance = 1e-5): void => {
  expect(got.length).toBe(want.length)
  for (let i = 0; i < got.length; i++) {
    const error = Math.abs(got[i] - want[i])
    if (!(error <= tolerance * (1 + Math.abs(want[i])))) {
      throw new Error(`element ${i}: got ${got[i]}, expected ${want[i]}`)
    }
  }
}

describe('a compiled program', () => {
  test('maps with broadcasting', () => {
    const [y] = run([f32(2, 3), f32(3)], [ramp(6), ramp(3, (i) => 10 * i)], (_, [a, b]) => [
      add(a, broadcastInDim(b, [2, 3], [1]))
    ])
    expect([...y]).toEqual([0, 11, 22, 3, 14, 25])
  })

  test.each([
    [1, 1],
    [3, 5],
    [7, 16],
    [5, 67]
  ])('is softmax over rows of %i x %i', (rows, columns) => {
    const x = ramp(rows * columns, (i) => Math.sin(i) * 4)
    const [y] = run([f32(rows, columns)], [x], (c, [v]) => {
      const max = c.reduce(v, [1], 'max')
      const e = c.store(map([sub(v, along(max, columns))], (a) => unary('exp', a)))
      return [div(e, along(c.reduce(e, [1], 'add'), columns))]
    })
    expectClose(y, softmaxOf(x, columns))
  })

  test('is the gradient of layer norm', () => {
    // x̂ = (x − μ)/σ; dx = (g − mean g − x̂ mean(g x̂)) / σ, over the rows of [4, 19].
    const [rows, n] = [4, 19]
    const x = ramp(rows * n, (i) => Math.cos(3 * i))
    const g = ramp(rows * n, (i) => Math.sin(i) + 0.3)
    const [dx] = run([f32(rows, n), f32(rows, n)], [x, g], (c, [xv, gv]) => {
      const over = (v: LoweredValue) => map([v], (e) => binary('div', e, constant('float32', n)))
      const mean = (v: LoweredValue) => along(over(c.reduce(v, [1], 'add')), n)
      const centred = c.store(sub(xv, mean(xv)))
      const variance = mean(mul(centred, centred))
      const sigma = map([variance], (v) =>
        unary('sqrt', binary('add', v, constant('float32', 1e-5)))
      )
      const normal = c.store(div(centred, sigma))
      return [div(sub(sub(gv, mean(gv)), mul(normal, mean(mul(gv, normal)))), sigma)]
    })
    const want = new Float32Array(rows * n)
    for (let r = 0; r < rows; r++) {
      const xs = [...x.subarray(r * n, (r + 1) * n)]
      const gs = [...g.subarray(r * n, (r + 1) * n)]
      const mean = (v: readonly number[]) => v.reduce((a, b) => a + b, 0) / n
      const mu = mean(xs)
      const sigma = Math.sqrt(mean(xs.map((v) => (v - mu) ** 2)) + 1e-5)
      const hat = xs.map((v) => (v - mu) / sigma)
      const mg = mean(gs)
      const mgh = mean(gs.map((v, i) => v * hat[i]))
      gs.forEach((v, i) => (want[r * n + i] = (v - mg - hat[i] * mgh) / sigma))
    }
    expectClose(dx, want)
  })

  test('finds the first extreme, and NaN before it', () => {
    const x = Float32Array.of(
      1,
      5,
      5,
      2,
      /**/ NaN,
      9,
      NaN,
      0,
      /**/ -Infinity,
      -Infinity,
      -Infinity,
      -Infinity
    )
    const [rows] = run([f32(3, 4)], [x], (c, [v]) => [c.argReduce(v, 1, 'argmax', 'int32')])
    expect([...rows]).toEqual([1, 0, 0])
    const [columns] = run([f32(3, 4)], [x], (c, [v]) => [c.argReduce(v, 0, 'argmin', 'int32')])
    expect([...columns]).toEqual([1, 2, 1, 2])
    const long = ramp(1000, (i) => (i === 777 || i === 900 ? 3 : Math.sin(i)))
    const [at] = run([f32(1000)], [long], (c, [v]) => [c.argReduce(v, 0, 'argmax', 'int32')])
    expect([...at]).toEqual([777])
  })

  test('scans: h ← tanh(h + x_t), stacking every h, also in reverse', () => {
    const x = ramp(15, (i) => Math.sin(i))
    for (const backwards of [false, true]) {
      const [last, all] = run([f32(3), f32(5, 3)], [new Float32Array(3), x], (c, [h, xs]) =>
        lowerLoop(c, {
          trips: 5,
          condition: null,
          carry: [h],
          xs: [xs],
          stacked: [f32(3)],
          reverse: backwards,
          body: ([state], [row]) => {
            const next = map([add(state, row)], (e) => unary('tanh', e))
            return { carry: [next], stacked: [next] }
          }
        })
      )
      const want = new Float32Array(15)
      let state = [0, 0, 0]
      for (let t = 0; t < 5; t++) {
        const at = backwards ? 4 - t : t
        state = state.map((s, i) => Math.tanh(s + x[3 * at + i]))
        state.forEach((s, i) => (want[3 * at + i] = s))
      }
      expectClose(last, state)
      expectClose(all, want)
    }
  })

  test('repeats while a predicate holds', () => {
    // Collatz from 27 takes 111 steps.
    const [n, steps] = run([], [], (c) => {
      const one = constant('int32', 1)
      return lowerLoop(c, {
        trips: null,
        condition: ([x]) =>
          map([x], (e) => ({ _tag: 'compare', op: 'ne', dtype: 'bool', x: e, y: one })),
        carry: [full([], 'int32', 27), full([], 'int32', 0)],
        xs: [],
        stacked: [],
        reverse: false,
        body: ([x, k]) => {
          const next = map([x], (e) => ({
            _tag: 'select',
            dtype: 'int32',
            condition: {
              _tag: 'compare',
              op: 'eq',
              dtype: 'bool',
              x: binary('and', e, one),
              y: constant('int32', 0)
            },
            x: binary('div', e, constant('int32', 2)),
            y: binary('add', binary('mul', e, constant('int32', 3)), one)
          }))
          return { carry: [next, map([k], (e) => binary('add', e, one))], stacked: [] }
        }
      })
    })
    expect([n[0], steps[0]]).toEqual([1, 111])
  })

  test('takes the branch that an index names, clamped', () => {
    const chosen = (index: number): number =>
      run([{ shape: [], dtype: 'int32' }], [Int32Array.of(index)], (c, [i]) =>
        lowerBranch(
          c,
          i,
          [f32()],
          [10, 20, 30].map((v) => () => [full([], 'float32', v)])
        )
      )[0][0]
    expect([-5, 0, 1, 2, 9].map(chosen)).toEqual([10, 10, 20, 30, 30])
  })

  test('pads, with holes and with negative edges', () => {
    const [y] = run([f32(3)], [Float32Array.of(1, 2, 3)], (c, [x]) => [
      c.pad(x, full([], 'float32', 9), [[1, 2, 1]])
    ])
    expect([...y]).toEqual([9, 1, 9, 2, 9, 3, 9, 9])
    const [z] = run([f32(2, 20)], [ramp(40)], (c, [x]) => [
      c.pad(x, full([], 'float32', -1), [
        [0, 1, 0],
        [-3, 2, 0]
      ])
    ])
    const row = (r: number) => [...ramp(17, (i) => 20 * r + 3 + i), -1, -1]
    expect([...z]).toEqual([...row(0), ...row(1), ...new Array(19).fill(-1)])
  })

  test('concatenates, transposes and flips', () => {
    const [y] = run([f32(2, 3), f32(2, 1)], [ramp(6), Float32Array.of(7, 8)], (c, [a, b]) => [
      reverse(transpose(c.concatenate([a, b], 1), [1, 0]), [0])
    ])
    expect([...y]).toEqual([7, 8, 2, 5, 1, 4, 0, 3])
  })

  test('pools windows, and knows where each maximum was', () => {
    const params = {
      windowDimensions: [3],
      windowStrides: [2],
      padding: [[1, 1]] as const,
      baseDilation: [1],
      windowDilation: [1]
    }
    const x = Float32Array.of(4, 1, 2, 2, 5, -1)
    const [max, at, sum] = run([f32(6)], [x], (c, [v]) => [
      c.emitting((e) => reduceWindow(e, v, params, 'max')),
      c.emitting((e) => argReduceWindow(e, v, params, 'argmax')),
      c.emitting((e) => reduceWindow(e, v, params, 'add'))
    ])
    expect([...max]).toEqual([4, 2, 5])
    expect([...at]).toEqual([0, 2, 4])
    expect([...sum]).toEqual([5, 5, 6])
  })

  test('gathers rows and adds updates back, dropping those out of bounds', () => {
    const ids = Int32Array.of(2, 0, 2, 7)
    const idType: LoweredType = { shape: [4], dtype: 'int32' }
    const [rows, table] = run([f32(3, 5), idType], [ramp(15), ids], (c, [t, i]) => {
      const clamp = (e: LoweredValue['parts'][number]) =>
        binary('max', constant('int32', 0), binary('min', e, constant('int32', 2)))
      const id = broadcastInDim(i, [4, 5], [0]).parts[0]
      const column = iotaAlong([4, 5], 'int32', 1).parts[0]
      const gathered = c.at(t, [4, 5], [clamp(id), column])
      const valid = {
        _tag: 'compare',
        op: 'lt',
        dtype: 'bool',
        x: id,
        y: constant('int32', 3)
      } as const
      return [
        gathered,
        c.scatter(t, full([4, 5], 'float32', 100), {
          kind: 'add',
          coordinates: [id, column],
          valid
        })
      ]
    })
    expect([...rows]).toEqual([
      10, 11, 12, 13, 14, 0, 1, 2, 3, 4, 10, 11, 12, 13, 14, 10, 11, 12, 13, 14
    ])
    expect([...table]).toEqual([
      ...ramp(5, (i) => 100 + i),
      ...ramp(5, (i) => 5 + i),
      ...ramp(5, (i) => 210 + i)
    ])
  })

  test('sums along every axis of a cumulative kind', () => {
    const [down, back] = run([f32(2, 3)], [ramp(6, (i) => i + 1)], (c, [v]) => [
      c.cumulative(v, 0, 'add', false),
      c.cumulative(v, 1, 'add', true)
    ])
    expect([...down]).toEqual([1, 2, 3, 5, 7, 9])
    expect([...back]).toEqual([6, 5, 3, 15, 11, 6])
  })

  test('sorts stably by keys, NaN last', () => {
    const keys = Float32Array.of(3, NaN, 1, 1)
    const [k, v] = run([f32(4), f32(4)], [keys, ramp(4)], (c, inputs) => c.sort(inputs, 0, 1))
    expect([...k]).toEqual([1, 1, 3, NaN])
    expect([...v]).toEqual([2, 3, 0, 1])
  })
})

describe('products', () => {
  test.each(['float32', 'float64', 'int32', 'float16'] as const)('contract in %s', (dtype) => {
    // [2, 3, 4] · [2, 4, 5] with the first operand stored as [4, 2, 3].
    const make = (n: number, f: (i: number) => number): HostData =>
      dtype === 'int32'
        ? Int32Array.from({ length: n }, (_, i) => f(i))
        : dtype === 'float64'
          ? Float64Array.from({ length: n }, (_, i) => f(i))
          : ramp(n, f)
    const a = make(24, (i) => (i % 7) - 3)
    const b = make(40, (i) => (i % 5) - 2)
    const [y] = run(
      [
        { shape: [4, 2, 3], dtype },
        { shape: [2, 4, 5], dtype }
      ],
      [a, b],
      (c, [x, w]) => [
        c.contract(
          x,
          w,
          { lhsBatch: [1], rhsBatch: [0], lhsContract: [0], rhsContract: [1] },
          dtype
        )
      ]
    )
    const want: number[] = []
    for (let g = 0; g < 2; g++)
      for (let m = 0; m < 3; m++)
        for (let n = 0; n < 5; n++) {
          let sum = 0
          for (let k = 0; k < 4; k++) sum += a[k * 6 + g * 3 + m] * b[g * 20 + k * 5 + n]
          want.push(sum)
        }
    expect([...y]).toEqual(want)
  })

  /** NHWC x HWIO, plain loops; the padding is the same on all sides. */
  const convolve = (x: Float32Array, w: Float32Array, stride: number, pad: number): number[] => {
    const out: number[] = []
    const o = Math.floor((7 + 2 * pad - 3) / stride) + 1
    for (let n = 0; n < 2; n++)
      for (let i = 0; i < o; i++)
        for (let j = 0; j < o; j++)
          for (let f = 0; f < 4; f++) {
            let sum = 0
            for (let p = 0; p < 3; p++)
              for (let q = 0; q < 3; q++)
                for (let c = 0; c < 3; c++) {
                  const [a, b] = [i * stride + p - pad, j * stride + q - pad]
                  if (a < 0 || b < 0 || a > 6 || b > 6) continue
                  sum += x[((n * 7 + a) * 7 + b) * 3 + c] * w[((p * 3 + q) * 3 + c) * 4 + f]
                }
            out.push(sum)
          }
    return out
  }
  const nhwc = { lhsSpec: [0, 3, 1, 2], rhsSpec: [3, 2, 0, 1], outSpec: [0, 3, 1, 2] }
  const plain = {
    lhsDilation: [1, 1],
    rhsDilation: [1, 1],
    featureGroupCount: 1,
    batchGroupCount: 1
  }
  const x = ramp(2 * 7 * 7 * 3, (i) => (i % 11) - 5)
  const w = ramp(3 * 3 * 3 * 4, (i) => (i % 7) - 3)

  test('convolve with stride and padding', () => {
    const [y] = run([f32(2, 7, 7, 3), f32(3, 3, 3, 4)], [x, w], (c, [a, k]) => [
      convolved(
        c,
        a,
        k,
        {
          ...nhwc,
          ...plain,
          strides: [2, 2],
          padding: [
            [1, 1],
            [1, 1]
          ]
        },
        'float32'
      )
    ])
    expect([...y]).toEqual(convolve(x, w, 2, 1))
  })

  test('are the gradients of a strided convolution', () => {
    // out [2, 4, 4, 4]; the gradients are convolutions with dilated operands (jax._src.lax.convolution).
    const ct = ramp(2 * 4 * 4 * 4, (i) => (i % 5) - 2)
    const [dx, dw] = run(
      [f32(2, 7, 7, 3), f32(3, 3, 3, 4), f32(2, 4, 4, 4)],
      [x, w, ct],
      (c, [a, k, g]) => [
        convolved(
          c,
          g,
          reverse(k, [0, 1]),
          {
            ...plain,
            lhsSpec: [0, 3, 1, 2],
            rhsSpec: [2, 3, 0, 1],
            outSpec: [0, 3, 1, 2],
            strides: [1, 1],
            padding: [
              [1, 1],
              [1, 1]
            ],
            lhsDilation: [2, 2]
          },
          'float32'
        ),
        convolved(
          c,
          a,
          g,
          {
            ...plain,
            lhsSpec: [3, 0, 1, 2],
            rhsSpec: [3, 0, 1, 2],
            outSpec: [2, 3, 0, 1],
            strides: [1, 1],
            padding: [
              [1, 1],
              [1, 1]
            ],
            rhsDilation: [2, 2]
          },
          'float32'
        )
      ]
    )
    // The adjoint of a linear map, entry by entry: dx_i = ⟨conv(e_i, w), ct⟩. Integers, so exact.
    const inner = (y: readonly number[]) => y.reduce((s, v, i) => s + v * ct[i], 0)
    const basis = (n: number, i: number) => ramp(n, (j) => (i === j ? 1 : 0))
    expect([...dx]).toEqual(Array.from(x, (_, i) => inner(convolve(basis(x.length, i), w, 2, 1))))
    expect([...dw]).toEqual(Array.from(w, (_, i) => inner(convolve(x, basis(w.length, i), 2, 1))))
  })
})

describe('sums', () => {
  test.each([
    [[2 ** 25], [0]],
    [[2 ** 25, 1], [0]],
    [[1, 2 ** 25], [1]]
  ])('of 2^25 ones shaped %j are 2^25', (shape, axes) => {
    const [y] = run([f32(...shape)], [new Float32Array(2 ** 25).fill(1)], (c, [v]) => [
      c.reduce(v, axes, 'add')
    ])
    expect(y[0]).toBe(2 ** 25)
  })

  test('of 2^18 rows add up columns without losing ones', () => {
    const [y] = run([f32(2 ** 18, 5)], [new Float32Array(5 * 2 ** 18).fill(1.1)], (c, [v]) => [
      c.reduce(v, [0], 'add')
    ])
    for (const s of y) expect(Math.abs(s / (2 ** 18 * Math.fround(1.1)) - 1)).toBeLessThan(1e-6)
  })
})
