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

import { sizeOf } from '../../../core/shape.ts'
import type { SpatialDimension } from '../../../kernel/ir.ts'
import type { ConvolutionShape, Digits } from './convolution-plan.ts'
import { definePackDigits, pushPackBlock } from './convolution-pack.ts'
import {
  type BlockedProduct,
  blockedWorkspace,
  emitBlocked,
  exchanged
} from '../product/gemm-blocked.ts'
import { defineMacro, i32s, tileColumns } from '../product/gemm-micro.ts'
import type { GemmContext } from '../product/gemm-micro.ts'
import { emitStrided, mergeDimensions } from '../nest/strided.ts'
import type { Dimension } from '../nest/strided.ts'
import type { FunctionRef, Local } from '../wasm/function.ts'
import type { ModuleBuilder } from '../wasm/module.ts'

type Walk = readonly Dimension<readonly [products: number, out: number]>[]

/** Results of one window position: which inputs meet an output, and where. */
interface WindowPart {
  /** Elements from the start of an image's products and of its output. */
  readonly from: number
  readonly to: number
  readonly dimensions: Walk
}

/** A copy of one image's output with room for all that windows reach, and what of it is output. */
interface Frame {
  readonly size: number
  readonly from: number
  readonly to: number
  readonly dimensions: Walk
}

/**
 * Results of all window positions, where none is cut off: walks over windows, and over the results
 * of one. Windows that do not overlap are copied, and all at once.
 */
interface WindowWalk {
  readonly to: number
  readonly isDisjoint: boolean
  readonly windows: Walk
  readonly dimensions: Walk
  /** Where results go that an output would cut off. */
  readonly frame: Frame | null
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
  /** Elements from where the kernel points to the window position whose products come first. */
  readonly weightsOrigin: number
  /** What is added up, window by window or as a walk. */
  readonly parts: readonly WindowPart[] | WindowWalk
  /** The output of one image, where anything is left that no window writes. */
  readonly clear: Walk
}

/** Elements of products kept at a time: they should stay in the caches. */
const PRODUCTS = 2 ** 18
/** Units that keep a few threads busy, as long as a product has so many rows. */
const [ENOUGH_UNITS, LEAST_ROWS] = [8, 192]
/** Window positions up to which the code for each of them is emitted; beyond it is a loop. */
const MAX_WINDOW = 64
/** Fewer terms than these leave the matrix product idle between stores. */
const MIN_FEATURES = 8
/** Classes of outputs up to which each of them may be a convolution of its own. */
const MAX_PHASES = 16
/** The implicit product must read this many times more positions to lose. */
const MIN_GAIN = 1.2
/** Columns that a tile is taken to have, on every engine alike, and features that leave most empty. */
const [TILE, FEW_FEATURES] = [8, 4]

/** Row-major strides, in elements of the innermost. */
const rowMajor = (extents: readonly number[]): readonly number[] =>
  extents.map((_, i) => sizeOf(extents.slice(i + 1)))

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
  const [positions, window] = [sizeOf(inputs), sizeOf(windows)]
  const outputs = sizeOf(spatial.map(({ output }) => output))
  // A product for each class of outputs would be one of many.
  const isSpread = sizeOf(spatial.map((d) => d.inputDilation)) > MAX_PHASES
  const fits =
    spatial.every(({ stride }) => stride === 1) &&
    (window <= MAX_WINDOW || spatial.some(({ inputDilation }) => inputDilation > 1)) &&
    (inFeatures >= MIN_FEATURES || isSpread) &&
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
  // Products lie in the order in which outputs do: the last window position comes first.
  const windowStrides = rowMajor(windows).map((stride) => stride * outFeatures * byProduct)
  const features = { extent: outFeatures, strides: [byProduct, outFeature] as const }
  const walk = walkOf(spatial, { rowStrides, windowStrides, features, outSpatial })
  const partOf = (w: readonly number[]): WindowPart => {
    // Input q meets output q·dilation + shift, for q in [first, last].
    const ranges = spatial.map((d, s) => {
      const shift = d.padLow - w[s] * d.windowDilation
      const first = Math.max(0, Math.ceil(-shift / d.inputDilation))
      const last = Math.min(d.input - 1, Math.floor((d.output - 1 - shift) / d.inputDilation))
      return { first, count: Math.max(0, last - first + 1), at: first * d.inputDilation + shift }
    })
    return {
      from: ranges.reduce(
        (sum, r, s) => sum + r.first * rowStrides[s] + (windows[s] - 1 - w[s]) * windowStrides[s],
        0
      ),
      to: ranges.reduce((sum, r, s) => sum + r.at * outSpatial[s], 0),
      dimensions: [
        ...ranges.map(({ count }, s) => ({
          extent: count,
          strides: [rowStrides[s], spatial[s].inputDilation * outSpatial[s]] as const
        })),
        features
      ]
    }
  }
  const isWalked = window > MAX_WINDOW
  const isCovered =
    isWalked &&
    walk.frame === null &&
    walk.isDisjoint &&
    spatial.every((d) => d.window === d.inputDilation && d.output === d.input * d.window)
  const digits = (extents: readonly number[], strides: readonly number[]): Digits =>
    mergeDimensions(extents.map((extent, i) => ({ extent, strides: [strides[i]] as const })))
  return {
    images,
    positions,
    n,
    k: inFeatures,
    transposed,
    places: digits([batch, ...inputs], [lhsBatch, ...lhsSpatial]),
    products: digits([...windows, outFeatures], [...rhsWindow.map((stride) => -stride), rhsOut]),
    weightsOrigin: windows.reduce((sum, w, s) => sum + (w - 1) * rhsWindow[s], 0),
    lhsSteps: digits([inFeatures], [lhsFeature]),
    rhsSteps: digits([inFeatures], [rhsIn]),
    parts: isWalked ? walk : windowPositions(windows).map(partOf),
    clear: isCovered
      ? [{ extent: 0, strides: [0, 0] }]
      : [
          { extent: outFeatures, strides: [0, outFeature] },
          ...spatial.map(({ output }, s) => ({
            extent: output,
            strides: [0, outSpatial[s]] as const
          }))
        ]
  }
}

