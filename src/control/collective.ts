/** Operations over the axis that vmap has named: psum and its kin. */
import { avalOf, scalar, type ArrayLike, type NdArray } from '../core/array.ts'
import { isInexact } from '../core/dtype.ts'
import { ValueError, checkOptions } from '../core/errors.ts'
import { unflatten } from '../core/tree.ts'
import { convertElementType } from '../primitives/convert.ts'
import { div } from '../primitives/arithmetic.ts'
import { eq } from '../primitives/compare.ts'
import { instantiate, mul, spread } from '../primitives/elementwise.ts'
import { iota } from '../primitives/iota.ts'
import { batchFirst, moveAxis, reshape, sum } from '../primitives/movement.ts'
import { dynamicSlice } from '../primitives/dynamic.ts'
import { reduceMax, reduceMin } from '../primitives/reduction.ts'
import { makeAval } from '../trace/aval.ts'
import { arraysOf, leafArray } from '../trace/flat.ts'
import { definePrimitive, isZero, zero, type Primitive } from '../trace/primitive.ts'
import { axisSize as sizeOfAxis, bind1 } from '../trace/tracer.ts'

interface CollectiveParams {
  readonly axisName: string
}

const unmapped = (name: string, axisName: string): ValueError =>
  new ValueError(name, {
    problem: 'no mapped axis has this name where the operation runs',
    got: `'${axisName}'`,
    expected: `a call inside vmap(f, { axisName: '${axisName}' })`,
    hint: 'collectives combine examples, so they need the axis that counts them'
  })

const collective = (
  name: string,
  over: (x: NdArray, axis: number) => NdArray,
  repeated: (x: NdArray, size: number) => NdArray,
  /** The tangent of y = f(x); left out where f is linear. */
  tangent: ((x: NdArray, dx: NdArray, y: NdArray, axisName: string) => NdArray) | null
): Primitive<CollectiveParams> => {
  const apply = (x: NdArray, axisName: string): NdArray => bind1(primitive, [x], { axisName })
  const primitive: Primitive<CollectiveParams> = definePrimitive<CollectiveParams>({
    name,
    abstractEval: ([x], { axisName }) => {
      sizeOfAxis(name, axisName)
      return [x]
    },
    evaluate: (_args, { axisName }) => {
      throw unmapped(name, axisName)
    },
    collective: ({ axisName }) => [axisName],
    batch: (axis, [x], [dim], { axisName }) => {
      if (axis.name !== axisName) return [[apply(x, axisName)], [dim]]
      return [[dim === null ? repeated(x, axis.size) : over(x, dim)], [null]]
    },
    jvp: ([x], [dx], { axisName }) => {
      const y = apply(x, axisName)
      if (isZero(dx)) return [[y], [zero(avalOf(y))]]
      return [[y], [tangent === null ? apply(dx, axisName) : tangent(x, dx, y, axisName)]]
    },
    // Every example's result holds every example's operand: cotangents add up likewise.
    ...(tangent === null && {
      transpose: ([ct], _args, { axisName }) => [apply(instantiate(ct), axisName)]
    })
  })
  return primitive
}

const times = (x: NdArray, n: number): NdArray => mul(x, spread(scalar(n, x.dtype), x))

export const psumP = collective('psum', (x, axis) => sum(x, [axis]), times, null)

/** The examples whose operand is the result share its derivative, as those of reduceMax do. */
const shared = (x: NdArray, dx: NdArray, y: NdArray, axisName: string): NdArray => {
  const total = (v: NdArray): NdArray => bind1(psumP, [v], { axisName })
  const isWinner = convertElementType(eq(x, y), dx.dtype)
  return div(total(mul(dx, isWinner)), total(isWinner))
}

export const pmaxP = collective(
  'pmax',
  (x, axis) => reduceMax(x, [axis]),
  (x) => x,
  shared
)
export const pminP = collective(
  'pmin',
  (x, axis) => reduceMin(x, [axis]),
  (x) => x,
  shared
)

const overLeaves =
  (primitive: Primitive<CollectiveParams>) =>
  <T>(x: T, axisName: string): T => {
    const [leaves, structure] = arraysOf(x, primitive.name)
    return unflatten(
      structure,
      leaves.map((l) => bind1(primitive, [l], { axisName }))
    ) as T
  }

