/**
 * Channelwise convolutions of few outputs with long sums, such as the gradient of a depthwise
 * convolution with respect to its kernel: cache lines of channels one after the other, and for each
 * row of the window all outputs along it in registers.
 *
 * A sum is made for every row, those of one input feature (an image of the batch) are added up, and
 * then those of all features, so errors grow with the number of rows and of images, not of terms.
 */
import { sizeOf } from '../../../core/shape.ts'
import {
  addTerms,
  type ChannelAxis,
  channelAxes,
  fromLowest,
  interior,
  overChannels,
  stepping,
  storeLanes,
  type Term
} from './channelwise-plan.ts'
import type { ConvolutionShape } from './convolution-plan.ts'
import { i32s, loadLanes } from '../product/gemm-micro.ts'
import type { GemmContext } from '../product/gemm-micro.ts'
import { multiplyAdd } from '../values/vector.ts'
import type { VectorType } from '../values/vector.ts'
import type { FunctionRef, Local } from '../wasm/function.ts'
import type { ModuleBuilder } from '../wasm/module.ts'

/** Bytes of channels that stay together. */
const line = 64
/** Window positions at a time. */
const block = 4

const outputsOf = (shape: ConvolutionShape): number => sizeOf(shape.spatial.map((d) => d.output))

/** Lines of channels, which are the units of the work. */
export const channelwiseLines = (shape: ConvolutionShape, type: VectorType): number =>
  Math.ceil((shape.groups * type.bytes) / line)

/** Sums of the whole and of one feature. */
export const channelwiseWorkspace = (shape: ConvolutionShape): number => 2 * line * outputsOf(shape)

