/** Generated code equals the plain interpreter, bit for bit, on random expressions and shapes. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createCpuBackend } from '../../../src/backend/cpu/program.ts'
import { allocate, dtypes, isComplex, isFloat } from '../../../src/core/dtype.ts'
import type { HostData } from '../../../src/core/dtype.ts'
import { affine } from '../../../src/kernel/affine.ts'
import { createProgramBuilder } from '../../../src/kernel/build.ts'
import type { BinaryOp, Expr, ScalarType, UnaryOp } from '../../../src/kernel/expr.ts'
import { compareOps } from '../../../src/kernel/expr.ts'
import { foldCast } from '../../../src/kernel/fold.ts'
import type { LoweredValue } from '../../../src/kernel/fuse.ts'
import * as make from '../../../src/kernel/make.ts'
import { only, transpose, value, view } from '../../../src/kernel/views.ts'
import { interpret } from './interpreter.ts'

const cpu = createCpuBackend()

const scalarTypes = dtypes.filter((d): d is ScalarType => !isComplex(d))

const floatUnary: readonly UnaryOp[] = [
  'neg', 'abs', 'sign', 'floor', 'ceil', 'trunc', 'round', 'roundEven', 'sqrt'
] // prettier-ignore
const integerUnary: readonly UnaryOp[] = ['neg', 'abs', 'sign', 'not', 'clz', 'populationCount']
const floatBinary: readonly BinaryOp[] = ['add', 'sub', 'mul', 'div', 'rem', 'max', 'min']
const integerBinary: readonly BinaryOp[] = [
  'add', 'sub', 'mul', 'div', 'rem', 'max', 'min', 'and', 'or', 'xor',
  'shiftLeft', 'shiftRightLogical', 'shiftRightArithmetic'
] // prettier-ignore
const boolBinary: readonly BinaryOp[] = ['and', 'or', 'xor']

/** Values at which conversions, shifts and rounding have corners. */
const special = [
  0, -0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 3, 7, 31, 32, 33, 127, 128, 255, 256, -128, 32767,
  65504, 65520, -65536, 2147483647, -2147483648, 4294967295, 1e10, 1e-7, 6e-8, 3e38, 1e-40,
  NaN, Infinity, -Infinity
] // prettier-ignore

/** Deterministic values of a dtype from a seed. */
const fill = (dtype: ScalarType, size: number, seed: number): HostData => {
  const data = allocate(dtype, size)
  for (let i = 0; i < size; i++) {
    const v = special[(i * 7 + seed) % special.length] * ((i + seed) % 3 === 0 ? 1 : 0.75)
    data[i] = isFloat(dtype)
      ? foldCast(v, dtype)
      : foldCast(Number.isFinite(v) ? Math.trunc(v) : 5, dtype)
  }
  return data
}

/** A recipe for an expression of a dtype; the leaves are numbered inputs. */
type Recipe = (leaf: (dtype: ScalarType, choice: number) => Expr) => Expr

const pick = fc.nat(1000)

const recipe = (dtype: ScalarType, depth: number): fc.Arbitrary<Recipe> => {
  const leaf = pick.map(
    (n): Recipe =>
      (get) =>
        get(dtype, n)
  )
  const literal = fc.constantFrom(...special).map(
    (v): Recipe =>
      () =>
        make.constant(dtype, isFloat(dtype) ? v : Number.isFinite(v) ? Math.trunc(v) : 3)
  )
  if (depth === 0) return fc.oneof({ weight: 3, arbitrary: leaf }, literal)
  const sub = recipe(dtype, depth - 1)
  const unaries = isFloat(dtype) ? floatUnary : dtype === 'bool' ? (['not'] as const) : integerUnary
  const binaries = isFloat(dtype) ? floatBinary : dtype === 'bool' ? boolBinary : integerBinary
  const un = fc.tuple(fc.constantFrom(...unaries), sub).map(
    ([op, x]): Recipe =>
      (get) =>
        make.unary(op, x(get))
  )
  const bin = fc.tuple(fc.constantFrom(...binaries), sub, sub).map(
    ([op, x, y]): Recipe =>
      (get) =>
        make.binary(op, x(get), y(get))
  )
  const sel = fc.tuple(recipe('bool', depth - 1), sub, sub).map(
    ([c, x, y]): Recipe =>
      (get) =>
        make.select(c(get), x(get), y(get))
  )
  const from = fc.constantFrom(...scalarTypes)
  const conversion = from
    .chain((d) => recipe(d, depth - 1))
    .map(
      (x): Recipe =>
        (get) =>
          make.cast(x(get), dtype)
    )
  const comparison = fc.tuple(fc.constantFrom(...compareOps), from).chain(([op, d]) =>
    fc.tuple(recipe(d, depth - 1), recipe(d, depth - 1)).map(
      ([x, y]): Recipe =>
        (get) =>
          make.compare(op, x(get), y(get))
    )
  )
  return dtype === 'bool'
    ? fc.oneof(leaf, un, bin, comparison)
    : fc.oneof(leaf, un, bin, bin, sel, conversion)
}

