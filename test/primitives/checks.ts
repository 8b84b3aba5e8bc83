/**
 * What every rule of a primitive must satisfy, checked on the reference evaluator: jvp is the
 * limit of differences, transpose is its adjoint, batch is a loop.
 */
import { expect } from 'vitest'
import { evaluateByReference } from '../../src/compile/reference.ts'
import { createCpuBackend } from '../../src/backend/cpu/program.ts'
import { avalOf, fromHost, hostOf, makeAval, type NdArray } from '../../src/core/array.ts'
import { allocate, isInexact, slotsOf, type DType } from '../../src/core/dtype.ts'
import { insert, sizeOf, stridesOf, without, type Shape } from '../../src/core/shape.ts'
import { createProgramBuilder } from '../../src/kernel/build.ts'
import { copyStrided, settle } from '../../src/primitives/host.ts'
import { instantiate } from '../../src/primitives/elementwise.ts'
import { lowerJaxpr } from '../../src/trace/lower-jaxpr.ts'
import { traceToJaxpr } from '../../src/trace/make-jaxpr.ts'
import { setEvaluator } from '../../src/trace/tracer.ts'
import { jvpFlat } from '../../src/transforms/jvp.ts'
import { batchFlat, placeDim } from '../../src/transforms/vmap.ts'
import { vjpFlat } from '../../src/transforms/vjp.ts'
import { expectArray, expectClose, type Tolerance } from '../equality.ts'
import { interpret } from './interpret.ts'

setEvaluator(evaluateByReference)

const cpu = createCpuBackend()

export type Flat = (...xs: readonly NdArray[]) => readonly NdArray[]

/** An array of these values, rounded to the type; complex numbers interleaved. */
export const make = (
  shape: Shape,
  values: readonly number[],
  dtype: DType = 'float64'
): NdArray => {
  const data = allocate(dtype, sizeOf(shape))
  expect(values).toHaveLength(data.length)
  data.set(values)
  return fromHost(makeAval(shape, dtype), settle(dtype, data))
}

/** Values spread over (-2, 2) without ties, the same for the same seed (a linear congruence). */
export const arbitrary = (shape: Shape, seed: number, dtype: DType = 'float64'): NdArray => {
  let state = (seed * 2654435761 + 12345) >>> 0
  const values = Array.from({ length: sizeOf(shape) * slotsOf(dtype) }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    const unit = state / 2 ** 32
    return isInexact(dtype) ? 4 * unit - 2 : Math.floor(9 * unit) - (dtype.startsWith('u') ? 0 : 4)
  })
  return make(shape, dtype === 'bool' ? values.map((v) => Number(v > 0)) : values, dtype)
}

const mapData = (x: NdArray, f: (v: number, i: number) => number): NdArray =>
  make(x.shape, Array.from(hostOf(x), f), x.dtype)

/** x + step · dx, elementwise. */
const moved = (x: NdArray, dx: NdArray, step: number): NdArray => {
  const d = hostOf(dx)
  return mapData(x, (v, i) => v + step * d[i])
}

/** Σ x y without conjugation. */
const inner = (xs: readonly NdArray[], ys: readonly NdArray[]): number => {
  let total = 0
  xs.forEach((x, n) => {
    const [a, b] = [hostOf(x), hostOf(ys[n])]
    for (let i = 0; i < a.length; i++) total += a[i] * b[i]
  })
  return total
}

const tangentsLike = (xs: readonly NdArray[], seed: number): readonly NdArray[] =>
  xs.map((x, i) => arbitrary(x.shape, seed + 31 * i, x.dtype))