/** Emits `convolution(lhs, rhs, out, workspace, from, to)`: lines `from` to `to`. */
export const emitChannelwiseSums = (
  module: ModuleBuilder,
  shape: ConvolutionShape,
  { type, profile }: GemmContext
): FunctionRef => {
  const { outer, inner } = channelAxes(shape, 'lhs')
  const bytes = (elements: number): number => elements * type.bytes
  const { window, windowDilation, stride, output, padLow, input: extent } = inner.size
  const outputs = Array.from({ length: output }, (_, o) => o)
  const whole = interior(inner.size, window, windowDilation, (output - 1) * stride)
  const half = line * outputsOf(shape)
  const channels = line / type.bytes
  return module.define({ params: i32s(6), results: [] }, (f, lhs, rhs, out, total, unit, to) => {
    const [part, images, lhsLine, rhsLine, outLine, here] = f.locals('i32', 6)
    const [x, y, cell, left, column] = f.locals('i32', 5)
    const counters = outer.map(() => f.local('i32'))

    /** Adds products of row positions `x` and `y` to `sums`, with `w` columns from `column` on. */
    const columns = (count: number, lanes: number, sums: readonly Local[]): void => {
      const offsets = Array.from({ length: count }, (_, j) =>
        outputs.map((o) => bytes((j * windowDilation + o * stride) * inner.lhs))
      )
      const lowest = fromLowest(offsets.flat())
      const seconds = fromLowest(offsets.map((_, j) => bytes(j * inner.rhs)))
      const [a, b] = f.locals('i32', 2)
      const factors = offsets.map(() => f.local('v128'))
      f.get(column).i32(windowDilation).op('i32.mul').i32(padLow).op('i32.sub')
      f.i32(bytes(inner.lhs)).op('i32.mul').i32(lowest.shift).op('i32.add')
      f.get(x).op('i32.add').set(a)
      f.get(column).i32(bytes(inner.rhs)).op('i32.mul').i32(seconds.shift).op('i32.add')
      f.get(y).op('i32.add').set(b)
      factors.forEach((v, j) => {
        f.get(b)
        loadLanes(f, type, lanes, seconds.offsets[j])
        f.set(v)
      })
      const terms = factors.flatMap((factor, j) =>
        sums.map((sum, o): Term => ({ sum, factor, x: offsets[j][o] - lowest.shift }))
      )
      addTerms(f, type, profile, lanes, a, terms)
    }

    /** One column, for the outputs that see an input through it. */
    const edge = (lanes: number, sums: readonly Local[]): void => {
      const [position, a] = f.locals('i32', 2)
      const [factor, value] = f.locals('v128', 2)
      f.get(column).i32(bytes(inner.rhs)).op('i32.mul').get(y).op('i32.add')
      loadLanes(f, type, lanes)
      f.set(factor)
      sums.forEach((sum, o) => {
        f.get(column).i32(windowDilation).op('i32.mul')
        f.i32(o * stride - padLow)
          .op('i32.add')
          .tee(position)
        f.i32(extent).op('i32.lt_u')
        f.if(() => {
          f.get(position).i32(bytes(inner.lhs)).op('i32.mul').get(x).op('i32.add').tee(a)
          loadLanes(f, type, lanes)
          f.set(value)
          multiplyAdd(f, type, profile, value, factor, sum)
        })
      })
    }

    const upTo = stepping(f, column)

    /** The row of the window at `y`, which meets the input at `x`, added to the cells at `cell`. */
    const row = (): void => {
      const sums = outputs.map(() => f.local('v128'))
      f.get(here).set(left)
      overChannels(f, type, left, [x, y, cell], (lanes) => {
        for (const sum of sums) f.i32x4(0).set(sum)
        f.i32(0).set(column)
        upTo(whole.from, 1, () => edge(lanes, sums))
        if (whole.to - whole.from >= block) upTo(whole.to, block, () => columns(block, lanes, sums))
        upTo(whole.to, 1, () => columns(1, lanes, sums))
        upTo(window, 1, () => edge(lanes, sums))
        sums.forEach((sum, o) => {
          f.get(cell)
          loadLanes(f, type, lanes, o * line)
          f.get(sum).op(`${type.shape}.add`).set(sum)
          storeLanes(f, type, lanes, cell, sum, o * line)
        })
      })
    }

    /** All rows of the window and all rows of outputs; rows that meet no input are left out. */
    const overRows = (at: number, input: Local, factor: Local, first: Local): void => {
      if (at === outer.length) {
        f.get(input).set(x).get(factor).set(y).get(first).set(cell)
        return row()
      }
      const { size, ...strides }: ChannelAxis = outer[at]
      const inside = sizeOf(outer.slice(at + 1).map((a) => a.size.output)) * output
      const [position, o, nextInput, nextFactor, nextCell] = f.locals('i32', 5)
      const w = counters[at]
      f.i32(0).set(w).get(factor).set(nextFactor)
      f.while(
        () => f.get(w).i32(size.window).op('i32.lt_s'),
        () => {
          f.i32(0).set(o).get(first).set(nextCell)
          f.while(
            () => f.get(o).i32(size.output).op('i32.lt_s'),
            () => {
              f.get(w).i32(size.windowDilation).op('i32.mul').get(o).i32(size.stride)
              f.op('i32.mul').op('i32.add').i32(size.padLow).op('i32.sub').tee(position)
              f.i32(size.input).op('i32.lt_u')
              f.if(() => {
                f.get(position).i32(bytes(strides.lhs)).op('i32.mul').get(input).op('i32.add')
                f.set(nextInput)
                overRows(at + 1, nextInput, nextFactor, nextCell)
              })
              f.increment(o, 1).increment(nextCell, inside * line)
            }
          )
          f.increment(w, 1).increment(nextFactor, bytes(strides.rhs))
        }
      )
    }

    /** Adds the sums of a feature to those of the whole, and clears them. */
    const gather = (): void => {
      const [a, b, count] = f.locals('i32', 3)
      f.get(total)
        .set(a)
        .get(part)
        .set(b)
        .i32(half / 16)
        .set(count)
      f.while(
        () => f.get(count),
        () => {
          f.get(a).get(a).memory('v128.load').get(b).memory('v128.load')
          f.op(`${type.shape}.add`).memory('v128.store')
          f.get(b).i32x4(0).memory('v128.store')
          f.increment(a, 16).increment(b, 16).increment(count, -1)
        }
      )
    }

    /** Copies the sums to where they belong. */
    const scatter = (at: number, target: Local, axes: readonly ChannelAxis[]): void => {
      if (at === axes.length) {
        const [to2, value] = [f.local('i32'), f.local('v128')]
        f.get(target).set(to2).get(here).set(left).get(cell).set(x)
        overChannels(f, type, left, [to2, x], (lanes) => {
          f.get(x)
          loadLanes(f, type, lanes)
          f.set(value)
          storeLanes(f, type, lanes, to2, value, 0)
        })
        f.increment(cell, line)
        return
      }
      const [next, count] = f.locals('i32', 2)
      f.get(target).set(next).i32(axes[at].size.output).set(count)
      f.while(
        () => f.get(count),
        () => {
          scatter(at + 1, next, axes)
          f.increment(next, bytes(axes[at].out)).increment(count, -1)
        }
      )
    }

    f.get(total).i32(half).op('i32.add').set(part)
    f.while(
      () => f.get(unit).get(to).op('i32.lt_s'),
      () => {
        f.i32(shape.groups).get(unit).i32(channels).op('i32.mul').op('i32.sub').tee(here)
        f.i32(channels).get(here).i32(channels).op('i32.lt_s').op('select').set(here)
        for (const [base, from] of [
          [lhs, lhsLine],
          [rhs, rhsLine],
          [out, outLine]
        ] as const)
          f.get(unit).i32(line).op('i32.mul').get(base).op('i32.add').set(from)
        f.get(total)
          .i32(0)
          .i32(2 * half)
          .memoryFill()
        f.i32(shape.inFeatures).set(images)
        f.while(
          () => f.get(images),
          () => {
            overRows(0, lhsLine, rhsLine, part)
            gather()
            f.increment(lhsLine, bytes(shape.lhs[2])).increment(rhsLine, bytes(shape.rhs[2]))
            f.increment(images, -1)
          }
        )
        f.get(total).set(cell)
        scatter(0, outLine, [...outer, inner])
        f.increment(unit, 1)
      }
    )
  })
}
