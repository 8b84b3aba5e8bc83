/** Reductions over any axes and layouts equal plain loops. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createCpuBackend } from '../../../src/backend/cpu/program.ts'
import { allocate, type HostData } from '../../../src/core/dtype.ts'
import { createProgramBuilder } from '../../../src/kernel/build.ts'
import type { ScalarType } from '../../../src/kernel/expr.ts'
import type { LoweredValue, Lowering } from '../../../src/kernel/fuse.ts'
import { transpose } from '../../../src/kernel/views.ts'

const cpu = createCpuBackend()

const run = (
  dtype: ScalarType,
  shape: readonly number[],
  data: HostData,
  build: (c: Lowering, v: LoweredValue) => readonly LoweredValue[]
): readonly HostData[] => {
  const b = createProgramBuilder()
  const v = b.input({ shape, dtype })
  return cpu.compile(b.finish(build(b.context, v))).run([data])
}

const dims = fc.array(fc.constantFrom(1, 2, 3, 4, 5, 8, 9, 17, 40), { minLength: 3, maxLength: 3 })

const steps: Readonly<Record<'add' | 'mul' | 'max' | 'min', (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  mul: Math.imul,
  max: Math.max,
  min: Math.min
}

/** Elements of a row-major [a, b, c] array grouped by the axes that stay, in order. */
const groups = (
  data: HostData,
  shape: readonly number[],
  axes: readonly number[]
): readonly (readonly number[])[] => {
  const out = new Map<string, number[]>()
  const [, b, c] = shape
  data.forEach((x: number, i: number) => {
    const point = [Math.floor(i / (b * c)), Math.floor(i / c) % b, i % c]
    const key = point.filter((_, a) => !axes.includes(a)).join()
    const group = out.get(key)
    if (group === undefined) out.set(key, [x])
    else group.push(x)
  })
  return [...out.values()]
}

const axesOf = fc.subarray([0, 1, 2], { minLength: 1 })
const permutation = fc.constantFrom([0, 1, 2], [2, 0, 1], [1, 0, 2], [2, 1, 0])

/** The array [a, b, c] seen through a transposed buffer: same values, other strides. */
const permuted = (
  data: HostData,
  shape: readonly number[],
  p: readonly number[],
  dtype: ScalarType
) => {
  const target = p.map((a) => shape[a])
  const out = allocate(dtype, data.length)
  const [, b, c] = shape
  data.forEach((x: number, i: number) => {
    const point = [Math.floor(i / (b * c)), Math.floor(i / c) % b, i % c]
    const [x0, x1, x2] = p.map((a) => point[a])
    out[(x0 * target[1] + x1) * target[2] + x2] = x
  })
  return { target, out, back: shape.map((_, a) => p.indexOf(a)) }
}

describe('a reduction', () => {
  test.each([
    ['int32', 'add'],
    ['int32', 'mul'],
    ['float32', 'add'],
    ['float32', 'max'],
    ['float64', 'add'],
    ['float64', 'min'],
    ['uint8', 'max'],
    ['int16', 'min']
  ] as const)('in %s by %s is a fold in any layout', (dtype, monoid) => {
    fc.assert(
      fc.property(dims, axesOf, permutation, fc.nat(9), (shape, axes, p, seed) => {
        const data = allocate(dtype, shape[0] * shape[1] * shape[2])
        // Small integers: every order of summation is exact.
        for (let i = 0; i < data.length; i++) data[i] = (i * 5 + seed) % 7
        const { target, out, back } = permuted(data, shape, p, dtype)
        const [got] = run(dtype, target, out, (c, v) => [
          c.reduce(transpose(v, back), axes, monoid)
        ])
        const want = groups(data, shape, axes).map((g) => g.reduce((x, y) => steps[monoid](x, y)))
        expect([...got]).toEqual(want)
      }),
      { numRuns: 60, seed: 2 }
    )
  })

  test.each(['float32', 'float64', 'int8'] as const)(
    'in %s finds positions in any layout',
    (dtype) => {
      fc.assert(
        fc.property(
          dims,
          fc.constantFrom(0, 1, 2),
          permutation,
          fc.nat(9),
          (shape, axis, p, seed) => {
            const data = allocate(dtype, shape[0] * shape[1] * shape[2])
            for (let i = 0; i < data.length; i++) {
              data[i] = dtype !== 'int8' && (i + seed) % 23 === 0 ? NaN : (i * 5 + seed) % 7
            }
            const { target, out, back } = permuted(data, shape, p, dtype)
            const [got] = run(dtype, target, out, (c, v) => [
              c.argReduce(transpose(v, back), axis, 'argmax', 'int32')
            ])
            const want = groups(data, shape, [axis]).map((g) => {
              const missing = g.findIndex((x) => x !== x)
              return missing >= 0 ? missing : g.indexOf(Math.max(...g))
            })
            expect([...got]).toEqual(want)
          }
        ),
        { numRuns: 60, seed: 3 }
      )
    }
  )

  test('of nothing is the neutral element', () => {
    const [sum, max] = run('float32', [2, 0], new Float32Array(0), (c, v) => [
      c.reduce(v, [1], 'add'),
      c.reduce(v, [1], 'max')
    ])
    expect([...sum, ...max]).toEqual([0, 0, -Infinity, -Infinity])
  })

  test.each([0, 1, 2])('that runs along axis %i is a prefix sum in any layout', (axis) => {
    fc.assert(
      fc.property(dims, permutation, fc.boolean(), (shape, p, reverse) => {
        const data = Float32Array.from(
          { length: shape[0] * shape[1] * shape[2] },
          (_, i) => (i * 5) % 7
        )
        const { target, out, back } = permuted(data, shape, p, 'float32')
        const [got] = run('float32', target, out, (c, v) => [
          c.cumulative(transpose(v, back), axis, 'add', reverse)
        ])
        const sums = (g: readonly number[]): readonly number[] => {
          let sum = 0
          return g.map((x) => (sum += x))
        }
        const want = groups(data, shape, [axis]).map((g) =>
          reverse ? [...sums([...g].reverse())].reverse() : sums(g)
        )
        expect(groups(got, shape, [axis])).toEqual(want)
      }),
      { numRuns: 40, seed: 4 }
    )
  })
})
