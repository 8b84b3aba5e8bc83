/**
 * What adding a primitive needs: the value that holds its rules, the ways to apply it, and the
 * symbolic zeros that derivative rules accept and return.
 *
 * @packageDocumentation
 */
import './install.ts'

export {
  definePrimitive,
  isUnknown,
  isZero,
  primitives,
  unknown,
  zero,
  type BatchRule,
  type Dim,
  type HostArray,
  type JvpRule,
  type MappedAxis,
  type PartialEvalRule,
  type Primitive,
  type Tangent,
  type Unknown,
  type Zero
} from './trace/primitive.ts'
export { bind, bind1 } from './trace/tracer.ts'
export { binary, unary, type BinaryOptions, type UnaryOptions } from './primitives/elementwise.ts'
export { makeAval, type Aval } from './core/array.ts'
export type { Jaxpr } from './trace/jaxpr.ts'
export { check as checkJaxpr, countEquations } from './trace/jaxpr.ts'
export { backend as currentBackend } from './compile/backends.ts'
export { counters, resetCounters } from './compile/counters.ts'
