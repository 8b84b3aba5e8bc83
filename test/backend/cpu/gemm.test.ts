import { describe, expect, test } from 'vitest'
import { compileModule, detectProfile } from '../../../src/backend/cpu/engine/engine.ts'
import type { EngineProfile, TileShape } from '../../../src/backend/cpu/engine/engine.ts'
import { emitGemm, gemmPath, gemmWorkspace } from '../../../src/backend/cpu/product/gemm.ts'
import type { GemmPath, GemmShape } from '../../../src/backend/cpu/product/gemm.ts'
import type { Epilogue } from '../../../src/backend/cpu/product/gemm-micro.ts'
import type { FloatType } from '../../../src/backend/cpu/values/vector.ts'
import { createModule, type ModuleBuilder } from '../../../src/backend/cpu/wasm/module.ts'
import { wasm } from '../../../src/backend/cpu/wasm/runtime.ts'
import type { ValueType } from '../../../src/backend/cpu/wasm/opcodes.ts'
import type { WasmFunction } from '../../../src/backend/cpu/wasm/runtime.ts'

const memory = new wasm.Memory({ initial: 512 })
const WORKSPACE = 1 << 16
const OPERANDS = 1 << 23

/** The code of each path. */
type GemmFor = (path: GemmPath) => WasmFunction

interface Problem {
  readonly m: number
  readonly n: number
  readonly k: number
  /** Whether the stored operand is transposed, or read with a step over every other element. */
  readonly a: 'plain' | 'transposed' | 'stepped'
  readonly b: 'plain' | 'transposed' | 'stepped'
  readonly accumulate: boolean
}

const strides = (
  rows: number,
  columns: number,
  layout: Problem['a']
): readonly [rowStride: number, columnStride: number] =>
  layout === 'plain' ? [columns, 1] : layout === 'transposed' ? [1, rows] : [2 * columns + 1, 2]

/** A product of small integers: exact in every order of summation, so compared exactly. */
const run = (
  gemmFor: GemmFor,
  dtype: FloatType,
  { m, n, k, a, b, accumulate }: Problem,
  path?: GemmPath
) => {
  const heap =
    dtype === 'float32' ? new Float32Array(memory.buffer) : new Float64Array(memory.buffer)
  const bytes = heap.BYTES_PER_ELEMENT
  const [rsA, csA] = strides(m, k, a)
  const [rsB, csB] = strides(k, n, b)
  const rsC = n + 3
  const baseA = OPERANDS / bytes
  const baseB = baseA + (m + 1) * (2 * k + 2) + m
  const baseC = baseB + (k + 1) * (2 * n + 2) + k
  const elementA = (i: number, p: number): number => ((i * 7 + p * 3) % 9) - 4
  const elementB = (p: number, j: number): number => ((p * 5 + j * 11) % 7) - 3
  for (let i = 0; i < m; i++)
    for (let p = 0; p < k; p++) heap[baseA + i * rsA + p * csA] = elementA(i, p)
  for (let p = 0; p < k; p++)
    for (let j = 0; j < n; j++) heap[baseB + p * rsB + j * csB] = elementB(p, j)
  heap.fill(5, baseC, baseC + m * rsC)
  const shape = { m, n, k, a: [rsA, csA], b: [rsB, csB], rowStride: rsC } as const
  gemmFor(path ?? gemmPath(shape, fused))(
    m,
    n,
    k,
    baseA * bytes,
    rsA,
    csA,
    baseB * bytes,
    rsB,
    csB,
    baseC * bytes,
    rsC,
    WORKSPACE,
    accumulate ? 1 : 0
  )
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < rsC; j++) {
      let expected = j < n && !accumulate ? 0 : 5 // beyond the columns nothing is written
      if (j < n) for (let p = 0; p < k; p++) expected += elementA(i, p) * elementB(p, j)
      const got = heap[baseC + i * rsC + j]
      if (got !== expected) return `C[${i}, ${j}] is ${got}, not ${expected}`
    }
  }
  return 'right'
}

