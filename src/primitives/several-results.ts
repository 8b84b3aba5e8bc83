/** Rules that fit operations with several results. */
import type { NdArray } from '../core/array.ts'
import { avalOf } from '../trace/aval.ts'
import { zero, type BatchRule, type Tangent } from '../trace/primitive.ts'
import { batchFirst } from './movement.ts'

/** For operations that take leading batch axes: every operand and result has the mapped one first. */
export const batchLeading =
  <P>(apply: (args: readonly NdArray[], params: P) => readonly NdArray[]): BatchRule<P> =>
  (axis, args, dims, params) => {
    const outs = apply(
      args.map((x, i) => batchFirst(x, dims[i], axis.size)),
      params
    )
    return [outs, outs.map(() => 0)]
  }

/** The tangents of results that do not move. */
export const noTangents = (outs: readonly NdArray[]): readonly Tangent[] =>
  outs.map((y) => zero(avalOf(y)))
