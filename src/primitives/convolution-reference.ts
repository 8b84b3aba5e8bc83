/** The value of a convolution by plain loops: for each window, which positions meet in it. */
import type { Aval } from '../core/array.ts'
import { allocate, isComplex, isFloat, slotsOf, type DType, type HostData } from '../core/dtype.ts'
import { iota, sizeOf, stridesOf } from '../core/shape.ts'
import type { HostArray } from '../trace/primitive.ts'
import { pick, slidingOf, type ConvParams } from './convolution-params.ts'
import { settle } from './host.ts'
import { windowTable } from './sliding.ts'

/** Flat offsets of the spatial part: of each row-major position under the strides of its axes. */
const spatialOffset = (
  at: number,
  extents: readonly number[],
  strides: readonly number[]
): number => {
  let rest = at
  let offset = 0
  for (let a = extents.length - 1; a >= 0; a--) {
    offset += (rest % extents[a]) * strides[a]
    rest = Math.floor(rest / extents[a])
  }
  return offset
}

/** Per window, the pairs of positions in operand and kernel that meet in it. */
const meetings = (
  x: HostArray,
  w: HostArray,
  p: ConvParams
): readonly { readonly lhs: Int32Array; readonly rhs: Int32Array }[] => {
  const { lhsSpec, rhsSpec } = p.dimensionNumbers
  const extents = pick(x.shape, lhsSpec.slice(2))
  const windows = pick(w.shape, rhsSpec.slice(2))
  const lhsStrides = pick(stridesOf(x.shape), lhsSpec.slice(2))
  const rhsStrides = pick(stridesOf(w.shape), rhsSpec.slice(2))
  return windowTable(extents, slidingOf(p, w.shape)).map((row) => {
    const inside = iota(row.length).filter((k) => row[k] >= 0)
    return {
      lhs: Int32Array.from(inside, (k) => spatialOffset(row[k], extents, lhsStrides)),
      rhs: Int32Array.from(inside, (k) => spatialOffset(k, windows, rhsStrides))
    }
  })
}

/** The sum over one group's input features and the meetings of a window, in `total`. */
type Accumulate = (
  total: Float64Array,
  lhs: Int32Array,
  rhs: Int32Array,
  lhsBase: number,
  rhsBase: number
) => void

const accumulator = (
  x: HostArray,
  w: HostArray,
  features: number,
  lhsStep: number,
  rhsStep: number,
  out: DType
): Accumulate => {
  const [a, b] = [x.data, w.data]
  if (isComplex(out)) {
    const [as, bs] = [slotsOf(x.dtype), slotsOf(w.dtype)]
    return (total, lhs, rhs, lhsBase, rhsBase) => {
      for (let k = 0; k < lhs.length; k++)
        for (let i = 0; i < features; i++) {
          const at = (lhsBase + lhs[k] + i * lhsStep) * as
          const by = (rhsBase + rhs[k] + i * rhsStep) * bs
          const ai = as === 2 ? a[at + 1] : 0
          const bi = bs === 2 ? b[by + 1] : 0
          total[0] += a[at] * b[by] - ai * bi
          total[1] += a[at] * bi + ai * b[by]
        }
    }
  }
  if (isFloat(out))
    return (total, lhs, rhs, lhsBase, rhsBase) => {
      let sum = 0
      for (let k = 0; k < lhs.length; k++) {
        const at = lhsBase + lhs[k]
        const by = rhsBase + rhs[k]
        for (let i = 0; i < features; i++) sum += a[at + i * lhsStep] * b[by + i * rhsStep]
      }
      total[0] = sum
    }
  return (total, lhs, rhs, lhsBase, rhsBase) => {
    let sum = 0
    for (let k = 0; k < lhs.length; k++) {
      const at = lhsBase + lhs[k]
      const by = rhsBase + rhs[k]
      for (let i = 0; i < features; i++)
        sum = (sum + Math.imul(a[at + i * lhsStep], b[by + i * rhsStep])) | 0
    }
    total[0] = sum
  }
}

/** Sums of products in float64, or in wrapping int32 for integers. */
export const convolutionReference = (
  [x, w]: readonly HostArray[],
  p: ConvParams,
  [out]: readonly Aval[]
): readonly HostData[] => {
  const { lhsSpec, rhsSpec, outSpec } = p.dimensionNumbers
  const [ls, rs, os] = [stridesOf(x.shape), stridesOf(w.shape), stridesOf(out.shape)]
  const [batch, outputs] = pick(out.shape, outSpec)
  const inputs = w.shape[rhsSpec[1]]
  const counts = pick(out.shape, outSpec.slice(2))
  const outStrides = pick(os, outSpec.slice(2))
  const perGroup = outputs / (p.featureGroupCount * p.batchGroupCount)
  const accumulate = accumulator(x, w, inputs, ls[lhsSpec[1]], rs[rhsSpec[1]], out.dtype)
  const slots = slotsOf(out.dtype)
  const data = allocate(out.dtype, sizeOf(out.shape))
  const total = new Float64Array(2)
  meetings(x, w, p).forEach(({ lhs, rhs }, window) => {
    const outSpatial = spatialOffset(window, counts, outStrides)
    for (let n = 0; n < batch; n++)
      for (let o = 0; o < outputs; o++) {
        const group = Math.floor(o / perGroup)
        const image = p.batchGroupCount > 1 ? group * batch + n : n
        const feature = p.featureGroupCount > 1 ? group * inputs : 0
        total.fill(0)
        accumulate(
          total,
          lhs,
          rhs,
          image * ls[lhsSpec[0]] + feature * ls[lhsSpec[1]],
          o * rs[rhsSpec[0]]
        )
        const to = (outSpatial + n * os[outSpec[0]] + o * os[outSpec[1]]) * slots
        data[to] = total[0]
        if (slots === 2) data[to + 1] = total[1]
      }
  })
  return [settle(out.dtype, data)]
}