/** The walk over the results of all windows, in the output or in a frame around it. */
const walkOf = (
  spatial: readonly SpatialDimension[],
  {
    rowStrides,
    windowStrides,
    features,
    outSpatial
  }: {
    readonly rowStrides: readonly number[]
    readonly windowStrides: readonly number[]
    readonly features: Dimension<readonly [products: number, out: number]>
    readonly outSpatial: readonly number[]
  }
): WindowWalk => {
  const reach = spatial.map((d) => (d.window - 1) * d.windowDilation)
  const whole = spatial.map((d, s) => (d.input - 1) * d.inputDilation + reach[s] + 1)
  // Output o of what the windows reach is output o + low of the convolution.
  const low = spatial.map((d, s) => d.padLow - reach[s])
  const fits = spatial.every((d, s) => low[s] >= 0 && low[s] + whole[s] <= d.output)
  const [byProduct, outFeature] = features.strides
  const isInner = Math.abs(outFeature) < Math.min(...outSpatial.map(Math.abs))
  const inFrame = rowMajor(whole).map((stride) => stride * (isInner ? features.extent : 1))
  const strides = fits ? outSpatial : inFrame
  const feature = fits ? outFeature : isInner ? 1 : sizeOf(whole)
  const kept = spatial.map((d, s) => {
    const first = Math.max(0, -low[s])
    return { first, count: Math.max(0, Math.min(whole[s], d.output - low[s]) - first) }
  })
  return {
    to: fits ? low.reduce((sum, n, s) => sum + n * outSpatial[s], 0) : 0,
    isDisjoint: spatial.every((d) => d.window <= d.inputDilation && d.windowDilation === 1),
    windows: spatial.map((d, s) => ({
      extent: d.window,
      strides: [windowStrides[s], d.windowDilation * strides[s]]
    })),
    dimensions: [
      ...spatial.map((d, s) => ({
        extent: d.input,
        strides: [rowStrides[s], d.inputDilation * strides[s]] as const
      })),
      { extent: features.extent, strides: [byProduct, feature] }
    ],
    frame: fits
      ? null
      : {
          size: sizeOf(whole) * features.extent,
          from: kept.reduce((sum, { first }, s) => sum + first * inFrame[s], 0),
          to: kept.reduce((sum, { first }, s) => sum + (first + low[s]) * outSpatial[s], 0),
          dimensions: [
            ...kept.map(({ count }, s) => ({
              extent: count,
              strides: [inFrame[s], outSpatial[s]] as const
            })),
            { extent: features.extent, strides: [feature, outFeature] }
          ]
        }
  }
}

/** Rows and columns of the product of all images of a unit. */
const matrixOf = ({ images, positions, n, transposed }: ScatterPlan) =>
  transposed ? { m: n, n: images * positions } : { m: images * positions, n }

const productsOffset = (context: GemmContext, plan: ScatterPlan): number => {
  const { m, n } = matrixOf(plan)
  return roundUp(blockedWorkspace(context, m, n, plan.k), 64)
}

/** Where the frame begins, behind the products. */
const frameOffset = (context: GemmContext, plan: ScatterPlan): number =>
  productsOffset(context, plan) +
  roundUp(plan.images * plan.positions * plan.n * context.type.bytes, 64)

export const scatterWorkspace = (context: GemmContext, plan: ScatterPlan): number => {
  const frame = 'windows' in plan.parts ? plan.parts.frame : null
  return frameOffset(context, plan) + (frame?.size ?? 0) * context.type.bytes
}

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
      /** Adds the products of all windows to the output of the image, or to its frame. */
      const walkWindows = ({ to: place, isDisjoint, windows, dimensions, frame }: WindowWalk) => {
        f.get(image).set(source)
        if (frame === null) f.get(output).i32(element(place)).op('i32.add').set(target)
        else {
          f.get(workspace).i32(frameOffset(context, plan)).op('i32.add').set(target)
          f.get(target).i32(0).i32(element(frame.size)).memoryFill()
        }
        if (isDisjoint) emitStrided(f, type, 'copy', source, target, [...windows, ...dimensions])
        else overWindows(windows, () => emitStrided(f, type, 'add', source, target, dimensions))
        if (frame === null) return
        f.get(target).i32(element(frame.from)).op('i32.add').set(source)
        f.get(output).i32(element(frame.to)).op('i32.add').set(target)
        emitStrided(f, type, 'copy', source, target, frame.dimensions)
      }
      /** Runs `body` at every place of the walk, where both pointers then are. */
      const overWindows = ([first, ...rest]: Walk, body: () => void): void => {
        if (first === undefined) return body()
        const [from, place] = first.strides
        const left = f.local('i32')
        f.i32(first.extent).set(left)
        f.while(
          () => f.get(left),
          () => {
            overWindows(rest, body)
            f.increment(source, element(from)).increment(target, element(place))
            f.increment(left, -1)
          }
        )
        f.increment(source, -first.extent * element(from))
        f.increment(target, -first.extent * element(place))
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
          f.i32(element(plan.weightsOrigin)).op('i32.add').set(weights)
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
              if ('windows' in plan.parts) walkWindows(plan.parts)
              else
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