/** At float64 arguments: jvp against central differences, and vjp against jvp. */
export const checkDerivatives = (f: Flat, xs: readonly NdArray[], seed = 1): void => {
  const dxs = tangentsLike(xs, seed)
  const [outs, tangents] = jvpFlat(f, xs, dxs)
  expect(outs.length).toBeGreaterThan(0)
  const dys = tangents.map(instantiate)
  const h = 1e-5
  const above = f(...xs.map((x, i) => moved(x, dxs[i], h)))
  const below = f(...xs.map((x, i) => moved(x, dxs[i], -h)))
  const float = outs.map((_, i) => i).filter((i) => isInexact(outs[i].dtype))
  float.forEach((i) => {
    const low = hostOf(below[i])
    const slope = mapData(above[i], (v, k) => (v - low[k]) / (2 * h))
    expectClose(dys[i], slope, { rtol: 1e-6, atol: 1e-7 })
  })
  const { pullback, outs: again } = vjpFlat(f, xs, 'f')
  again.forEach((y, i) => expectClose(y, outs[i], { rtol: 1e-12, atol: 1e-12 }))
  const cts = tangentsLike(outs, seed + 7)
  const back = pullback(cts).map(instantiate)
  back.forEach((ct, i) => expect(ct.shape).toEqual(xs[i].shape))
  const left = inner(
    float.map((i) => dys[i]),
    float.map((i) => cts[i])
  )
  const right = inner(dxs, back)
  expect(Math.abs(left - right)).toBeLessThanOrEqual(1e-9 * (1 + Math.abs(left)))
}

/** The derivative itself has the right derivatives. */
export const checkSecondDerivatives = (f: Flat, xs: readonly NdArray[], seed = 3): void =>
  checkDerivatives(
    (...args) => {
      const n = args.length / 2
      return jvpFlat(f, args.slice(0, n), args.slice(n))[1].map(instantiate)
    },
    [...xs, ...tangentsLike(xs, seed)],
    seed
  )

/** Example `at` of an array whose axis `dim` counts examples. */
const example = (x: NdArray, dim: number, at: number): NdArray => {
  const shape = without(x.shape, [dim])
  const data = allocate(x.dtype, sizeOf(shape))
  const strides = stridesOf(x.shape)
  const kept = strides.filter((_, a) => a !== dim)
  copyStrided(data, shape, hostOf(x), kept, at * strides[dim], slotsOf(x.dtype))
  return fromHost(makeAval(shape, x.dtype), data)
}

const placements = (rank: number): readonly (number | null)[] => [
  null,
  ...Array.from({ length: rank + 1 }, (_, a) => a)
]

const product = <T>(lists: readonly (readonly T[])[]): readonly (readonly T[])[] =>
  lists.reduce<readonly (readonly T[])[]>(
    (sofar, list) => sofar.flatMap((head) => list.map((last) => [...head, last])),
    [[]]
  )

/** vmap over every combination of mapped axes is the loop over examples. */
export const checkBatch = (
  f: Flat,
  xs: readonly NdArray[],
  tolerance: Tolerance = { rtol: 1e-12, atol: 1e-12 }
): void => {
  const size = 3
  for (const dims of product(xs.map((x) => placements(x.ndim)))) {
    if (dims.every((d) => d === null)) continue
    const args = xs.map((x, i) => {
      const dim = dims[i]
      return dim === null ? x : arbitrary(insert(x.shape, dim, size), 11 + i, x.dtype)
    })
    const [outs, outDims] = batchFlat(f, { size, name: null }, args, dims)
    for (let b = 0; b < size; b++) {
      const each = f(...args.map((x, i) => (dims[i] === null ? x : example(x, dims[i], b))))
      each.forEach((y, n) => {
        const placed = placeDim(outs[n], outDims[n], 0, size)
        if (isInexact(y.dtype)) expectClose(example(placed, 0, b), y, tolerance)
        else expectArray(example(placed, 0, b), y)
      })
    }
  }
}

/** The kernels of `f` give what its reference rules give. */
export const checkLowering = (
  f: Flat,
  xs: readonly NdArray[],
  tolerance: Tolerance = { rtol: 1e-12, atol: 1e-12 }
): void => {
  const { jaxpr, consts } = traceToJaxpr((...args) => f(...args), xs.map(avalOf), 'f', true)
  expect(consts).toHaveLength(0)
  const builder = createProgramBuilder()
  const program = builder.finish(
    lowerJaxpr(
      jaxpr,
      xs.map((x) => builder.input(avalOf(x))),
      builder.context
    )
  )
  const data = xs.map((x) => hostOf(x))
  const expected = f(...xs)
  for (const outs of [interpret(program, data), cpu.compile(program).run(data)])
    expected.forEach((y, i) => {
      const z = fromHost(avalOf(y), outs[i])
      if (isInexact(y.dtype)) expectClose(z, y, tolerance)
      else expectArray(z, y)
    })
}
