/**
 * Elementary functions as vector code, for float32 and float64.
 *
 * Error: at most 2 units in the last place in float32 and 4 in float64, with and without fused
 * multiply-add (digamma, and lgamma of negative numbers: of the larger of the result and one).
 * A lane's bits never depend on its neighbours, so a single value is computed as one lane.
 */

import * as exponential from './elementary/exponential.ts'
import type { LaneFunction, LaneMath, Lanes } from './elementary/lanes.ts'
import * as inverse from './elementary/inverse-trigonometric.ts'
import * as logarithm from './elementary/logarithm.ts'
import * as power from './elementary/power.ts'
import * as remainder from './elementary/remainder.ts'
import * as trigonometric from './elementary/trigonometric.ts'

const UNARY = {
  exp: exponential.exp,
  exp2: exponential.exp2,
  expm1: exponential.expm1,
  logistic: exponential.logistic,
  tanh: exponential.tanh,
  log: logarithm.log,
  log2: logarithm.log2,
  log1p: logarithm.log1p,
  sin: trigonometric.sin,
  cos: trigonometric.cos,
  tan: trigonometric.tan,
  atan: inverse.atan,
  cbrt: power.cbrt,
  rsqrt: power.rsqrt
} as const satisfies Readonly<Record<string, LaneFunction>>

const BINARY = {
  pow: power.pow,
  atan2: inverse.atan2,
  rem: remainder.rem,
  nextafter: remainder.nextafter
} as const satisfies Readonly<Record<string, LaneFunction>>

/** Functions that the primitives bring which make them (docs/decisions/0008). */
type Brought =
  | 'asin'
  | 'acos'
  | 'sinh'
  | 'cosh'
  | 'asinh'
  | 'acosh'
  | 'atanh'
  | 'erf'
  | 'erfc'
  | 'erfInv'
  | 'lgamma'
  | 'digamma'

const brought = new Map<string, LaneFunction>()

export const bringElementary = (name: Brought, code: LaneFunction): unknown =>
  brought.set(name, code)

/** Names are those of the kernel's unary and binary operations. */
export type ElementaryUnary = keyof typeof UNARY | Brought
export type ElementaryBinary = keyof typeof BINARY

const isOwn = (name: string): name is keyof typeof UNARY => Object.hasOwn(UNARY, name)

export const isElementaryUnary = (name: string): name is ElementaryUnary =>
  isOwn(name) || brought.has(name)
export const isElementaryBinary = (name: string): name is ElementaryBinary =>
  Object.hasOwn(BINARY, name)

/** Those that have been brought are among them. */
export const elementaryNames = (): readonly ElementaryUnary[] =>
  [...Object.keys(UNARY), ...brought.keys()].filter(isElementaryUnary)
export const elementaryBinaryNames = Object.keys(BINARY) as readonly ElementaryBinary[]

/** Emits `name` of every lane of `x`. */
export const elementaryUnary = (m: LaneMath, name: ElementaryUnary, x: Lanes): Lanes =>
  (isOwn(name) ? UNARY[name] : (brought.get(name) as LaneFunction))(m, x) // asked for before

/** Emits `name` of every lane of `x` and `y`. */
export const elementaryBinary = (m: LaneMath, name: ElementaryBinary, x: Lanes, y: Lanes): Lanes =>
  BINARY[name](m, x, y)
