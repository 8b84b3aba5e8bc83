/**
 * Convolutions of padded or dilated inputs, by their inputs: every input position is multiplied by
 * all window positions in one matrix product, and the results are added where they belong.
 *
 * The implicit product reads a window for every output, also where it sees padding or the zeros
 * that dilation put between elements. The gradient with respect to the input of a convolution is
 * such a case; there this form multiplies nothing twice and nothing by zero (col2im). Another is a
 * convolution of many features to few, which would leave most of a tile's columns empty: here all
 * window positions are columns.
 *
 * Where outputs lie side by side in memory, so do the products: features and window positions are
 * then the rows of the matrix, and whole rows are added up.
 */

import type { ConvolutionShape, Digits } from './convolution-plan.ts'
import { definePackDigits, pushPackBlock } from './convolution-pack.ts'
import { type BlockedProduct, blockedWorkspace, emitBlocked, exchanged } from './gemm-blocked.ts'
import { defineMacro, i32s, tileColumns } from './gemm-micro.ts'
import type { GemmContext } from './gemm-micro.ts'
import { emitStrided, mergeDimensions } from './strided.ts'
import type { Dimension } from './strided.ts'
import type { FunctionRef, Local } from './wasm/function.ts'
import type { ModuleBuilder } from './wasm/module.ts'

/** Results of one window position: which inputs meet an output, and where. */
interface WindowPart {
  /** Elements from the start of an image's products and of its output. */
  readonly from: number
  readonly to: number
  readonly dimensions: readonly Dimension<readonly [products: number, out: number]>[]
}

export interface ScatterPlan {
  /** Images of a unit, multiplied at a time. */
  readonly images: number
  /** Input positions of an image, its products by position, terms of a product. */
  readonly positions: number
  readonly n: number
  readonly k: number
  /** Whether positions are the columns of the products. */
  readonly transposed: boolean
  readonly places: Digits
  readonly products: Digits
  readonly lhsSteps: Digits
  readonly rhsSteps: Digits
  readonly parts: readonly WindowPart[]
  /** The output of one image. */
  readonly clear: readonly Dimension<readonly [number, number]>[]
}

/** Elements of products kept at a time: they should stay in the caches. */
const PRODUCTS = 2 ** 18
/** Units that keep a few threads busy, as long as a product has so many rows. */
const [ENOUGH_UNITS, LEAST_ROWS] = [8, 192]
/** Window positions up to which the code for each of them is emitted. */
const MAX_WINDOW = 64
/** Fewer terms than these leave the matrix product idle between stores. */
const MIN_FEATURES = 8
/** The implicit product must read this many times more positions to lose. */
const MIN_GAIN = 1.2
/** Columns that a tile is taken to have, on every engine alike, and features that leave most empty. */
const [TILE, FEW_FEATURES] = [8, 4]

const product = (numbers: readonly number[]): number => numbers.reduce((a, b) => a * b, 1)

/** Row-major strides, in elements of the innermost. */
const rowMajor = (extents: readonly number[]): readonly number[] =>
  extents.map((_, i) => product(extents.slice(i + 1)))

/** All window positions, row-major. */
const windowPositions = (windows: readonly number[]): readonly (readonly number[])[] =>
  windows.reduce<readonly (readonly number[])[]>(
    (all, extent) => all.flatMap((w) => Array.from({ length: extent }, (_, i) => [...w, i])),
    [[]]
  )

const roundUp = (count: number, unit: number): number => Math.ceil(count / unit) * unit

/** Whether most columns of a tile would be empty, and the products of all windows fill more. */
const leavesTilesEmpty = (window: number, outFeatures: number): boolean =>
  outFeatures <= FEW_FEATURES &&
  2 * roundUp(window * outFeatures, TILE) < window * roundUp(outFeatures, TILE)

