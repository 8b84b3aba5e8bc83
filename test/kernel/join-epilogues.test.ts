/** Which maps become epilogues, read as printed programs; that they are right, by comparison. */
import { describe, expect, test } from 'vitest'
import '../../src/install-convolutions.ts'
import { createCpuBackend } from '../../src/backend/cpu/program.ts'
import type { DType } from '../../src/core/dtype.ts'
import { createProgramBuilder } from '../../src/kernel/build.ts'
import type { LoweredValue, Lowering } from '../../src/kernel/fuse.ts'
import type { Program } from '../../src/kernel/ir.ts'
import { binary, cast, constant, unary } from '../../src/kernel/make.ts'
import { showProgram } from '../../src/kernel/show.ts'
import { broadcastInDim, map, transpose } from '../../src/kernel/views.ts'
import { convolve as lowerConvolve } from '../../src/kernel/lower-convolve.ts'

type Convolve = typeof lowerConvolve extends (c: never, ...rest: infer R) => infer V
  ? (c: Lowering, ...rest: R) => V
  : never
const convolution: Convolve = (c, ...rest) => c.emitting((e) => lowerConvolve(e, ...rest))

const cpu = createCpuBackend()

type Build = (c: Lowering, inputs: readonly LoweredValue[]) => readonly LoweredValue[]

const build = (
  shapes: readonly (readonly number[])[],
  make: Build,
  dtype: DType = 'float32'
): Program => {
  const b = createProgramBuilder()
  return b.finish(
    make(
      b.context,
      shapes.map((shape) => b.input({ shape, dtype }))
    )
  )
}

const matmul = (c: Lowering, x: LoweredValue, y: LoweredValue): LoweredValue => {
  const rank = x.shape.length
  const batch = x.shape.slice(0, -2).map((_, a) => a)
  const d = {
    lhsContract: [rank - 1],
    rhsContract: [rank - 2],
    lhsBatch: batch,
    rhsBatch: batch
  }
  return c.contract(x, y, d, x.dtype)
}
const add = (x: LoweredValue, y: LoweredValue) => map([x, y], (a, b) => binary('add', a, b))
const relu = (x: LoweredValue) => map([x], (e) => binary('max', e, constant(e.dtype, 0)))
/** [columns] -> [...shape, columns] */
const bias = (b: LoweredValue, shape: readonly number[]) =>
  broadcastInDim(b, shape, [shape.length - 1])

/** The printed kernels. */
const show = (program: Program): string => {
  const text = showProgram(program)
  return text.slice(text.search(/^ *(contraction|convolution|nest)/m))
}

describe('a map over a product', () => {
  test('joins it with bias, activation and residual', () => {
    const program = build([[5, 7], [7, 9], [9], [5, 9]], (c, [x, w, b, r]) => [
      add(relu(add(matmul(c, x, w), bias(b, [5, 9]))), r)
    ])
    expect(show(program)).toMatchInlineSnapshot(`
      "contraction batch [] m 5 n 9 k 7
        b5[i0*9 + i1] = b0[i0*7 + i2] . b1[i1 + i2*9] then add(max(add(sum, b2[i1]), 0:f32), b3[i0*9 + i1])
      return b5"
    `)
  })

  test('joins it through merged and split axes', () => {
    const program = build([[2, 3, 7], [7, 8], [8]], (c, [x, w, b]) => {
      const d = { lhsContract: [2], rhsContract: [0], lhsBatch: [], rhsBatch: [] }
      const y = add(c.contract(x, w, d, 'float32'), bias(b, [2, 3, 8]))
      return [c.reshape(relu(y), [6, 2, 4])]
    })
    expect(show(program)).toMatchInlineSnapshot(`
      "contraction batch [] m 6 n 8 k 7
        b4[i0*8 + i1] = b0[i0*7 + i2] . b1[i1 + i2*8] then max(add(sum, b2[i1]), 0:f32)
      return b4"
    `)
  })

  test('stays where the sums have another reader, or are the result', () => {
    const shapes = [
      [4, 5],
      [5, 6]
    ]
    const twice = build(shapes, (c, [x, w]) => {
      const y = matmul(c, x, w)
      return [relu(y), map([y], (e) => unary('exp', e))]
    })
    const returned = build(shapes, (c, [x, w]) => {
      const y = matmul(c, x, w)
      return [y, relu(y)]
    })
    const turned = build(shapes, (c, [x, w]) => [c.store(transpose(relu(matmul(c, x, w)), [1, 0]))])
    for (const program of [twice, returned, turned]) expect(show(program)).not.toContain('then')
  })
})

