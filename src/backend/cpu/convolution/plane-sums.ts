/**
 * Convolutions of few outputs with long sums over planes, such as gradients with respect to the
 * kernel of a depthwise convolution with channels first: some outputs at a time in registers, each a
 * vector of partial sums along the rows of the window.
 *
 * Partial sums of some rows are added up, then those of one image, and then those of all, so errors
 * grow with the numbers of rows and images, not of terms.
 */
import { sizeOf } from '../../../core/shape.ts'
import type { ConvolutionShape } from './convolution-plan.ts'
import { i32s, loadLanes } from '../product/gemm-micro.ts'
import type { GemmContext } from '../product/gemm-micro.ts'
import { emitPlaneCopy, overSteps, planeAxes, planPlane } from './plane-plan.ts'
import { multiplyAdd } from '../values/vector.ts'
import type { VectorType } from '../values/vector.ts'
import type { FunctionRef, Local } from '../wasm/function.ts'
import type { ModuleBuilder } from '../wasm/module.ts'

/** Sums in registers: as many vectors of the input are loaded before they are multiplied. */
const mostSums = 7
/** Products that a lane adds up before its sum is added to the others. */
const mostTerms = 64
/** Bytes of a vector. */
const vector = 16

const planOf = (shape: ConvolutionShape) => {
  const axes = planeAxes(shape, 'rhs')
  const inner = axes[axes.length - 1]
  const plane = planPlane(axes, [1, 0], inner.size.windowDilation)
  // The window as a plane of its own, to be copied where its rows do not lie along memory.
  const window = planPlane(
    axes.map(({ size, rhs }) => ({
      size: {
        input: size.window,
        window: 1,
        output: size.window,
        stride: 1,
        padLow: 0,
        inputDilation: 1,
        windowDilation: 1
      },
      lhs: rhs,
      rhs: 0,
      out: 0
    })),
    [1, 0],
    1
  )
  return { axes, inner, plane, window }
}

/** One output of each group is a unit. */
export const planeSumUnits = ({ groups, batch, outFeatures }: ConvolutionShape): number =>
  groups * batch * outFeatures

const layout = (shape: ConvolutionShape, type: VectorType) => {
  const { plane, window } = planOf(shape)
  const outputs = sizeOf(shape.spatial.map((d) => d.output))
  const roundUp = (bytes: number): number => Math.ceil(bytes / 64) * 64
  const total = roundUp(plane.size * type.bytes)
  const part = total + outputs * vector
  const copy = roundUp(part + outputs * vector)
  return { outputs, total, part, copy, size: copy + window.size * type.bytes }
}

export const planeSumWorkspace = (shape: ConvolutionShape, type: VectorType): number =>
  layout(shape, type).size

/** Lists of about equal length, each of at most {@link mostSums}. */
const chunksOf = <T>(list: readonly T[]): readonly (readonly T[])[] => {
  const count = Math.ceil(list.length / mostSums)
  const size = Math.ceil(list.length / count)
  return Array.from({ length: count }, (_, i) => list.slice(i * size, (i + 1) * size))
}