/** The plan where this form pays: unit strides, and outputs that see much padding or are few. */
export const planScatter = (shape: ConvolutionShape): ScatterPlan | undefined => {
  const { batch, inFeatures, outFeatures, spatial } = shape
  const [, lhsBatch, lhsFeature, ...lhsSpatial] = shape.lhs
  const [, rhsOut, rhsIn, ...rhsWindow] = shape.rhs
  const [, , outFeature, ...outSpatial] = shape.out
  const inputs = spatial.map(({ input }) => input)
  const windows = spatial.map(({ window }) => window)
  const [positions, window] = [product(inputs), product(windows)]
  const outputs = product(spatial.map(({ output }) => output))
  const fits =
    spatial.every(({ stride }) => stride === 1) &&
    window <= MAX_WINDOW &&
    inFeatures >= MIN_FEATURES &&
    (outputs > MIN_GAIN * positions ||
      (2 * outputs > positions && leavesTilesEmpty(window, outFeatures))) &&
    batch * positions > 0
  if (!fits) return undefined

  const n = window * outFeatures
  const fitting = Math.min(batch, Math.floor(PRODUCTS / (positions * n)))
  const shared = Math.ceil(batch / Math.max(1, ENOUGH_UNITS / shape.groups))
  const images = Math.max(1, Math.min(fitting, Math.max(shared, Math.ceil(LEAST_ROWS / positions))))
  const transposed =
    outSpatial[outSpatial.length - 1] === 1 && (outFeature !== 1 || outFeatures === 1)
  // Elements from one position, and from one product of a position, to the next.
  const [byPosition, byProduct] = transposed ? [1, images * positions] : [n, 1]
  const rowStrides = rowMajor(inputs).map((stride) => stride * byPosition)
  const parts = windowPositions(windows).map((w, index): WindowPart => {
    // Input q meets output q·dilation + shift, for q in [first, last].
    const ranges = spatial.map((d, s) => {
      const shift = d.padLow - w[s] * d.windowDilation
      const first = Math.max(0, Math.ceil(-shift / d.inputDilation))
      const last = Math.min(d.input - 1, Math.floor((d.output - 1 - shift) / d.inputDilation))
      return { first, count: Math.max(0, last - first + 1), at: first * d.inputDilation + shift }
    })
    return {
      from: ranges.reduce(
        (sum, r, s) => sum + r.first * rowStrides[s],
        index * outFeatures * byProduct
      ),
      to: ranges.reduce((sum, r, s) => sum + r.at * outSpatial[s], 0),
      dimensions: [
        ...ranges.map(({ count }, s) => ({
          extent: count,
          strides: [rowStrides[s], spatial[s].inputDilation * outSpatial[s]] as const
        })),
        { extent: outFeatures, strides: [byProduct, outFeature] }
      ]
    }
  })
  const digits = (extents: readonly number[], strides: readonly number[]): Digits =>
    mergeDimensions(extents.map((extent, i) => ({ extent, strides: [strides[i]] as const })))
  return {
    images,
    positions,
    n,
    k: inFeatures,
    transposed,
    places: digits([batch, ...inputs], [lhsBatch, ...lhsSpatial]),
    products: digits([...windows, outFeatures], [...rhsWindow, rhsOut]),
    lhsSteps: digits([inFeatures], [lhsFeature]),
    rhsSteps: digits([inFeatures], [rhsIn]),
    parts,
    clear: [
      { extent: outFeatures, strides: [0, outFeature] },
      ...spatial.map(({ output }, s) => ({ extent: output, strides: [0, outSpatial[s]] as const }))
    ]
  }
}

/** Rows and columns of the product of all images of a unit. */
const matrixOf = ({ images, positions, n, transposed }: ScatterPlan) =>
  transposed ? { m: n, n: images * positions } : { m: images * positions, n }

const productsOffset = (context: GemmContext, plan: ScatterPlan): number => {
  const { m, n } = matrixOf(plan)
  return roundUp(blockedWorkspace(context, m, n, plan.k), 64)
}