const compile = (
  profile: EngineProfile,
  dtype: FloatType,
  epilogue?: (module: ModuleBuilder) => Epilogue
): GemmFor => {
  const made = new Map<GemmPath, WasmFunction>()
  return (path) => {
    const known = made.get(path)
    if (known !== undefined) return known
    const module = createModule({ initial: 1 })
    module.export('gemm', emitGemm(module, { dtype, profile, path, epilogue: epilogue?.(module) }))
    const compiled = compileModule(module.build(), profile)
    const { gemm } = new wasm.Instance(compiled, { env: { memory } }).exports
    made.set(path, gemm)
    return gemm
  }
}

const fused = detectProfile()
const profiles: readonly (readonly [string, EngineProfile])[] = [
  ['fused', fused],
  ['deterministic', detectProfile({ deterministic: true })],
  [
    'six rows, unrolled',
    { ...fused, compiler: 'turboshaft', tile: { rows: 6, vectors: 2, unroll: 4 } }
  ],
  ['three rows, three vectors', { ...fused, tile: { rows: 3, vectors: 3, unroll: 2 } }],
  [
    'five rows, four vectors',
    { ...fused, compiler: 'turboshaft', tile: { rows: 5, vectors: 4, unroll: 4 } }
  ]
]
const layouts = ['plain', 'transposed', 'stepped'] as const

describe.each(profiles)('gemm with the profile %s', (_name, profile) => {
  test.each(['float32', 'float64'] as const)('equals a naive loop in %s', (dtype) => {
    const gemm = compile(profile, dtype)
    const small = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    const sizes: (readonly [number, number, number])[] = [
      ...small.flatMap((m) => small.flatMap((n) => small.map((k) => [m, n, k] as const))),
      ...[31, 33, 100].flatMap((m) => [1, 7, 33, 100].map((n) => [m, n, 31] as const)),
      [100, 100, 300],
      [1, 100, 520],
      [100, 1, 520],
      [1, 2100, 9],
      [1, 1027, 262],
      [2051, 1, 10],
      [70, 1, 515],
      [400, 33, 257],
      [9, 2100, 19],
      [3, 2100, 519],
      [16, 1290, 262],
      [3, 2051, 519]
    ]
    const wrong = sizes.flatMap(([m, n, k], i) =>
      layouts.flatMap((a) =>
        layouts.flatMap((b) => {
          const accumulate = i % 2 === 1
          const result = run(gemm, dtype, { m, n, k, a, b, accumulate })
          return result === 'right' ? [] : [`${m}×${n}×${k} ${a} ${b} ${accumulate}: ${result}`]
        })
      )
    )
    expect(wrong).toEqual([])
  })

  test.each(['float32', 'float64'] as const)('equals it on every path in %s', (dtype) => {
    const gemm = compile(profile, dtype)
    const sizes = [1, 2, 4, 5, 7, 9].flatMap((m) =>
      [1, 2, 4, 7, 8, 13].flatMap((n) => [1, 3, 4, 6, 257].map((k) => [m, n, k] as const))
    )
    const wrong = sizes.flatMap(([m, n, k], i) =>
      (['sumsOfRows', 'direct', 'packed'] as const).flatMap((path) =>
        layouts.flatMap((a) => {
          const result = run(gemm, dtype, { m, n, k, a, b: 'plain', accumulate: i % 2 === 1 }, path)
          return result === 'right' ? [] : [`${path} ${m}×${n}×${k} ${a}: ${result}`]
        })
      )
    )
    const dots = sizes.flatMap(([m, n, k], i) => {
      const layout = { a: 'plain', b: 'transposed', accumulate: i % 2 === 1 } as const
      const result = run(gemm, dtype, { m, n, k, ...layout }, 'dots')
      const few = layouts.flatMap((b) => {
        const found = run(gemm, dtype, { m, n, k, ...layout, b }, 'dotsOfFew')
        return found === 'right' ? [] : [`few ${m}×${n}×${k} ${b}: ${found}`]
      })
      return result === 'right' ? few : [...few, `dots ${m}×${n}×${k}: ${result}`]
    })
    expect([...wrong, ...dots]).toEqual([])
  })
})

