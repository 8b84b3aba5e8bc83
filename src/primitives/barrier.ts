/** A point that nothing is moved across: what comes out is computed after all that goes in. */
import { avalOf, type NdArray } from '../core/array.ts'
import { definePrimitive, isZero, zero, type Primitive, type Tangent } from '../trace/primitive.ts'
import { bind } from '../trace/tracer.ts'
import { instantiate, noParams, type NoParams } from './elementwise.ts'

/** The identity of several operands at once; linear. */
export const optimizationBarrierP: Primitive<NoParams> = definePrimitive<NoParams>({
  name: 'optimizationBarrier',
  abstractEval: (avals) => avals,
  reference: (args) => args.map((x) => x.data.slice()),
  lower: (inputs, _params, _outputs, context) => inputs.map((x) => context.store(x)),
  jvp: (primals, tangents) => {
    const live = tangents.map((t) => !isZero(t))
    const given = tangents.filter((t): t is NdArray => !isZero(t))
    const dots = optimizationBarrier(given)
    let next = 0
    return [
      optimizationBarrier(primals),
      live.map((l, i): Tangent => (l ? dots[next++] : zero(avalOf(primals[i]))))
    ]
  },
  transpose: (cts) => (cts.every(isZero) ? cts : optimizationBarrier(cts.map(instantiate))),
  batch: (_axis, args, dims) => [optimizationBarrier(args), dims]
})

export const optimizationBarrier = (xs: readonly NdArray[]): readonly NdArray[] =>
  xs.length === 0 ? xs : bind(optimizationBarrierP, xs, noParams)
