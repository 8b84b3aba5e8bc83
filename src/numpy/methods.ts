/** The fluent methods of arrays: functions of `np` with the array as their first argument. */
import { NdArray, type ArrayLike } from '../core/array.ts'
import { DTypeError } from '../core/errors.ts'
import { bitsOf } from '../core/dtype.ts'
import type { Fluent, Index } from '../core/fluent.ts'
import { inspect, show } from '../core/show.ts'
import { bitcastConvertType } from '../primitives/convert.ts'
import * as arithmetic from './arithmetic.ts'
import * as averages from './averages.ts'
import { astype } from './array.ts'
import { at } from './at.ts'
import * as bitwise from './bitwise.ts'
import * as comparison from './comparison.ts'
import * as complex from './complex.ts'
import * as conversion from './conversion.ts'
import * as cumulative from './cumulative.ts'
import { readIndex } from './indexing.ts'
import { unstack } from './joining.ts'
import { matmul } from './linalg/products.ts'
import * as matrices from './matrices.ts'
import { dot } from './products.ts'
import * as reductions from './reductions.ts'
import { repeat } from './reordering.ts'
import { round } from './rounding.ts'
import * as shapes from './shapes.ts'
import { argsort, sort } from './sorting.ts'
import { take } from './taking.ts'

type Getters = 'T' | 'device' | 'real' | 'imag'

const method1 = <O>(f: (x: ArrayLike, options?: O) => NdArray) =>
  // Methods are called on arrays, so `this` is one.
  function (this: NdArray, options?: O): NdArray {
    return options === undefined ? f(this) : f(this, options)
  }

const method2 = (f: (x: ArrayLike, y: ArrayLike) => NdArray) =>
  function (this: NdArray, y: ArrayLike): NdArray {
    return f(this, y)
  }

/** Extents given one by one or as one list. */
const listed = (given: readonly (number | readonly number[])[]): readonly number[] =>
  given.length === 1 && typeof given[0] !== 'number' ? given[0] : (given as readonly number[])

const methods: Omit<Fluent, Getters | symbol> & ThisType<NdArray> = {
  add: method2(arithmetic.add),
  sub: method2(arithmetic.subtract),
  mul: method2(arithmetic.multiply),
  div: method2(arithmetic.divide),
  floorDivide: method2(arithmetic.floorDivide),
  mod: method2(arithmetic.mod),
  pow: method2(arithmetic.power),
  matmul: method2(matmul),
  dot: method2(dot),
  neg: method1(arithmetic.negative),
  abs: method1(arithmetic.abs),

  equal: method2(comparison.equal),
  notEqual: method2(comparison.notEqual),
  less: method2(comparison.less),
  lessEqual: method2(comparison.lessEqual),
  greater: method2(comparison.greater),
  greaterEqual: method2(comparison.greaterEqual),
  bitwiseAnd: method2(bitwise.bitwiseAnd),
  bitwiseOr: method2(bitwise.bitwiseOr),
  bitwiseXor: method2(bitwise.bitwiseXor),
  invert: method1(bitwise.invert),
  leftShift: method2(bitwise.leftShift),
  rightShift: method2(bitwise.rightShift),

  sum: method1(reductions.sum),
  prod: method1(reductions.prod),
  mean: method1(averages.mean),
  var: method1(averages.var),
  std: method1(averages.std),
  max: method1(reductions.max),
  min: method1(reductions.min),
  all: method1(reductions.all),
  any: method1(reductions.any),
  argmax: method1(reductions.argmax),
  argmin: method1(reductions.argmin),
  cumsum: method1(cumulative.cumsum),
  cumprod: method1(cumulative.cumprod),
  sort(options) {
    return sort(this, options)
  },
  argsort(options) {
    return argsort(this, options)
  },

  reshape(...shape) {
    return shapes.reshape(this, listed(shape))
  },
  transpose(...axes) {
    return shapes.transpose(this, axes.length === 0 ? null : listed(axes))
  },
  swapaxes(a, b) {
    return shapes.swapaxes(this, a, b)
  },
  squeeze(axis) {
    return shapes.squeeze(this, axis)
  },
  ravel: method1(shapes.ravel),
  flatten: method1(shapes.ravel),
  repeat(repeats, options) {
    return repeat(this, repeats, options)
  },
  take(indices, options) {
    return take(this, indices, options)
  },
  clip(min, max) {
    return arithmetic.clip(this, min ?? null, max ?? null)
  },
  round(decimals) {
    return round(this, decimals)
  },
  diagonal(options) {
    return matrices.diagonal(this, options)
  },
  trace(options) {
    return matrices.trace(this, options)
  },
  conj: method1(complex.conj),
  astype(dtype) {
    return astype(this, dtype)
  },
  view(dtype) {
    if (bitsOf(this.dtype) !== bitsOf(dtype))
      throw new DTypeError('view', {
        problem: 'the types have different widths',
        got: `${this.dtype} as ${dtype}`,
        expected: `a type of ${bitsOf(this.dtype)} bits`,
        hint: 'astype converts values; lax.bitcastConvertType also splits and joins elements'
      })
    return bitcastConvertType(this, dtype)
  },

  slice(...index: readonly Index[]) {
    return readIndex('slice', this, index)
  },
  at(...index: readonly Index[]) {
    return at(this, index)
  },

  data() {
    return conversion.dataOf(this)
  },
  toTypedArray() {
    return conversion.typedArrayOf(this)
  },
  toNested() {
    return conversion.nestedOf(this)
  },
  item() {
    return conversion.itemOf(this)
  },
  toString() {
    return show(this)
  },
  toJSON() {
    return conversion.jsonOf(this)
  }
}

const getters: Readonly<Record<Getters, (x: NdArray) => NdArray | string>> = {
  T: (x) => shapes.transpose(x),
  device: conversion.deviceNameOf,
  real: complex.real,
  imag: complex.imag
}

/** Behaviour that JavaScript, Node and notebooks look for under symbols. */
const symbols: readonly (readonly [symbol, (x: NdArray, hint: string) => unknown])[] = [
  [Symbol.toPrimitive, conversion.toPrimitive],
  [Symbol.iterator, (x) => unstack(x)[Symbol.iterator]()],
  [Symbol.for('nodejs.util.inspect.custom'), inspect],
  [Symbol.for('Jupyter.display'), conversion.displayOf]
]

/** Gives all arrays, and tracers, their methods. Runs once, from src/install.ts. */
export const installMethods = (): void => {
  const define = (name: string | symbol, value: unknown): void => {
    Object.defineProperty(NdArray.prototype, name, { value, configurable: true, writable: true })
  }
  for (const [name, value] of Object.entries(methods)) define(name, value)
  for (const [name, f] of symbols)
    define(name, function (this: NdArray, hint: string): unknown {
      return f(this, hint)
    })
  for (const [name, f] of Object.entries(getters))
    Object.defineProperty(NdArray.prototype, name, {
      get(this: NdArray) {
        return f(this)
      },
      configurable: true
    })
}