describe('gemm', () => {
  test('hands every part of the result to its epilogue once, with its parameters', () => {
    // c[row·stride + column] ← 2·c + 1000·column + row, with c and the stride as parameters.
    const epilogue = (module: ModuleBuilder): Epilogue => ({
      params: 2,
      finish: module.define(
        { params: Array<ValueType>(6).fill('i32'), results: [] },
        (f, row, rows, column, columns, c, stride) => {
          const [at, left] = f.locals('i32', 2)
          f.while(
            () => f.get(rows),
            () => {
              f.i32(0).set(left)
              f.while(
                () => f.get(left).get(columns).op('i32.lt_u'),
                () => {
                  f.get(row).get(stride).op('i32.mul').get(column).op('i32.add').get(left)
                  f.op('i32.add').i32(2).op('i32.shl').get(c).op('i32.add').set(at)
                  f.get(at).get(at).memory('f32.load').f32(2).op('f32.mul')
                  f.get(column).get(left).op('i32.add').i32(1000).op('i32.mul')
                  f.get(row).op('i32.add').op('f32.convert_i32_s').op('f32.add')
                  f.memory('f32.store').increment(left, 1)
                }
              )
              f.increment(row, 1).increment(rows, -1)
            }
          )
        }
      )
    })
    const gemmFor = compile(fused, 'float32', epilogue)
    const heap = new Float32Array(memory.buffer)
    const base = OPERANDS / 4
    for (const [m, n, k] of [
      [3, 5, 2],
      [1, 9, 40],
      [9, 1, 40],
      [70, 75, 300],
      [9, 130, 300],
      [5, 1100, 1000]
    ]) {
      const shape = { m, n, k, a: [k, 1], b: [1, k], rowStride: n } as const
      const gemm = gemmFor(gemmPath(shape, fused))
      const [a, b, c] = [base, base + m * k, base + m * k + k * n]
      heap.fill(1, a, a + m * k)
      heap.fill(2, b, b + k * n)
      gemm(m, n, k, 4 * a, k, 1, 4 * b, 1, k, 4 * c, n, WORKSPACE, 0, 4 * c, n)
      for (let i = 0; i < m; i++)
        for (let j = 0; j < n; j++) expect(heap[c + i * n + j]).toBe(4 * k + 1000 * j + i)
    }
  })

  test('sums long rows in blocks: 2^25 ones are 2^25', () => {
    // Zero strides read the same ones again, so the operands need no memory.
    const gemm = compile(fused, 'float32')('packed')
    const heap = new Float32Array(memory.buffer)
    heap.fill(1, OPERANDS / 4, OPERANDS / 4 + 64)
    const c = OPERANDS + 4096
    gemm(2, 9, 2 ** 25, OPERANDS, 0, 0, OPERANDS, 0, 1, c, 9, WORKSPACE, 0)
    expect([...heap.subarray(c / 4, c / 4 + 18)]).toEqual(Array(18).fill(2 ** 25))
  })

  test('gives the same bits whatever the tile, and whether or not it packs', () => {
    const heap = new Float32Array(memory.buffer)
    const [m, n, k] = [70, 177, 300]
    const [a, b, c] = [OPERANDS / 4, OPERANDS / 4 + m * k, OPERANDS / 4 + m * k + k * n]
    for (let i = 0; i < m * k + k * n; i++) heap[a + i] = Math.sin(i)
    const deterministic = detectProfile({ deterministic: true })
    const others: readonly TileShape[] = [
      { rows: 6, vectors: 2, unroll: 4 },
      { rows: 4, vectors: 2, unroll: 1 }
    ]
    const results = [deterministic.tile, ...others].flatMap((tile) => {
      const profile = { ...deterministic, tile }
      const gemmFor = compile(profile, 'float32')
      const ways = [
        [m, 'packed'],
        [7, 'direct'],
        [14, 'sumsOfRows'],
        [1, 'sumOfRows']
      ] as const
      return ways.map(([rows, path]) => {
        const gemm = gemmFor(path)
        for (let i = 0; i < m; i += rows)
          gemm(rows, n, k, 4 * (a + i * k), k, 1, 4 * b, n, 1, 4 * (c + i * n), n, WORKSPACE, 0)
        return new Int32Array(memory.buffer, 4 * c, m * n).slice()
      })
    })
    const differs = results.filter((result) => result.some((bits, i) => bits !== results[0][i]))
    expect(differs.length).toBe(0)
  })

  test('needs a workspace no larger than its blocks', () => {
    const tile = { rows: 4, vectors: 2, unroll: 1 } as const
    const profile = { ...fused, tile }
    const bytes = (path: GemmPath, m: number, n: number, k: number): number =>
      gemmWorkspace({ m, n, k }, { dtype: 'float32', profile, path })
    expect(bytes('packed', 4, 8, 16)).toBe(128 + 4 * 16 * 4 + 8 * 16 * 4)
    expect(bytes('packed', 1e6, 1e6, 1e6)).toBeLessThan(3e6)
    expect(bytes('sumsOfRows', 5, 300, 1e6)).toBe(5 * 4 * (256 + 300))
    expect(bytes('direct', 4, 8, 16)).toBe(0)
  })
})