/** Sum over the examples of the vmap with this axis name; every example gets it. */
export const psum = overLeaves(psumP)
/** Largest over the examples. */
export const pmax = overLeaves(pmaxP)
/** Smallest over the examples. */
export const pmin = overLeaves(pminP)

/** Mean over the examples. */
export const pmean = <T>(x: T, axisName: string): T => {
  const n = sizeOfAxis('pmean', axisName)
  const [leaves, structure] = arraysOf(x, 'pmean')
  return unflatten(
    structure,
    leaves.map((l) => {
      const total = bind1(psumP, [isInexact(l.dtype) ? l : convertElementType(l, 'float32')], {
        axisName
      })
      return div(total, spread(scalar(n, total.dtype), total))
    })
  ) as T
}

/** Extent of the mapped axis with this name. */
export const axisSize = (axisName: string): number => sizeOfAxis('axisSize', axisName)

export const axisIndexP: Primitive<CollectiveParams> = definePrimitive<CollectiveParams>({
  name: 'axisIndex',
  abstractEval: (_avals, { axisName }) => {
    sizeOfAxis('axisIndex', axisName)
    return [makeAval([], 'int32')]
  },
  evaluate: (_args, { axisName }) => {
    throw unmapped('axisIndex', axisName)
  },
  collective: ({ axisName }) => [axisName],
  jvp: (_primals, _tangents, { axisName }) => {
    const y = axisIndex(axisName)
    return [[y], [zero(avalOf(y))]]
  },
  batch: (axis, _args, _dims, { axisName }) =>
    axis.name === axisName
      ? [[iota('int32', [axis.size], 0)], [0]]
      : [[axisIndex(axisName)], [null]]
})

/** The position of this example along the mapped axis: an int32 scalar. */
export const axisIndex = (axisName: string): NdArray => bind1(axisIndexP, [], { axisName })

export interface AllGatherOptions {
  /** Where the axis of examples goes. 0 by default. */
  readonly axis?: number
}

interface AllGatherParams extends CollectiveParams {
  readonly axis: number
  readonly size: number
}

export const allGatherP: Primitive<AllGatherParams> = definePrimitive<AllGatherParams>({
  name: 'allGather',
  abstractEval: ([x], { axis, size }) => [
    makeAval([...x.shape.slice(0, axis), size, ...x.shape.slice(axis)], x.dtype, x.weak)
  ],
  evaluate: (_args, { axisName }) => {
    throw unmapped('allGather', axisName)
  },
  collective: ({ axisName }) => [axisName],
  batch: (mapped, [x], [dim], p) => {
    if (mapped.name === p.axisName)
      return [[moveAxis(batchFirst(x, dim, mapped.size), 0, p.axis)], [null]]
    if (dim === null) return [[bind1(allGatherP, [x], p)], [null]]
    return [[bind1(allGatherP, [moveAxis(x, dim, 0)], { ...p, axis: p.axis + 1 })], [0]]
  },
  jvp: ([x], [dx], p) => {
    const y = bind1(allGatherP, [x], p)
    return [[y], [isZero(dx) ? zero(avalOf(y)) : bind1(allGatherP, [dx], p)]]
  },
  transpose: ([ct], _args, { axisName, axis }) => {
    const total = bind1(psumP, [instantiate(ct)], { axisName })
    const zeroIndex = scalar(0, 'int32')
    const starts = total.shape.map((_, a) => (a === axis ? axisIndex(axisName) : zeroIndex))
    const sizes = total.shape.map((n, a) => (a === axis ? 1 : n))
    const own = dynamicSlice(total, starts, sizes)
    return [
      reshape(
        own,
        own.shape.filter((_, a) => a !== axis)
      )
    ]
  }
})

/** Every example's value, stacked along `axis`; every example gets all of them. */
export const allGather = (
  x: ArrayLike,
  axisName: string,
  options: AllGatherOptions = {}
): NdArray => {
  checkOptions('allGather', options, ['axis'])
  return bind1(allGatherP, [leafArray(x)], {
    axisName,
    axis: options.axis ?? 0,
    size: sizeOfAxis('allGather', axisName)
  })
}