const extent = fc.constantFrom(0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33)

/** Views of an input over a shape: itself, transposed, broadcast, flipped, shifted under a guard. */
const viewOf = (
  input: (shape: readonly number[]) => LoweredValue,
  [m, n]: readonly [number, number],
  choice: number
): Expr => {
  switch (choice % 6) {
    case 0:
      return only(transpose(input([n, m]), [1, 0]))
    case 1:
      return only(view(input([n]), [m, n], [affine(0, [0, 1])]))
    case 2:
      return only(view(input([m]), [m, n], [affine(0, [1])]))
    case 3:
      return only(view(input([m, n]), [m, n], [affine(0, [1]), affine(n - 1, [0, -1])]))
    case 4: {
      const index = [affine(-1, [1]), affine(-2, [0, 1])]
      const inside = only(view(input([m, n]), [m, n], index))
      const bounds = [
        { index: index[0], lower: 0, upper: m },
        { index: index[1], lower: 0, upper: n - 1 }
      ]
      return make.guard([m, n], bounds, inside, make.constant(inside.dtype, 1))
    }
    default:
      return only(input([m, n]))
  }
}

const sameBits = (got: HostData, want: readonly number[]): void => {
  expect(got.length).toBe(want.length)
  for (let i = 0; i < want.length; i++) {
    if (!Object.is(got[i], want[i]))
      throw new Error(`element ${i}: got ${got[i]}, expected ${want[i]}`)
  }
}

const check = (
  dtype: ScalarType,
  make: Recipe,
  shape: readonly [number, number],
  seed: number
): void => {
  const [m, n] = shape
  const b = createProgramBuilder()
  const data: HostData[] = []
  const e = make((d, choice) => {
    const input = (s: readonly number[]): LoweredValue => {
      data.push(
        fill(
          d,
          s.reduce((x, y) => x * y, 1),
          seed + choice
        )
      )
      return b.input({ shape: s, dtype: d })
    }
    return viewOf(input, shape, choice)
  })
  const [got] = cpu.compile(b.finish([value(shape, e)])).run(data)
  const want = Array.from({ length: m * n }, (_, i) =>
    interpret(e, [Math.floor(i / n), i % n], data)
  )
  expect(e.dtype).toBe(dtype)
  sameBits(got, want)
}

describe('generated code is the interpreter', () => {
  test.each(scalarTypes)('on expressions of %s', (dtype) => {
    fc.assert(
      fc.property(recipe(dtype, 3), fc.tuple(extent, extent), fc.nat(50), (r, shape, seed) =>
        check(dtype, r, shape, seed)
      ),
      { numRuns: 60, seed: 1 }
    )
  })

  test.each(['float32', 'float64'] as const)('on maxima and minima with constants, in %s', (d) => {
    for (const op of ['max', 'min'] as const)
      for (const limit of [0, -0, 1, -1, 6, Infinity, -Infinity, NaN])
        check(d, (get) => make.binary(op, get(d, 5), make.constant(d, limit)), [5, 33], 3)
  })
})