/** Emits `convolution(lhs, rhs, out, workspace, from, to)`: units `from` to `to`. */
export const emitPlaneSums = (
  module: ModuleBuilder,
  shape: ConvolutionShape,
  context: GemmContext
): FunctionRef => {
  const { type, profile } = context
  const { axes, inner, plane, window } = planOf(shape)
  const places = layout(shape, type)
  const bytes = (elements: number): number => elements * type.bytes
  const outer = axes.slice(0, -1)
  const width = inner.size.window
  const whole = width - (width % type.lanes)
  const isWide = whole > 0
  // Rows of the window whose sums stay in registers.
  const rows = outer.at(-1)
  const rowsTogether = Math.max(1, Math.floor((mostTerms * type.lanes) / width))
  /** All outputs: where their input lies, and where they do, in elements. */
  const outputs = axes.reduce<readonly { readonly x: number; readonly y: number }[]>(
    (all, { size, out: step }, a) =>
      all.flatMap(({ x, y }) =>
        Array.from({ length: size.output }, (_, o) => {
          const place = o * size.stride
          const by = a < outer.length ? place * plane.outer[a] : plane.column(place)
          return { x: x + by, y: y + o * step }
        })
      ),
    [{ x: 0, y: 0 }]
  )
  const lowest = Math.min(...outputs.map((o) => o.x))
  const chunks = chunksOf(outputs.map((o, index) => ({ ...o, index })))

  return module.define(
    { params: i32s(6), results: [] },
    (f, lhs, rhs, out, workspace, unit, to) => {
      const [total, part, left] = f.locals('i32', 3)
      const [image, factors, input, window0, target] = f.locals('i32', 5)
      const [factor, mask] = f.locals('v128', 2)

      /** The next products of a row, at the pointers; of those behind the mask alone. */
      const products = (
        sums: readonly Local[],
        offsets: readonly number[],
        [x, w]: readonly Local[],
        lanes: number,
        isMasked: boolean
      ): void => {
        const load = (from: Local, at: number, into: Local): void => {
          f.get(from)
          loadLanes(f, type, lanes, at)
          if (isMasked) f.get(mask).op('v128.and')
          f.set(into)
        }
        const values = sums.map(() => f.local('v128'))
        load(w, 0, factor)
        values.forEach((value, i) => load(x, offsets[i], value))
        values.forEach((value, i) => multiplyAdd(f, type, profile, value, factor, sums[i]))
      }
      const row = (
        sums: readonly Local[],
        offsets: readonly number[],
        [x, w]: readonly Local[]
      ): void => {
        const lanes = isWide ? type.lanes : 1
        const steps = isWide ? whole / lanes : width
        const moves = [
          [x, bytes(lanes)],
          [w, bytes(lanes)]
        ] as const
        overSteps(f, steps, moves, (own) => products(sums, offsets, own, lanes, false))
        if (!isWide || whole === width) return
        // The vector that ends with the row: its first lanes have been added.
        const [lastX, lastW] = f.locals('i32', 2)
        const at = bytes(width - type.lanes)
        f.get(x).i32(at).op('i32.add').set(lastX).get(w).i32(at).op('i32.add').set(lastW)
        products(sums, offsets, [lastX, lastW], type.lanes, true)
      }
      /** Sums over some rows of the window for the outputs of the chunk, added to their part. */
      const someRows = (
        chunk: (typeof chunks)[number],
        count: number,
        pointers: readonly Local[]
      ): void => {
        const sums = chunk.map(() => f.local('v128'))
        const offsets = chunk.map((o) => bytes(o.x - lowest))
        for (const sum of sums) f.i32x4(0).set(sum)
        const moves = [
          [pointers[0], bytes((rows?.size.windowDilation ?? 0) * (plane.outer.at(-1) ?? 0))],
          [pointers[1], bytes(window.outer.at(-1) ?? 0)]
        ] as const
        overSteps(f, count, moves, (own) => row(sums, offsets, own))
        sums.forEach((sum, i) => {
          const at = chunk[i].index * vector
          f.get(part).get(part).memory('v128.load', at).get(sum)
          f.op(`${type.shape}.add`).memory('v128.store', at)
        })
      }
      const overRows = (chunk: (typeof chunks)[number], pointers: readonly Local[]): void => {
        if (rows === undefined) return someRows(chunk, 1, pointers)
        const together = Math.min(rowsTogether, rows.size.window)
        const blocks = Math.floor(rows.size.window / together)
        const rest = rows.size.window - blocks * together
        const perRow = [
          bytes(rows.size.windowDilation * (plane.outer.at(-1) ?? 0)),
          bytes(window.outer.at(-1) ?? 0)
        ]
        const moves = pointers.map((p, i) => [p, together * perRow[i]] as const)
        overSteps(f, blocks, moves, (own) => someRows(chunk, together, own))
        if (rest === 0) return
        const last = pointers.map((p, i) => {
          const local = f.local('i32')
          f.get(p)
            .i32(blocks * together * perRow[i])
            .op('i32.add')
            .set(local)
          return local
        })
        someRows(chunk, rest, last)
      }
      const overDeep = (
        at: number,
        chunk: (typeof chunks)[number],
        pointers: readonly Local[]
      ): void => {
        if (at >= outer.length - 1) return overRows(chunk, pointers)
        const { size } = outer[at]
        const moves = [
          [pointers[0], bytes(size.windowDilation * plane.outer[at])],
          [pointers[1], bytes(window.outer[at])]
        ] as const
        overSteps(f, size.window, moves, (own) => overDeep(at + 1, chunk, own))
      }
      /** Adds the sums of an image to those of all, and clears them. */
      const gather = (): void =>
        outputs.forEach((_, index) => {
          const at = index * vector
          f.get(total).get(total).memory('v128.load', at).get(part).memory('v128.load', at)
          f.op(`${type.shape}.add`).memory('v128.store', at)
          f.get(part).i32x4(0).memory('v128.store', at)
        })
      /** Lanes are added up pairwise. */
      const scatter = (): void =>
        outputs.forEach(({ y }, index) => {
          f.get(target).i32(bytes(y)).op('i32.add')
          const lane = (i: number): void =>
            void f.get(total).memory(type.load, index * vector + i * type.bytes)
          const sum = (from: number, count: number): void => {
            if (count === 1) return lane(from)
            sum(from, count / 2)
            sum(from + count / 2, count / 2)
            f.op(`${type.scalar}.add`)
          }
          sum(0, type.lanes)
          f.memory(type.store)
        })
      /** Sets `index` to the last digit of what is left of `rest`. */
      const digit = (rest: Local, extent: number, index: Local): void => {
        f.get(rest).i32(extent).op('i32.rem_u').set(index)
        f.get(rest).i32(extent).op('i32.div_u').set(rest)
      }
      const push = (base: Local, steps: readonly (readonly [Local, number])[]): void => {
        f.get(base)
        for (const [index, stride] of steps)
          f.get(index).i32(bytes(stride)).op('i32.mul').op('i32.add')
      }

      f.get(workspace).i32(places.total).op('i32.add').set(total)
      f.get(workspace).i32(places.part).op('i32.add').set(part)
      if (plane.size > 0) f.get(workspace).i32(0).i32(bytes(plane.size)).memoryFill()
      const behind = type.lanes - (width % type.lanes)
      const lanesOfMask = Array.from({ length: vector }, (_, i) =>
        i < behind * type.bytes ? 0 : 255
      )
      f.v128(lanesOfMask).set(mask)
      f.while(
        () => f.get(unit).get(to).op('i32.lt_s'),
        () => {
          const [rest, feature, batch, group] = f.locals('i32', 4)
          f.get(unit).set(rest)
          digit(rest, shape.outFeatures, feature)
          digit(rest, shape.batch, batch)
          f.get(rest).set(group)
          push(lhs, [
            [group, shape.lhs[0]],
            [batch, shape.lhs[1]]
          ])
          f.set(image)
          push(rhs, [
            [group, shape.rhs[0]],
            [feature, shape.rhs[1]]
          ])
          f.set(factors)
          push(out, [
            [group, shape.out[0]],
            [batch, shape.out[1]],
            [feature, shape.out[2]]
          ])
          f.set(target)
          f.get(total)
            .i32(0)
            .i32(2 * places.outputs * vector)
            .memoryFill()
          f.i32(shape.inFeatures).set(left)
          f.while(
            () => f.get(left),
            () => {
              f.get(image).i32(bytes(plane.origin)).op('i32.add').set(input)
              if (plane.size > 0) {
                emitPlaneCopy(f, type, plane, input, workspace)
                f.get(workspace).set(input)
              }
              f.get(input).i32(bytes(lowest)).op('i32.add').set(input)
              f.get(factors).set(window0)
              if (window.size > 0) {
                f.get(workspace).i32(places.copy).op('i32.add').set(window0)
                emitPlaneCopy(f, type, window, factors, window0)
              }
              for (const chunk of chunks) overDeep(0, chunk, [input, window0])
              gather()
              f.increment(image, bytes(shape.lhs[2])).increment(factors, bytes(shape.rhs[2]))
              f.increment(left, -1)
            }
          )
          scatter()
          f.increment(unit, 1)
        }
      )
    }
  )
}
