/** Arrays read backwards. */
import type { NdArray } from '../core/array.ts'
import { allocate, slotsOf } from '../core/dtype.ts'
import { AxisError } from '../core/errors.ts'
import { show, sizeOf, stridesOf } from '../core/shape.ts'
import { reverse as reverseView } from '../kernel/views.ts'
import { definePrimitive, isZero, type Primitive } from '../trace/primitive.ts'
import { bind1 } from '../trace/tracer.ts'
import { copyStrided } from './host.ts'
import { linearJvp } from './linear.ts'
import { batchUnary, shiftAxes } from './movement.ts'

interface RevParams {
  readonly dimensions: readonly number[]
}

/** Reverses the order along axes. Its own transpose. */
export const revP: Primitive<RevParams> = definePrimitive<RevParams>({
  name: 'rev',
  abstractEval: ([x], { dimensions }) => {
    if (dimensions.some((d) => !Number.isInteger(d) || d < 0 || d >= x.shape.length))
      throw new AxisError('rev', {
        problem: 'an axis is outside the array',
        got: `axes ${show(dimensions)} of shape ${show(x.shape)}`,
        expected: `axes from 0 to ${x.shape.length - 1}`,
        hint: 'np.flip takes negative axes'
      })
    return [x]
  },
  reference: ([x], { dimensions }) => {
    const data = allocate(x.dtype, sizeOf(x.shape))
    const from = stridesOf(x.shape)
    const offset = dimensions.reduce((sum, d) => sum + (x.shape[d] - 1) * from[d], 0)
    copyStrided(
      data,
      x.shape,
      x.data,
      from.map((s, a) => (dimensions.includes(a) ? -s : s)),
      offset,
      slotsOf(x.dtype)
    )
    return [data]
  },
  lower: ([x], { dimensions }) => [reverseView(x, dimensions)],
  jvp: linearJvp((x, p) => rev(x, p.dimensions)),
  transpose: ([ct], _args, { dimensions }) => [isZero(ct) ? ct : rev(ct, dimensions)],
  batch: batchUnary((x, at, { dimensions }) => [rev(x, shiftAxes(dimensions, at)), at])
})

export const rev = (x: NdArray, dimensions: readonly number[]): NdArray =>
  dimensions.length === 0 ? x : bind1(revP, [x], { dimensions })
