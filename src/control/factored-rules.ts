/** How products, lookups and rearrangements go on with a weight that stays in its factors. */
import type { NdArray } from '../core/array.ts'
import { equals, iota, sizeOf, type Shape } from '../core/shape.ts'
import { dotGeneralP, dotGeneral, type DotGeneralParams } from '../primitives/contraction.ts'
import { convertElementType, convertElementTypeP } from '../primitives/convert.ts'
import { convGeneralDilated, convGeneralDilatedP } from '../primitives/convolution.ts'
import type { ConvParams } from '../primitives/convolution-params.ts'
import { add, mul } from '../primitives/elementwise.ts'
import { gather, gatherP, type GatherParams } from '../primitives/gather.ts'
import {
  broadcastInDim,
  moveAxis,
  reshape,
  reshapeP,
  transpose,
  transposeP
} from '../primitives/movement.ts'
import type { Primitive } from '../trace/primitive.ts'
import type { Factored, FactoredTerm } from './factored.ts'

/** An array where the product is done, a weight where it is still one, null where neither works. */
// `any` is existential: a rule is only ever given the parameters of its own primitive.
export type FactoredRule = (
  args: readonly NdArray[],
  weights: readonly (Factored | null)[],
  // oxlint-disable-next-line typescript/no-explicit-any
  params: any
) => NdArray | Factored | null

/** x with `factors` multiplied in along its axes `at`. */
export const along = (factors: NdArray, x: NdArray, at: readonly number[]): NdArray =>
  mul(x, broadcastInDim(convertElementType(factors, x.dtype), x.shape, at))

const contract = (
  x: NdArray,
  y: NdArray,
  lhsContracting: readonly number[],
  rhsContracting: readonly number[]
): NdArray =>
  dotGeneral(x, y, {
    dimensionNumbers: { lhsContracting, rhsContracting, lhsBatch: [], rhsBatch: [] }
  })

/** Adds `h V` to y, where the last axis of h is that of the factors. */
const plus = (y: NdArray, h: NdArray, right: NdArray): NdArray =>
  add(y, convertElementType(contract(h, right, [h.ndim - 1], [0]), y.dtype))

const last = (y: NdArray, count: number): readonly number[] => iota(y.ndim).slice(y.ndim - count)

const fed = ({ input }: FactoredTerm, x: NdArray): NdArray => (input === null ? x : input(x))

/** x W over lead axes of W: features come out. Shape: [free of x, rest of lead, ...tail]. */
const forward = (
  x: NdArray,
  { base, lead, terms, rows, columns }: Factored,
  xs: readonly number[],
  ws: readonly number[]
): NdArray | null => {
  const scaledAxis = ws.indexOf(lead - 1)
  if (rows !== null && scaledAxis < 0) return null
  const scaled = rows === null ? x : along(rows, x, [xs[scaledAxis]])
  const y = terms.reduce(
    (sum, term) => plus(sum, contract(fed(term, x), term.left, xs, ws), term.right),
    contract(scaled, base, xs, ws)
  )
  return columns === null ? y : along(columns, y, last(y, columns.ndim))
}

/** x Wᵀ over all tail axes of W, as a tied embedding has it. Shape: [free of x, ...lead]. */
const backward = (
  x: NdArray,
  { base, lead, terms, rows, columns }: Factored,
  xs: readonly number[],
  ws: readonly number[]
): NdArray | null => {
  if (ws.length !== base.ndim - lead) return null
  const scaled = columns === null ? x : columnsOn(x, columns, xs, ws, lead)
  const plain = contract(scaled, base, xs, ws)
  const y = rows === null ? plain : along(rows, plain, [plain.ndim - 1])
  return terms.reduce((sum, term) => {
    const h = contract(
      fed(term, scaled),
      term.right,
      xs,
      ws.map((a) => a - lead + 1)
    )
    const out = contract(h, term.left, [h.ndim - 1], [lead])
    return add(sum, convertElementType(out, sum.dtype))
  }, y)
}

/** Column factors on the axes of x that they meet, in the order of those axes. */
const columnsOn = (
  x: NdArray,
  columns: NdArray,
  xs: readonly number[],
  ws: readonly number[],
  lead: number
): NdArray => {
  const order = [...iota(xs.length)].sort((i, j) => xs[i] - xs[j])
  const arranged = transpose(
    columns,
    order.map((i) => ws[i] - lead)
  )
  return along(
    arranged,
    x,
    order.map((i) => xs[i])
  )
}

const dotRule = (
  [a, b]: readonly NdArray[],
  weights: readonly (Factored | null)[],
  { dimensionNumbers: d, preferredElementType }: DotGeneralParams
): NdArray | null => {
  if (d.lhsBatch.length > 0 || preferredElementType !== null) return null
  const isLeft = weights[0] !== null
  const weight = (weights[0] ?? weights[1]) as Factored // the trace calls a rule for one weight
  const [x, xs, ws] = isLeft
    ? ([b, d.rhsContracting, d.lhsContracting] as const)
    : ([a, d.lhsContracting, d.rhsContracting] as const)
  const product = ws.every((axis) => axis < weight.lead)
    ? forward(x, weight, xs, ws)
    : ws.every((axis) => axis >= weight.lead)
      ? backward(x, weight, xs, ws)
      : null
  if (product === null || !isLeft) return product
  const free = x.ndim - xs.length
  return transpose(product, [...iota(product.ndim).slice(free), ...iota(free)])
}

