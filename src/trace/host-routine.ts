/** A reference rule as a routine of the host, over whole buffers. */
import { makeAval } from '../core/array.ts'
import { TransformError } from '../core/errors.ts'
import type { LoweredType, LoweredValue, Lowering } from '../kernel/fuse.ts'
import type { Primitive } from './primitive.ts'

/** What to run: the name and the parameters say what it does, the reason why it is no kernel. */
export interface HostRoutine<P> {
  readonly name: string
  readonly params: P
  /** Null where there is none but that no kernel was written. */
  readonly reason: string | null
  readonly reference: NonNullable<Primitive<P>['reference']>
}

/** A primitive that nothing can compute. */
export const withoutValue = (name: string): TransformError =>
  new TransformError(name, {
    problem: 'the primitive has no value rule',
    got: name,
    expected: 'a reference rule, an evaluation rule or an equivalent function',
    hint: 'give definePrimitive `like`, a function of other operations, or `reference`, a loop'
  })

export const runOnHost = <P>(
  { name, params, reason, reference }: HostRoutine<P>,
  inputs: readonly LoweredValue[],
  outputs: readonly LoweredType[],
  context: Lowering
): readonly LoweredValue[] =>
  context.library(name, JSON.stringify(params), reason, inputs, outputs, (data, results) => {
    const values = reference(
      inputs.map((x, i) => ({ shape: x.shape, dtype: x.dtype, data: data[i] })),
      params,
      outputs.map((o) => makeAval(o.shape, o.dtype))
    )
    values.forEach((v, i) => results[i].set(v))
  })