describe('gemmPath', () => {
  const plain = (m: number, n: number, k: number): GemmShape => ({
    m,
    n,
    k,
    a: [k, 1],
    b: [n, 1],
    rowStride: n
  })
  test('reads what is multiplied few times in place', () => {
    const shapes = [
      [512, 512, 512],
      [17, 512, 512],
      [16, 512, 512],
      [8, 512, 512],
      [8, 2048, 2048],
      [1, 2048, 2048],
      [2048, 1, 2048],
      [64, 64, 64],
      [2, 64, 1e6]
    ]
    expect(shapes.map(([m, n, k]) => gemmPath(plain(m, n, k), { compiler: 'turbofan' }))).toEqual([
      'packed',
      'packed',
      'sumsOfRows',
      'direct',
      'sumsOfRows',
      'sumOfRows',
      'dotsOfRows',
      'direct',
      'direct'
    ])
  })

  test('reads all of B in place where it stays in a near cache', () => {
    const shapes = [
      [8192, 32, 64],
      [8192, 8, 4096],
      [1024, 1024, 4],
      [16, 16, 4096],
      [256, 256, 256],
      [512, 512, 512]
    ]
    const paths = (compiler: EngineProfile['compiler']): readonly GemmPath[] =>
      shapes.map(([m, n, k]) => gemmPath(plain(m, n, k), { compiler }))
    const direct: readonly GemmPath[] = ['direct', 'direct', 'direct', 'direct']
    expect(paths('turbofan')).toEqual([...direct, 'packed', 'packed'])
    expect(paths('turboshaft')).toEqual([...direct, 'direct', 'packed'])
    const slice = { ...plain(8192, 32, 64), b: [4096, 1] } as const // lines drive each other out
    expect(gemmPath(slice, fused)).toBe('packed')
  })

  test('multiplies few columns as dot products, contiguous ones and those that fill no tile', () => {
    const path = (n: number, b: readonly [number, number]): GemmPath =>
      gemmPath({ ...plain(512, n, 512), b }, fused)
    expect([2, 7, 8, 10, 17].map((n) => path(n, [n, 1]))).toEqual([
      'dotsOfFew',
      'dotsOfFew',
      'direct',
      'dotsOfFew',
      'direct'
    ])
    expect([1, 8, 17].map((n) => path(n, [1, 512]))).toEqual(['dotsOfRows', 'dotsOfFew', 'packed'])
  })

  test('multiplies few rows by contiguous columns as dot products', () => {
    const transposed = (m: number): GemmPath =>
      gemmPath({ ...plain(m, 2048, 2048), b: [1, 2048] }, fused)
    expect([1, 2, 16, 17].map(transposed)).toEqual(['dotsOfColumns', 'dots', 'dots', 'packed'])
  })
})