const convRule = (
  [x]: readonly NdArray[],
  [none, weight]: readonly (Factored | null)[],
  params: ConvParams
): NdArray | null => {
  const { lhsSpec, rhsSpec, outSpec } = params.dimensionNumbers
  if (none !== null || weight === null || params.batchGroupCount !== 1) return null
  const { base, lead, terms, rows, columns } = weight
  const isUsual = lead === base.ndim - 1 && rhsSpec[0] === lead && rhsSpec[1] === lead - 1
  if (!isUsual || (params.featureGroupCount !== 1 && (terms.length > 0 || rows !== null)))
    return null
  const scaled = rows === null ? x : along(rows, x, [lhsSpec[1]])
  const y = terms.reduce(
    (sum, term) => {
      const h = convGeneralDilated(fed(term, x), term.left, params)
      const out = contract(h, term.right, [outSpec[1]], [0])
      return add(sum, convertElementType(moveAxis(out, out.ndim - 1, outSpec[1]), sum.dtype))
    },
    convGeneralDilated(scaled, base, params)
  )
  return columns === null ? y : along(columns, y, [outSpec[1]])
}

/** Rows of a table: the windows are whole rows, and the features of a row come last. */
const gatherRule = (
  [, indices]: readonly NdArray[],
  [weight]: readonly (Factored | null)[],
  params: GatherParams
): NdArray | null => {
  if (weight === null) return null
  const { base, lead, terms, rows, columns } = weight
  const { dimensionNumbers: d, sliceSizes } = params
  const tail = base.ndim - 1
  const isLookup =
    lead === 1 &&
    rows === null &&
    equals(d.collapsedSliceDims, [0]) &&
    equals(d.startIndexMap, [0]) &&
    d.operandBatchingDims.length === 0 &&
    equals(sliceSizes, [1, ...base.shape.slice(1)])
  if (!isLookup || terms.some(({ input }) => input !== null)) return null
  const found = gather(base, indices, params)
  if (!equals(d.offsetDims, last(found, tail))) return null
  const y = terms.reduce((sum, { left, right }) => {
    const thin: GatherParams = {
      ...params,
      dimensionNumbers: { ...d, offsetDims: [found.ndim - tail] },
      sliceSizes: [1, left.shape[1]],
      fillValue: 0
    }
    return plus(sum, gather(left, indices, thin), right)
  }, found)
  return columns === null ? y : along(columns, y, last(y, tail))
}

/** How many leading axes of `shape` hold `size` elements; -1 where no number does. */
const prefixOf = (shape: Shape, size: number): number =>
  iota(shape.length + 1).findIndex((n) => sizeOf(shape.slice(0, n)) === size)

const reshapeRule = (
  _args: readonly NdArray[],
  [weight]: readonly (Factored | null)[],
  { shape }: { readonly shape: Shape }
): Factored | null => {
  if (weight === null) return null
  const { base, lead, terms, rows, columns } = weight
  const before = base.shape.slice(0, lead)
  const prefix = prefixOf(shape, sizeOf(before))
  if (prefix < 1 || prefix >= shape.length) return null
  const [head, tail] = [shape.slice(0, prefix), shape.slice(prefix)]
  if (rows !== null && !equals(head, before)) return null
  return {
    ...weight,
    base: reshape(base, shape),
    lead: prefix,
    terms: terms.map((t) => ({
      ...t,
      left: reshape(t.left, [...head, t.right.shape[0]]),
      right: reshape(t.right, [t.right.shape[0], ...tail])
    })),
    columns: columns === null ? null : reshape(columns, tail)
  }
}

/** (U V)ᵀ = Vᵀ Uᵀ, for matrices; scales of rows and columns would change sides. */
const transposeRule = (
  _args: readonly NdArray[],
  [weight]: readonly (Factored | null)[],
  { permutation }: { readonly permutation: readonly number[] }
): Factored | null => {
  if (weight === null) return null
  const { base, terms, rows, columns } = weight
  if (!equals(permutation, [1, 0]) || rows !== null || columns !== null) return null
  return {
    ...weight,
    base: transpose(base, [1, 0]),
    terms: terms.map(({ left, right, input }) => ({
      left: transpose(right, [1, 0]),
      right: transpose(left, [1, 0]),
      input
    }))
  }
}

const convertRule = (
  _args: readonly NdArray[],
  [weight]: readonly (Factored | null)[],
  { dtype }: { readonly dtype: NdArray['dtype'] }
): Factored | null =>
  weight === null ? null : { ...weight, base: convertElementType(weight.base, dtype) }

/** The rules by primitive; each is only ever given the parameters of its own. */
export const factoredRules: ReadonlyMap<Primitive, FactoredRule> = new Map<Primitive, FactoredRule>(
  [
    [dotGeneralP, dotRule],
    [convGeneralDilatedP, convRule],
    [gatherP, gatherRule],
    [reshapeP, reshapeRule],
    [transposeP, transposeRule],
    [convertElementTypeP, convertRule]
  ]
)