export const scatterWorkspace = (context: GemmContext, plan: ScatterPlan): number =>
  productsOffset(context, plan) + plan.images * plan.positions * plan.n * context.type.bytes

/** Units in which the convolution can be computed. */
export const scatterUnits = (shape: ConvolutionShape, { images }: ScatterPlan): number =>
  shape.groups * Math.ceil(shape.batch / images)

/** Emits `convolution(lhs, rhs, out, workspace, from, to)`: units `from` to `to`. */
export const emitScatter = (
  module: ModuleBuilder,
  shape: ConvolutionShape,
  plan: ScatterPlan,
  context: GemmContext
): FunctionRef => {
  const { type, profile } = context
  const macro = defineMacro(module, context)
  const [height, width] = [profile.tile.rows, tileColumns(context)]
  const [ofPlaces, ofProducts] = plan.transposed ? [width, height] : [height, width]
  const packLhs = definePackDigits(module, type, ofPlaces, plan.places, plan.lhsSteps)
  const packRhs = definePackDigits(module, type, ofProducts, plan.products, plan.rhsSteps)
  const rowStride = matrixOf(plan).n
  const imageStep = plan.positions * (plan.transposed ? 1 : plan.n)
  const element = (count: number): number => count * type.bytes
  const units = Math.ceil(shape.batch / plan.images)
  return module.define(
    { params: i32s(6), results: [] },
    (f, lhs, rhs, out, workspace, unit, to) => {
      const [m, n, k, accumulate, group, first] = f.locals('i32', 6)
      const [products, between, images, image] = f.locals('i32', 4)
      const [input, weights, output, source, target] = f.locals('i32', 5)
      f.i32(plan.n).set(n).i32(plan.k).set(k).i32(element(rowStride)).set(between)
      f.get(workspace).i32(productsOffset(context, plan)).op('i32.add').set(products)
      const pushFrom = (base: Local, [groups, batch]: readonly number[]): void => {
        f.get(base).get(group).i32(element(groups)).op('i32.mul').op('i32.add')
        f.get(first).i32(element(batch)).op('i32.mul').op('i32.add')
      }
      f.while(
        () => f.get(unit).get(to).op('i32.lt_s'),
        () => {
          f.get(unit).i32(units).op('i32.div_u').set(group)
          f.get(unit).i32(units).op('i32.rem_u').i32(plan.images).op('i32.mul').set(first)
          f.i32(shape.batch).get(first).op('i32.sub').tee(images).i32(plan.images)
          f.get(images).i32(plan.images).op('i32.lt_s').op('select').tee(images)
          f.i32(plan.positions).op('i32.mul').set(m)
          pushFrom(lhs, shape.lhs)
          f.set(input)
          pushFrom(rhs, [shape.rhs[0], 0])
          f.set(weights)
          pushFrom(out, shape.out)
          f.set(output)
          const byPlace: BlockedProduct = {
            macro,
            m,
            n,
            k,
            packA: (block) => pushPackBlock(f, input, block).call(packLhs),
            packB: (block) => pushPackBlock(f, weights, block).call(packRhs),
            c: products,
            rowStride: between,
            workspace,
            accumulate,
            params: []
          }
          emitBlocked(f, context, plan.transposed ? exchanged(byPlace) : byPlace)
          f.get(products).set(image)
          f.while(
            () => f.get(images),
            () => {
              emitStrided(f, type, 'clear', output, output, plan.clear)
              for (const { from, to: place, dimensions } of plan.parts) {
                f.get(image).i32(element(from)).op('i32.add').set(source)
                f.get(output).i32(element(place)).op('i32.add').set(target)
                emitStrided(f, type, 'add', source, target, dimensions)
              }
              f.increment(image, element(imageStep))
              f.increment(output, element(shape.out[1])).increment(images, -1)
            }
          )
          f.increment(unit, 1)
        }
      )
    }
  )
}
