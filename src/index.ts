/**
 * cotangent: immutable arrays, programs as values, and transformations of them.
 *
 * @packageDocumentation
 */
import './install.ts'

export { grad, valueAndGrad, vjp, type GradOptions } from './transforms/vjp.ts'
export { jvp } from './transforms/jvp.ts'
export { linearize } from './transforms/linearize.ts'
export { linearTranspose } from './transforms/linear-transpose.ts'
export { hessian, jacfwd, jacrev, type JacobianOptions } from './transforms/jacobian.ts'
export { vmap, type Axes, type VmapOptions } from './transforms/vmap.ts'
export { evalShape, makeJaxpr, shapeDType, type ShapeDType } from './transforms/inspect.ts'
export { ravelPytree } from './transforms/ravel.ts'
export { explain } from './control/explain.ts'
export {
  jit,
  type ExplainOptions,
  type JitOptions,
  type Jitted,
  type Lowered
} from './control/jit.ts'
export { checkpoint, checkpointPolicies, type CheckpointPolicy } from './control/checkpoint.ts'
export { customJvp } from './control/custom-jvp.ts'
export { customVjp } from './control/custom-vjp.ts'
export { debug, pureCallback } from './control/callbacks.ts'
export { deviceGet, devicePut } from './control/device-put.ts'
export { stopGradient } from './control/stop-gradient.ts'
export { config, type Config } from './core/config.ts'
export {
  AxisError,
  CotangentError,
  DeviceError,
  DTypeError,
  IndexError,
  MemoryError,
  ShapeError,
  StructureError,
  TracerError,
  TransformError,
  ValueError
} from './core/errors.ts'
export type { ArrayLike, NdArray } from './core/array.ts'
export type { DType, HostData } from './core/dtype.ts'
export type { At, Index, Nested, SliceString } from './core/fluent.ts'
export * as np from './numpy/index.ts'
export * as lax from './lax/index.ts'
export * as random from './random/index.ts'
export * as nn from './nn/index.ts'
export * as tree from './core/tree-namespace.ts'
export * as optim from './optim/index.ts'