describe('an epilogue', () => {
  const inputs = (program: Program, seed: number) =>
    program.inputs.map((id, at) => {
      const { size, dtype } = program.buffers[id]
      const values = Array.from({ length: size }, (_, i) => ((i * 7 + at * 3 + seed) % 11) / 4 - 1)
      return dtype === 'float64' ? Float64Array.from(values) : Float32Array.from(values)
    })
  /** The program as it is, and with the products stored before what follows them. */
  const bothWays = (
    shapes: readonly (readonly number[])[],
    make: (
      c: Lowering,
      ins: readonly LoweredValue[],
      sums: (y: LoweredValue) => LoweredValue
    ) => LoweredValue,
    dtype: DType
  ) => {
    const joined = build(shapes, (c, ins) => [make(c, ins, (y) => y)], dtype)
    const apart = build(
      shapes,
      (c, ins) => {
        const kept: LoweredValue[] = []
        const result = make(c, ins, (y) => {
          kept.push(y) // a result of the program has another reader
          return y
        })
        return [result, ...kept]
      },
      dtype
    )
    expect([show(joined).includes('then'), show(apart).includes('then')]).toEqual([true, false])
    return [joined, apart].map((p) => cpu.compile(p).run(inputs(p, 1))[0])
  }

  const sizes = [
    [1, 1],
    [1, 9],
    [9, 1],
    [2, 3],
    [5, 8],
    [17, 70],
    [70, 17]
  ]
  test.each(['float32', 'float64', 'float16', 'bfloat16'] as const)(
    'gives the same bits as a map after the product, in %s',
    (dtype) => {
      const wrong: string[] = []
      for (const [m, n] of sizes)
        for (const k of [3, 300]) {
          const [x, y] = bothWays(
            [[m, k], [k, n], [n], [m, n]],
            (c, [a, b, v, r], sums) => {
              const z = add(sums(matmul(c, a, b)), bias(v, [m, n]))
              return add(
                map([z], (e) => unary('tanh', e)),
                r
              )
            },
            dtype
          )
          if (x.some((v, i) => !Object.is(v, y[i]))) wrong.push(`${m}×${n}×${k}`)
        }
      expect(wrong).toEqual([])
    }
  )

  test('follows batches, transposes and convolutions', () => {
    const batched = bothWays(
      [
        [2, 3, 17, 5],
        [2, 3, 5, 9],
        [3, 9]
      ],
      (c, [a, b, v], sums) =>
        relu(add(sums(matmul(c, a, b)), broadcastInDim(v, [2, 3, 17, 9], [1, 3]))),
      'float32'
    )
    const counted = bothWays(
      [
        [6, 4],
        [4, 11]
      ],
      (c, [a, b], sums) => {
        const y = sums(matmul(c, a, b))
        return map([y], (e) => binary('mul', e, cast(constant('int32', 3), 'float32')))
      },
      'float32'
    )
    const spec = (groups: number) => ({
      lhsSpec: [0, 3, 1, 2],
      rhsSpec: [3, 2, 0, 1],
      outSpec: [0, 3, 1, 2],
      strides: [1, 1],
      padding: [[1, 1] as const, [1, 1] as const],
      lhsDilation: [1, 1],
      rhsDilation: [1, 1],
      featureGroupCount: groups,
      batchGroupCount: 1
    })
    const convolved = [1, 2].map((groups) =>
      bothWays(
        [[2, 7, 6, 4], [3, 3, 4 / groups, 10], [10], [2, 7, 6, 10]],
        (c, [x, w, v, r], sums) => {
          const y = sums(convolution(c, x, w, spec(groups), 'float32'))
          return relu(add(add(y, bias(v, [2, 7, 6, 10])), r))
        },
        'float32'
      )
    )
    // Features first: images of 72 positions are products, smaller ones are copied into place.
    const channels = [0, 1, 2, 3]
    const first = { lhsSpec: channels, rhsSpec: channels, outSpec: channels }
    const imaged = [
      [9, 8, 1],
      [9, 8, 2],
      [4, 3, 1]
    ].map(([h, w, groups]) =>
      bothWays(
        [[2, 4, h, w], [10, 4 / groups, 3, 3], [10], [2, 10, h, w]],
        (c, [x, k, v, r], sums) => {
          const y = sums(convolution(c, x, k, { ...spec(groups), ...first }, 'float32'))
          return relu(add(add(y, broadcastInDim(v, [2, 10, h, w], [1])), r))
        },
        'float32'
      )
    )
    for (const [x, y] of [batched, counted, ...convolved, ...imaged]) expect([...x]).toEqual([...y])
  })
})
